// What one round works with: a database, a sink, workers, chance, and a clock that runs out.
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db, Store } from '../../src/store/connect.ts'
import { testRedis, type TestRedis } from '../support/redis.ts'
import type { WorkerSettings } from '../support/workers.ts'
import type { Cluster } from './cluster.ts'
import { createCrew, type Crew } from './crew.ts'
import type { Draw } from './draw.ts'
import { startSink, type Sink, type SinkOptions } from './sink.ts'

export interface Round extends AsyncDisposable {
  readonly draw: Draw
  readonly store: Store
  readonly db: Db
  readonly cluster: Cluster
  readonly sink: Sink
  readonly crew: Crew
  /** Null: the queue is in PostgreSQL. */
  readonly redis: TestRedis | null
  /** Waits; throws when the round is called off. */
  pause(ms: number): Promise<void>
  /** Waits until it holds; throws with `what` when it does not within `withinMs`, three minutes unless told. */
  until(what: string, holds: () => Promise<boolean> | boolean, withinMs?: number): Promise<void>
  /** Waits until none of the campaigns has anything left to do; throws when that takes longer than `withinMs`. */
  ended(campaigns: readonly string[], withinMs?: number): Promise<void>
}

export interface RoundNeeds {
  /** Starts with the 115th Congress. */
  reference?: boolean
  redis?: boolean
  sink?: SinkOptions
  /** The settings of every worker of the round. */
  worker?: (sink: Sink, name: string) => Partial<WorkerSettings>
}

/** Retries come in fractions of a second, so that a round takes seconds; the lease is as short as the timeouts allow. */
export const QUICK = {
  leaseMs: 4_000,
  padding: 800,
  connections: 8,
  timeouts: { connectMs: 2_000, greetingMs: 2_000, replyMs: 2_500 },
  retry: { firstMs: 300, laterMs: 400, capMs: 1_000, maxAttempts: 27 },
} as const

/** Sets a round up; disposing it ends its workers, its sink and its Redis and drops its database. */
export async function openRound(
  cluster: Cluster,
  draw: Draw,
  needs: RoundNeeds,
  calledOff: AbortSignal,
): Promise<Round> {
  await using stack = new AsyncDisposableStack()
  const store = stack.use(await cluster.database(needs.reference))
  const redis = needs.redis ? stack.use(await testRedis()) : null
  const sink = stack.use(await startSink(needs.sink))
  const { db } = store
  const crew = stack.use(
    createCrew({
      db,
      openAtSink: (name) => sink.log.open(name).length,
      settingsFor: (name) => ({
        databaseUrl: store.url,
        redisUrl: redis?.url,
        smtpUrl: sink.url(name),
        ...QUICK,
        ...needs.worker?.(sink, name),
      }),
    }),
  )
  const pause = async (ms: number): Promise<void> => await sleep(ms, undefined, { signal: calledOff })
  const until: Round['until'] = async (what, holds, withinMs = 180_000) => {
    const limit = performance.now() + withinMs
    while (!(await holds())) {
      if (performance.now() > limit) throw new Error(`after ${withinMs / 1000} s still not: ${what}`)
      await pause(25)
    }
  }
  const open = stack.move()
  return {
    draw,
    store,
    db,
    cluster,
    sink,
    crew,
    redis,
    pause,
    until,
    async ended(campaigns, withinMs = 240_000) {
      await until(`campaigns ${campaigns.join(', ')} have ended`, () => haveEnded(db, campaigns), withinMs)
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** A campaign is at its end when it is not sending, nothing of it is in the air, and, if it was cancelled, the rest is skipped. */
async function haveEnded(db: Db, campaigns: readonly string[]): Promise<boolean> {
  // have_ended: a paused campaign may keep what is pending.
  const { rows } = await sql<{ open: number }>`
    SELECT count(*)::int AS open FROM campaign c
    WHERE c.id = ANY (${[...campaigns]}::text[]) AND (
      c.state = 'sending'
      OR EXISTS (SELECT 1 FROM delivery d WHERE d.campaign_id = c.id AND d.state = 'sending')
      OR (c.state <> 'paused' AND EXISTS (
        SELECT 1 FROM delivery d WHERE d.campaign_id = c.id AND d.state IN ('pending', 'deferred'))))`.execute(db)
  return rows[0]?.open === 0
}

/** Returns work that is awaited later: should it fail before that, the process must not end of it. */
export function later<Result>(work: Promise<Result>): Promise<Result> {
  work.catch(() => undefined)
  return work
}

/** Lets the hours pass that a paused lane, a slow one and a long deferral would take; returns how many lanes were paused. */
export async function letTimePass(db: Db): Promise<number> {
  // lanes_wake: what the operator does, or the clock.
  const { rows } = await sql<{ transport: string }>`
    UPDATE lane SET paused_until = NULL, pause_reason = NULL WHERE paused_until IS NOT NULL RETURNING transport`.execute(
    db,
  )
  // deferred_come_due: those that wait longer than a second.
  await sql`UPDATE delivery SET next_at = now() WHERE state = 'deferred' AND next_at > now() + interval '1 second'`.execute(
    db,
  )
  // lanes_quicken: nobody has complained for so long that a transport a receiver slowed down is as before.
  await sql`DELETE FROM throttle WHERE slowed_at IS NOT NULL AND ceiling IS NULL AND per_day IS NULL`.execute(db)
  return rows.length
}
