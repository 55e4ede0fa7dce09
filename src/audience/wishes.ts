// What a person does not want although they stay on the list: SQL for the subscriber_wish table.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

/** Kinds of mail that can be turned off one by one: the purposes of campaigns. */
export const TOPICS = ['advocacy', 'fundraising', 'commercial'] as const
export type Topic = (typeof TOPICS)[number]

export interface Wish {
  topicsOff: readonly Topic[]
  pausedUntil: Date | null
}

/** Returns what the subscriber wishes; nothing special when they never said. */
export async function findWish(db: Db, subscriberId: string): Promise<Wish> {
  // find_wish: the row of one subscriber.
  const { rows } = await sql<Wish>`
    SELECT topics_off AS "topicsOff", paused_until AS "pausedUntil" FROM subscriber_wish WHERE subscriber_id = ${subscriberId}`.execute(
    db,
  )
  return rows[0] ?? { topicsOff: [], pausedUntil: null }
}

/** Sets what the subscriber wishes; launches from now on leave them out accordingly. */
export async function saveWish(db: Db, subscriberId: string, wish: Wish, now: Date): Promise<void> {
  // save_wish: one row a subscriber.
  await sql`
    INSERT INTO subscriber_wish (subscriber_id, topics_off, paused_until, changed_at)
    VALUES (${subscriberId}, ${[...wish.topicsOff]}::text[], ${wish.pausedUntil}::timestamptz, ${now})
    ON CONFLICT (subscriber_id) DO UPDATE SET topics_off = excluded.topics_off, paused_until = excluded.paused_until, changed_at = excluded.changed_at`.execute(
    db,
  )
}
