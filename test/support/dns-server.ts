// A little DNS server on this machine: answers TXT and MX from a table, says so when there is nothing, and stays silent when told.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export interface Zone {
  txt?: Readonly<Record<string, readonly string[]>>
  mx?: Readonly<Record<string, readonly (readonly [priority: number, exchange: string])[]>>
  /** Names that get no answer but "server failure". */
  broken?: readonly string[]
}

export interface DnsServer extends AsyncDisposable {
  /** For `openNames`. */
  server: string
  /** What was asked, `TXT example.org`. */
  asked: string[]
}

const TXT = 16
const MX = 15

/** Starts it on a port that is free. */
export async function dnsServer(zone: Zone): Promise<DnsServer> {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (query, peer) => {
    const { name, type, end } = questionOf(query)
    asked.push(`${type === TXT ? 'TXT' : type === MX ? 'MX' : type} ${name}`)
    socket.send(
      answerTo(query, end, recordsOf(zone, name, type), zone.broken?.includes(name) ?? false),
      peer.port,
      peer.address,
    )
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    server: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function recordsOf({ txt, mx }: Zone, name: string, type: number): { type: number; data: Buffer }[] {
  if (type === TXT) return (txt?.[name] ?? []).map((text) => ({ type, data: characterStrings(text) }))
  if (type === MX)
    return (mx?.[name] ?? []).map(([priority, exchange]) => ({
      type,
      data: Buffer.concat([uint16(priority), wireName(exchange)]),
    }))
  return []
}

/** Pieces of 255 octets at most, as long keys come. */
function characterStrings(text: string): Buffer {
  const pieces = text.match(/[\s\S]{1,255}/g) ?? ['']
  return Buffer.concat(
    pieces.map((piece) => Buffer.concat([Buffer.from([piece.length]), Buffer.from(piece, 'latin1')])),
  )
}

function wireName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function answerTo(
  query: Buffer,
  end: number,
  records: readonly { type: number; data: Buffer }[],
  isBroken: boolean,
): Buffer {
  const flags = isBroken ? 0x8182 : records.length === 0 ? 0x8183 : 0x8180
  const head = Buffer.concat([
    query.subarray(0, 2),
    uint16(flags),
    uint16(1),
    uint16(records.length),
    uint16(0),
    uint16(0),
  ])
  const answers = records.map(({ type, data }) =>
    Buffer.concat([uint16(0xc00c), uint16(type), uint16(1), Buffer.from([0, 0, 0, 60]), uint16(data.length), data]),
  )
  return Buffer.concat([head, query.subarray(12, end), ...answers])
}
