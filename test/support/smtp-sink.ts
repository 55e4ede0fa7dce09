// A real SMTP server on loopback that keeps its own log and behaves as the recipient's address says.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'

/**
 * What the local part makes the server do:
 * `NAME-CODE@` refuses RCPT TO with CODE, `dot-CODE@` refuses after the dot, `grey@` refuses each mailbox once;
 * `slow@` answers late; `drop-at-rcpt@`, `lost-after-dot@` and `drop-after-dot@` cut the connection, the last after
 * the message was stored; `closing@` answers 421 and closes.
 */
export interface SmtpSink extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** Every message the server stored, in the order it did so. */
  readonly accepted: Accepted[]
  /** RCPT TO addresses, refused ones too. */
  readonly recipients: string[]
  /** Connections so far. */
  connections(): number
  /** Connections open now. */
  open(): number
}

interface Accepted {
  messageId: string
  mailFrom: string
  recipient: string
  sha256: string
  raw: Buffer
  dsn: { envid: string | null; ret: string | null; notify: string[]; orcpt: string }
}

const TEXTS: Readonly<Record<string, string>> = {
  421: '4.7.0 Service not available, closing',
  450: '4.2.0 Mailbox busy',
  451: '4.3.0 Try again later',
  452: '4.2.2 The mailbox is full',
  550: '5.1.1 User unknown',
  552: '5.2.2 Mailbox full',
  554: '5.7.1 Blocked for bad reputation',
}

/** Starts the server on a free port; `slowMs` is how late `slow@` is answered. */
export async function startSmtpSink({
  slowMs = 300,
  ...options
}: SMTPServerOptions & { slowMs?: number } = {}): Promise<SmtpSink> {
  const accepted: Accepted[] = []
  const recipients: string[] = []
  const seen = new Set<string>()
  let opened = 0
  const cut = (session: SMTPServerSession): void => {
    for (const connection of server.connections) if (connection.id === session.id) connection._socket.destroy()
  }
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    hideDSN: false,
    disableReverseLookup: true,
    logger: false,
    ...options,
    onConnect(_session, callback) {
      opened += 1
      callback()
    },
    onRcptTo({ address }, session, callback) {
      recipients.push(address)
      const local = address.split('@', 1)[0] ?? ''
      if (local === 'drop-at-rcpt') return cut(session)
      if (local === 'closing') {
        callback(answer(421, address))
        return void setTimeout(cut, 20, session)
      }
      if (local.startsWith('grey') && !seen.has(address)) {
        seen.add(address)
        return callback(answer(450, address, '4.7.1 Greylisted, try again in 60 seconds'))
      }
      const code = local.startsWith('dot-') ? null : (/-(\d{3})$/.exec(local)?.[1] ?? null)
      callback(code === null ? null : answer(Number(code), address))
    },
    onData(stream, session, callback) {
      void reply(stream, session, callback)
    },
  })
  const reply = async (
    stream: NodeJS.ReadableStream,
    session: SMTPServerSession,
    callback: (error: Error | null) => void,
  ) => {
    // A client that vanishes in mid-message hears nothing any more.
    callback(await receive(stream, session).catch((gone: Error) => gone))
  }
  const receive = async (stream: NodeJS.ReadableStream, session: SMTPServerSession): Promise<Error | null> => {
    const raw = await buffer(stream)
    const { mailFrom, rcptTo, dsn } = session.envelope
    const recipient = rcptTo[0]?.address ?? ''
    const local = recipient.split('@', 1)[0] ?? ''
    if (local === 'slow') await delay(slowMs)
    if (local === 'lost-after-dot') return hangUp(session)
    const code = /^dot-(\d{3})$/.exec(local)?.[1]
    if (code) return answer(Number(code), recipient)
    accepted.push({
      messageId: /^Message-ID:\s*<([^>]+)>/im.exec(raw.toString('latin1'))?.[1] ?? '',
      mailFrom: mailFrom ? mailFrom.address : '',
      recipient,
      sha256: createHash('sha256').update(raw).digest('hex'),
      raw,
      dsn: {
        envid: dsn?.envid ?? null,
        ret: dsn?.ret ?? null,
        notify: rcptTo[0]?.dsn?.notify ?? [],
        orcpt: rcptTo[0]?.dsn?.orcpt ?? '',
      },
    })
    return local === 'drop-after-dot' ? hangUp(session) : null
  }
  const hangUp = (session: SMTPServerSession): Promise<never> => {
    cut(session)
    return new Promise(() => {}) // no reply will ever come
  }
  server.on('error', () => {}) // clients that vanish are part of the tests
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    accepted,
    recipients,
    connections: () => opened,
    open: () => server.connections.size,
    async [Symbol.asyncDispose]() {
      for (const connection of server.connections) connection._socket.destroy()
      await new Promise<void>((resolve) => server.close(resolve))
    },
  }
}

/** The text names the address, as real servers do. */
function answer(code: number, address: string, text = TEXTS[code] ?? 'Refused'): Error {
  return Object.assign(new Error(`${text} <${address}>`), { responseCode: code })
}
