// An SMTP server that misbehaves on request at every stage, and keeps its own log of what it accepted.
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { createSinkLog, type SinkLog, type Transaction } from './sink-log.ts'
import { converse } from './sink-session.ts'

export type Stage =
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'dot'
  | 'rset'
  | 'quit'

/** Where a conversation stands when the sink decides what to do; the reply to this stage is not yet written. */
export interface Moment {
  stage: Stage
  /** Counts from 1. */
  connection: number
  /** Connections open now, this one included. */
  openConnections: number
  /** The first label of the client's EHLO name; empty before EHLO. */
  worker: string
  transaction: Transaction | null
}

/** What the sink does instead of answering as it should. */
export interface Act {
  /** Said instead of the usual reply, line ends added; null: nothing is said. */
  say?: string | null
  /** Said as it is: half a reply, for example. */
  sayRaw?: string
  delayMs?: number
  ending?: 'close' | 'reset' | 'hang'
  /** At the dot: whether the message counts as taken. As the reply says, unless told. */
  stores?: boolean
}

export type Behaviour = (moment: Moment) => Act | undefined

export interface SinkOptions {
  /** PEM: the sink offers STARTTLS. */
  tls?: { key: string; cert: string }
  /** The sink offers AUTH PLAIN and LOGIN and demands it. */
  password?: string
}

export interface Sink extends AsyncDisposable {
  readonly port: number
  readonly log: SinkLog
  /** Returns the URL for one worker, which then says `worker` in its EHLO; `user` and `tls` as the round wants. */
  url(worker: string, options?: { password?: string; tls?: boolean }): string
  /** From now on the sink behaves so. */
  behave(behaviour: Behaviour): void
  /** Runs `spring` once, at the next moment that `wants`: before any reply. Resolves with that moment. */
  trap(wants: (moment: Moment) => boolean, spring: (moment: Moment) => Act | undefined): Promise<Moment>
  /** Connections so far. */
  connections(): number
}

/** Starts the sink on a free loopback port. */
export async function startSink(options: SinkOptions = {}): Promise<Sink> {
  const log = createSinkLog()
  const sockets = new Set<Socket>()
  const traps: { wants: (moment: Moment) => boolean; spring: (moment: Moment) => Act | undefined }[] = []
  let behaviour: Behaviour = () => undefined
  let connections = 0

  const decide = (moment: Moment): Act | undefined => {
    const caught = traps.findIndex((trap) => trap.wants(moment))
    if (caught < 0) return behaviour(moment)
    const [trap] = traps.splice(caught, 1)
    return trap?.spring(moment)
  }
  const secureContext = options.tls === undefined ? null : createSecureContext(options.tls)

  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    void converse(socket, {
      connection: connections,
      openConnections: () => sockets.size,
      decide,
      log,
      secureContext,
      password: options.password ?? null,
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  return {
    port,
    log,
    url(worker, { password, tls } = {}) {
      const login = password === undefined ? '' : `rollcall:${password}@`
      const mode = tls === undefined ? '' : `&tls=${tls ? 'required' : 'never'}`
      return `smtp://${login}127.0.0.1:${port}?name=${worker}.faults.example${mode}`
    },
    behave: (next) => void (behaviour = next),
    trap: (wants, spring) =>
      new Promise((resolve) => {
        traps.push({
          wants,
          spring(moment) {
            const act = spring(moment)
            resolve(moment)
            return act
          },
        })
      }),
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
