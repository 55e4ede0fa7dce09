// How many mails one address may be sent at the request of whoever holds a link: SQL for the page_allowance table.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

/** Mails of one kind to one address on one day (UTC). */
const A_DAY = { join: 1, edit: 5, undo: 3, new_address: 3 } as const
export type Allowance = keyof typeof A_DAY

/**
 * Returns whether one more mail may go to the address today, and counts it. Exact however many ask at once (threat T22).
 */
export async function takeAllowance(db: Db, what: Allowance, addressKey: Buffer, now: Date): Promise<boolean> {
  const today = now.toISOString().slice(0, 10)
  // take_allowance: counts up to the limit; at the limit no row comes back. Days that are over go on the occasion.
  const { rows } = await sql<{ used: number }>`
    WITH over AS (
      DELETE FROM page_allowance WHERE day < ${today}::date - 7
    )
    INSERT INTO page_allowance AS a (what, address_key, day, used) VALUES (${what}, ${addressKey}, ${today}::date, 1)
    ON CONFLICT (what, address_key, day) DO UPDATE SET used = a.used + 1 WHERE a.used < ${A_DAY[what]}
    RETURNING used`.execute(db)
  return rows.length > 0
}
