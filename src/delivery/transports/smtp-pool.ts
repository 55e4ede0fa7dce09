// Keeps a few SMTP connections open and lends each to one message at a time.
import { openConnection, type SmtpOptions } from './smtp-connection.ts'
import type { Parcel } from './smtp-commands.ts'
import type { Carried, OpenConnection } from './smtp-dialogue.ts'
import type { Handoff } from '../transport.ts'

export interface PoolLimits {
  connections: number
  /** After this many messages a connection is closed politely: providers count. */
  messagesPerConnection: number
  /** A connection nobody used for this long is closed. */
  idleMs: number
}

export interface SmtpPool extends AsyncDisposable {
  carry(parcel: Parcel, signal: AbortSignal): Promise<Handoff>
  /** Runs `use` with an open connection, or with the handoff that tells why there is none. */
  borrow<Result>(signal: AbortSignal, use: (connection: OpenConnection | Handoff) => Promise<Result>): Promise<Result>
}

const CLOSED: Handoff = {
  kind: 'broken',
  stage: 'connect',
  mayBeDelivered: false,
  sentence: 'stopped: the transport is closed',
  aborted: true,
}

/** Returns a pool that opens connections when they are needed. Disposing it waits for what is in the air. */
export function createPool(options: SmtpOptions, limits: PoolLimits): SmtpPool {
  const idle: { connection: OpenConnection; timer: NodeJS.Timeout }[] = []
  const waiting: (() => void)[] = []
  const running = new Set<Promise<unknown>>()
  let free = limits.connections
  let isClosed = false

  const takeSlot = async (): Promise<void> => {
    if (free > 0) {
      free -= 1
      return
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  /** A slot goes to the next in line without becoming free in between. */
  const giveSlot = (): void => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  const takeIdle = (): OpenConnection | null => {
    for (let parked = idle.pop(); parked; parked = idle.pop()) {
      clearTimeout(parked.timer)
      if (parked.connection.isOpen()) return parked.connection
    }
    return null
  }
  const park = async (connection: OpenConnection): Promise<void> => {
    if (!connection.isOpen()) return
    if (connection.sent() >= limits.messagesPerConnection) return connection.close()
    const parked = { connection, timer: setTimeout(() => void expire(parked.connection), limits.idleMs) }
    parked.timer.unref()
    idle.push(parked)
  }
  const expire = async (connection: OpenConnection): Promise<void> => {
    const at = idle.findIndex((each) => each.connection === connection)
    if (at >= 0) idle.splice(at, 1)
    await connection.close()
  }
  const lend = async <Result>(
    signal: AbortSignal,
    use: (connection: OpenConnection | Handoff) => Promise<Result>,
  ): Promise<Result> => {
    await takeSlot()
    try {
      const connection = isClosed ? CLOSED : (takeIdle() ?? (await openConnection(options, signal)))
      const result = await use(connection)
      if ('carry' in connection) await park(connection)
      return result
    } finally {
      giveSlot()
    }
  }
  const borrow: SmtpPool['borrow'] = (signal, use) => {
    const run = lend(signal, use)
    const settled = run.then(noop, noop)
    running.add(settled)
    void settled.then(() => running.delete(settled))
    return run
  }
  return {
    borrow,
    async carry(parcel, signal) {
      // Every idle connection may have gone stale overnight; each is used up by one try, then a fresh one answers.
      for (let stale = 0; ; stale += 1) {
        const { handoff, wasStale } = await borrow(signal, (connection) => carryOver(connection, parcel, signal))
        if (!wasStale || stale >= limits.connections) return handoff
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      await Promise.all(running)
      // A copy: expire takes each out of the list.
      await Promise.all([...idle].map((each) => expire(each.connection)))
    },
  }
}

async function carryOver(connection: OpenConnection | Handoff, parcel: Parcel, signal: AbortSignal): Promise<Carried> {
  return 'carry' in connection ? connection.carry(parcel, signal) : { handoff: connection, wasStale: false }
}

function noop(): void {}
