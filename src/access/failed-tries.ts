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
  // begin_tries: a row to lock, with nothing against it.
  await db
    .insertInto('failed_try')
    .values({ key: tried.key, failures: 0, last_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  // count_try: the row's lock puts tries of one moment in order; one that has to wait is not counted.
  const { rows } = await sql<{ wait: number }>`
    UPDATE failed_try t SET
      failures = CASE WHEN due.wait > 0 THEN t.failures ELSE before.failures + 1 END,
      last_at = CASE WHEN due.wait > 0 THEN t.last_at ELSE ${now} END
    FROM (
      SELECT key, CASE WHEN last_at > ${now}::timestamptz - make_interval(secs => ${FORGOTTEN_S}) THEN failures ELSE 0 END AS failures, last_at
      FROM failed_try WHERE key = ${tried.key} FOR UPDATE
    ) AS before,
    LATERAL (SELECT CASE WHEN before.failures < ${FREE[tried.what]} THEN 0
      ELSE greatest(0, least(${LONGEST_S}, 2 ^ least(before.failures - ${FREE[tried.what]}, 20)) - extract(epoch FROM ${now}::timestamptz - before.last_at))
      END::float8 AS wait) AS due
    WHERE t.key = before.key
    RETURNING due.wait`.execute(db)
  return Math.ceil(rows[0]?.wait ?? 0)
}

/** Forgets the wrong tries of these keys: the right one has come. */
export async function forgetTries(db: Db, tried: readonly TriedKey[]): Promise<void> {
  // forget_tries: by key.
  await sql`DELETE FROM failed_try WHERE key = ANY(${tried.map((each) => each.key)}::bytea[])`.execute(db)
}
