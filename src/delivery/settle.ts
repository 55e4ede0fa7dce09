// Collects endings and writes them in groups: few statements when it is busy, no waiting when it is not.
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { recordEndings, recordedEndings, type Ending } from './endings.ts'
import type { Metrics } from './metrics.ts'
import { isOutage } from './outage.ts'

/** What the delivery code needs of a logger; pino's shape. Details never hold an address. */
export interface Log {
  info(detail: object, message: string): void
  warn(detail: object, message: string): void
  error(detail: object, message: string): void
}

export interface SettleOptions {
  /** Endings in one statement, at most. */
  rows: number
  /** How long the first ending of a group waits for company, in milliseconds. */
  waitMs: number
  /** How long to try again while the database is away, in milliseconds; after it the lease decides. */
  patienceMs: number
}

/** Rule 2 of the ledger: at most 50 rows or 50 ms. */
export const DEFAULT_SETTLE: SettleOptions = { rows: 50, waitMs: 3, patienceMs: 120_000 }

export interface Settler extends AsyncDisposable {
  /** Resolves when the ending is in the ledger, or refused by its fence. Never rejects. */
  settle(ending: Ending): Promise<void>
}

interface Waiting {
  ending: Ending
  done(): void
}

/** Returns a settler; disposing it writes what still waits. */
export function createSettler(db: Db, log: Log, metrics: Metrics, options: SettleOptions = DEFAULT_SETTLE): Settler {
  const waiting: Waiting[] = []
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> | undefined

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    flushing ??= flushAll()
    return flushing
  }

  async function flushAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.splice(0, options.rows)
      const startedAt = performance.now()
      await write(
        db,
        log,
        options,
        group.map((each) => each.ending),
      )
      metrics.settled(group.length, (performance.now() - startedAt) / 1000)
      for (const each of group) {
        const { transport, released, state, reason } = each.ending
        metrics.ended(transport, released ? 'released' : state, reason)
        each.done()
      }
    }
    // In the same step as the last look at `waiting`, or an ending could arrive in between and wait for ever.
    flushing = undefined
  }

  return {
    settle(ending) {
      return new Promise<void>((done) => {
        waiting.push({ ending, done })
        if (flushing !== undefined) return
        if (waiting.length >= options.rows) void flush()
        else timer ??= setTimeout(() => void flush(), options.waitMs)
      })
    },
    async [Symbol.asyncDispose]() {
      await flush()
    },
  }
}

async function write(db: Db, log: Log, options: SettleOptions, endings: readonly Ending[]): Promise<void> {
  const giveUpAt = performance.now() + options.patienceMs
  for (let pauseMs = 100, again = false; ; pauseMs = Math.min(pauseMs * 2, 5_000), again = true) {
    try {
      // A statement whose answer was lost may have been committed.
      const open = again ? await without(db, endings) : endings
      const ours = await recordEndings(db, open)
      reportReplaced(
        log,
        open.filter((ending) => !ours.has(ending.deliveryId)),
      )
      return
    } catch (error) {
      if (!isOutage(error)) return await writeApart(db, log, options, endings, error)
      if (performance.now() > giveUpAt) return reportLost(log, endings, error)
      log.warn({ endings: endings.length, error: messageOf(error) }, 'the database is away; the endings wait')
      await sleep(pauseMs)
    }
  }
}

async function without(db: Db, endings: readonly Ending[]): Promise<Ending[]> {
  const written = await recordedEndings(db, endings)
  return endings.filter((ending) => !written.has(ending.deliveryId))
}

/** One value the database refuses must not keep the other 49 out. */
async function writeApart(
  db: Db,
  log: Log,
  options: SettleOptions,
  endings: readonly Ending[],
  error: unknown,
): Promise<void> {
  if (endings.length <= 1) return reportLost(log, endings, error)
  for (const ending of endings) await write(db, log, options, [ending])
}

function reportReplaced(log: Log, replaced: readonly Ending[]): void {
  for (const { campaignId, deliveryId, fence, state } of replaced) {
    log.warn(
      { campaignId, deliveryId, fence, state },
      'we were replaced: the delivery is no longer ours, its ending is not written',
    )
  }
}

function reportLost(log: Log, endings: readonly Ending[], error: unknown): void {
  for (const { campaignId, deliveryId, state } of endings) {
    log.error(
      { campaignId, deliveryId, state, error: messageOf(error) },
      'an ending could not be written; the lease will put the delivery in doubt',
    )
  }
}
