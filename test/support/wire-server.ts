// A raw TCP server that speaks just enough SMTP and misbehaves at exactly one step.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'

type WireStep = 'connect' | 'ehlo' | 'auth' | 'mail' | 'rcpt' | 'data' | 'body' | 'dot' | 'rset' | 'quit' | 'starttls'

/** What happens at a step: text to say (CRLF not added), and then drop (FIN), reset (RST) or hang (silence). */
interface WireAction {
  say?: string
  ending?: 'drop' | 'reset' | 'hang' | 'stop-reading'
  /** Says it byte by byte, each in a packet of its own. */
  inBytes?: true
}

/** With a certificate the server offers what `starttls` says, and goes on over TLS after it. */
interface WireOptions {
  tls?: { key: string; cert: string }
}

export type WirePlan = Partial<Record<WireStep, WireAction | ((connection: number) => WireAction | undefined)>>

export interface WireServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** Messages whose final dot arrived. */
  dots(): number
  connections(): number
  /** Connections open now. */
  open(): number
  /** Messages of one dot and nothing else. */
  emptyDots(): number
  /** Commands as they came, over all connections. */
  readonly commands: string[]
}

/** How long `stop-reading` lasts. */
export const STOP_MS = 1_200

const REPLIES: Readonly<Record<WireStep, string>> = {
  connect: '220 wire.example.net ESMTP\r\n',
  ehlo: '250-wire.example.net\r\n250-PIPELINING\r\n250-SIZE 100000000\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n',
  auth: '235 2.7.0 ok\r\n',
  mail: '250 2.1.0 ok\r\n',
  rcpt: '250 2.1.5 ok\r\n',
  data: '354 go ahead\r\n',
  body: '',
  dot: '250 2.0.0 queued\r\n',
  rset: '250 2.0.0 ok\r\n',
  quit: '221 2.0.0 bye\r\n',
  starttls: '502 5.5.1 not implemented\r\n',
}

const STEPS: Readonly<Record<string, WireStep>> = {
  EHLO: 'ehlo',
  AUTH: 'auth',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  RSET: 'rset',
  QUIT: 'quit',
  STAR: 'starttls',
}

/** Starts the server on a free loopback port; `ehlo` replaces the reply to EHLO. */
export async function startWireServer(plan: WirePlan = {}, { tls }: WireOptions = {}): Promise<WireServer> {
  const state = { dots: 0, emptyDots: 0, connections: 0, commands: [] as string[], sockets: new Set<Socket>() }
  const server = createServer((socket) => {
    state.connections += 1
    state.sockets.add(socket)
    socket.on('error', () => {}).on('close', () => state.sockets.delete(socket))
    socket.setNoDelay(true)
    converse(socket, plan, state, state.connections, tls)
  })
  const port = await listen(server)
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    commands: state.commands,
    dots: () => state.dots,
    connections: () => state.connections,
    open: () => state.sockets.size,
    emptyDots: () => state.emptyDots,
    async [Symbol.asyncDispose]() {
      for (const socket of state.sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** What was on its way is read in the end: it may hold a dot that should never have been sent. */
function stopReading(socket: Socket): void {
  socket.pause()
  setTimeout(() => socket.resume(), STOP_MS).unref()
}

function converse(
  socket: Socket,
  plan: WirePlan,
  state: { dots: number; emptyDots: number; commands: string[] },
  connection: number,
  tls: WireOptions['tls'],
  isUpgraded = false,
): void {
  let pending = ''
  let inBody = false
  let isOver = false
  const act = (step: WireStep): void => {
    const planned = plan[step]
    const action = (typeof planned === 'function' ? planned(connection) : planned) ?? {}
    const words = action.say ?? (action.ending ? '' : REPLIES[step])
    isOver = action.ending !== undefined
    if (action.ending === 'reset') socket.resetAndDestroy()
    else if (action.ending === 'drop') socket.end(words)
    else if (action.inBytes) void writeBytes(socket, words)
    else if (words !== '') socket.write(words)
    if (action.ending === 'stop-reading') stopReading(socket)
    if (step === 'data' && /^[23]/.test(words)) inBody = true
    if (step === 'starttls' && words.startsWith('220') && tls) upgrade(tls)
  }
  const upgrade = (options: { key: string; cert: string }): void => {
    isOver = true
    socket.removeAllListeners('data')
    const secure = new TLSSocket(socket, { ...options, isServer: true })
    secure.on('error', () => {})
    converse(secure, plan, state, connection, undefined, true)
  }
  const readBody = (): boolean => {
    const end = pending.startsWith('.\r\n') ? -2 : pending.indexOf('\r\n.\r\n')
    if (end === -1) return false
    pending = pending.slice(end + 5)
    inBody = false
    if (end === -2) state.emptyDots += 1
    else state.dots += 1
    act('dot')
    return true
  }
  const readCommand = (): boolean => {
    const end = pending.indexOf('\r\n')
    if (end < 0) return false
    const line = pending.slice(0, end)
    pending = pending.slice(end + 2)
    state.commands.push(line)
    act(STEPS[line.slice(0, 4).toUpperCase()] ?? 'quit')
    return true
  }
  const readNext = (): boolean => !isOver && (inBody ? readBody() : readCommand())
  socket.on('data', (chunk) => {
    if (isOver) {
      pending = pending.slice(-4) + chunk.toString('latin1')
      if (inBody && pending.includes('\r\n.\r\n')) state.dots += 1
      return
    }
    pending += chunk.toString('latin1')
    if (inBody && plan.body) {
      state.dots += pending.includes('\r\n.\r\n') ? 1 : 0
      return act('body')
    }
    while (readNext());
  })
  if (!isUpgraded) act('connect')
}

async function writeBytes(socket: Socket, words: string): Promise<void> {
  for (const char of words) {
    if (socket.destroyed) return
    socket.write(char)
    await turn()
  }
}
