// How often somebody was wrong, and how long they wait before the next try: SQL for the failed_try table (threat T17).
import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

/** What counts together: tries for one account, from one browser that was signed in before, or from one network. */
export type Tried = 'account' | 'browser' | 'network'

/** So many tries are free; each further one doubles the wait, up to the longest. */
const FREE: Readonly<Record<Tried, number>> = { account: 5, browser: 5, network: 40 }
const LONGEST_S = 15 * 60
/** After so long without a wrong try, all is forgotten. */
const FORGOTTEN_S = 24 * 3600

/** Returns the key of what is tried; the database cannot be asked who that was. */
export function triedKey(key: Buffer, what: Tried, value: string): { what: Tried; key: Buffer } {
  return { what, key: createHmac('sha256', key).update(`${what}\n${value}`).digest() }
}

export type TriedKey = ReturnType<typeof triedKey>

/**
 * Counts a try as a failure before it is judged, and returns the seconds it has to wait: 0 means it may be judged now. A hundred
 * tries at the same moment are a hundred failures. Whoever is right calls `forgetTries`.
 */
export async function countTry(db: Db, tried: TriedKey, now: Date): Promise<number> {
  const free = FREE[tried.what]
  // count_try: counts one more unless it has to wait; the row's lock puts tries of one moment in order.
  const { rows } = await sql<{ wait: number }>`
    WITH before AS (
      SELECT failures, last_at FROM failed_try WHERE key = ${tried.key} AND last_at > ${now}::timestamptz - make_interval(secs => ${FORGOTTEN_S})
      FOR UPDATE
    ), due AS (
      SELECT coalesce((SELECT CASE WHEN failures < ${free} THEN 0
        ELSE greatest(0, least(${LONGEST_S}, 2 ^ least(failures - ${free}, 20)) - extract(epoch FROM ${now}::timestamptz - last_at)) END FROM before), 0)::float8 AS wait
    ), counted AS (
      INSERT INTO failed_try AS t (key, failures, last_at) SELECT ${tried.key}, 1, ${now} FROM due WHERE wait = 0
      ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at,
        failures = CASE WHEN EXISTS (SELECT FROM before) THEN t.failures + 1 ELSE 1 END
    )
    SELECT wait FROM due`.execute(db)
  return Math.ceil(rows[0]?.wait ?? 0)
}

/** Forgets the wrong tries of these keys: the right one has come. */
export async function forgetTries(db: Db, tried: readonly TriedKey[]): Promise<void> {
  // forget_tries: by key.
  await sql`DELETE FROM failed_try WHERE key = ANY(${tried.map((each) => each.key)}::bytea[])`.execute(db)
}
