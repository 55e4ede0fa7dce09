// Keeps a few SMTP connections open and lends each to one message at a time.
import { setTimeout as delay } from 'node:timers/promises'
import type { Handoff } from '../transport.ts'
import type { Parcel } from './smtp-commands.ts'
import { openConnection, type SmtpOptions } from './smtp-connection.ts'
import type { Carried, OpenConnection } from './smtp-dialogue.ts'
import { createSlots, type SlotLimits } from './smtp-slots.ts'

export interface PoolLimits extends SlotLimits {
  /** After this many messages a connection is closed politely: providers count. */
  messagesPerConnection: number
  /** A connection nobody used for this long is closed. */
  idleMs: number
}

export interface SmtpPool extends AsyncDisposable {
  carry(parcel: Parcel, signal: AbortSignal): Promise<Handoff>
  /** Runs `use` with an open connection, or with the handoff that tells why there is none. */
  borrow<Result>(signal: AbortSignal, use: (connection: OpenConnection | Handoff) => Promise<Result>): Promise<Result>
  /**
   * From now on at most `limit` connections, never more than the pool was made for: idle ones beyond it are closed,
   * those in use when they come back. Resolves when the idle ones are closed.
   */
  resize(limit: number): Promise<void>
}

/** A server may count a connection for a moment after it was closed: one that takes its place is asked for again. */
const LATE_MS = 2_000

const CLOSED = stopped('stopped: the transport is closed')
const GIVEN_UP = stopped('stopped while waiting for a connection')

/**
 * Returns a pool that opens connections when they are needed. A server that refuses one more while it serves others has
 * a limit of its own: the message then waits for one of those. Disposing the pool waits for what is in the air.
 */
export function createPool(options: SmtpOptions, limits: PoolLimits): SmtpPool {
  const idle: { connection: OpenConnection; timer: NodeJS.Timeout }[] = []
  const open = new Set<OpenConnection>()
  const opening = new Set<Promise<OpenConnection | Handoff>>()
  /** Those that say goodbye; they are in `open` until it is said. */
  const closing = new Set<OpenConnection>()
  const running = new Set<Promise<unknown>>()
  const slots = createSlots(limits, () => performance.now())
  let limit = limits.connections
  let isClosed = false
  let closedAt = -Infinity

  const takeIdle = (): OpenConnection | null => {
    for (let parked = idle.pop(); parked; parked = idle.pop()) {
      clearTimeout(parked.timer)
      if (parked.connection.isOpen()) return parked.connection
    }
    return null
  }
  const park = async (connection: OpenConnection): Promise<void> => {
    if (!connection.isOpen()) return
    if (connection.sent() >= limits.messagesPerConnection || countKept() > limit) return close(connection)
    const parked = { connection, timer: setTimeout(() => void expire(parked.connection), limits.idleMs) }
    parked.timer.unref()
    idle.push(parked)
  }
  const expire = async (connection: OpenConnection): Promise<void> => {
    const at = idle.findIndex((each) => each.connection === connection)
    if (at >= 0) idle.splice(at, 1)
    await close(connection)
  }
  const close = async (connection: OpenConnection): Promise<void> => {
    closing.add(connection)
    await connection.close().finally(() => closing.delete(connection))
    closedAt = performance.now()
  }
  const countOpen = (): number => {
    for (const each of open) if (!each.isOpen()) open.delete(each)
    return open.size
  }
  /** Those that are here to stay: idle, in use, or about to be open. */
  const countKept = (): number => {
    let kept = opening.size
    for (const each of open) if (each.isOpen() && !closing.has(each)) kept += 1
    return kept
  }
  const openOne = async (signal: AbortSignal): Promise<OpenConnection | Handoff> => {
    const attempt = openConnection(options, signal)
    opening.add(attempt)
    try {
      const result = await attempt
      if ('carry' in result) {
        open.add(result)
        slots.opened(countOpen())
      }
      return result
    } finally {
      opening.delete(attempt)
    }
  }
  /** A refusal can be quicker than the others' welcome: whether there are others is known when one of them is in. */
  const hasOthers = async (): Promise<boolean> => {
    while (countOpen() === 0 && opening.size > 0) await Promise.race(opening)
    return countOpen() > 0
  }
  /** Returns a connection with its slot taken, or the handoff that tells why there is none, with none taken. */
  const obtain = async (signal: AbortSignal): Promise<OpenConnection | Handoff> => {
    for (let wasRefused = false; ; wasRefused = true) {
      if (!(await slots.take(signal, wasRefused))) return GIVEN_UP
      const connection = isClosed ? CLOSED : (takeIdle() ?? (await openOne(signal)))
      if ('carry' in connection) return connection
      const isLimit = isAtTheDoor(connection) && (await hasOthers())
      const isLate = isAtTheDoor(connection) && performance.now() - closedAt < LATE_MS
      if (isLimit) slots.refused(countOpen())
      slots.give()
      if (!isLimit && !isLate) return connection
      if (!isLimit) await delay(LATE_MS / 20)
    }
  }
  const lend = async <Result>(
    signal: AbortSignal,
    use: (connection: OpenConnection | Handoff) => Promise<Result>,
  ): Promise<Result> => {
    const connection = await obtain(signal)
    if (!('carry' in connection)) return use(connection)
    try {
      const result = await use(connection)
      await park(connection)
      return result
    } finally {
      slots.give()
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
    async resize(wanted) {
      limit = Math.min(wanted, limits.connections)
      slots.resize(limit)
      const goodbyes: Promise<void>[] = []
      // The longest idle first; each counts as closing from here on.
      for (let first = idle[0]; first !== undefined && countKept() > limit; first = idle[0])
        goodbyes.push(expire(first.connection))
      await Promise.all(goodbyes)
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

/** Whether a connection was turned away before any word of ours: refused, cut, or greeted with 4yz or 554. */
function isAtTheDoor(handoff: Handoff): boolean {
  if (handoff.kind === 'lane') {
    const code = handoff.reply?.code ?? 0
    return handoff.stage === 'greeting' && ((code >= 400 && code < 500) || code === 554)
  }
  if (handoff.kind !== 'broken' || handoff.aborted) return false
  return handoff.stage === 'connect' || handoff.stage === 'greeting'
}

function stopped(sentence: string): Handoff {
  return { kind: 'broken', stage: 'connect', mayBeDelivered: false, sentence, aborted: true }
}

function noop(): void {}
