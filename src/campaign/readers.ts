// Who holds the link of a message: the person it was sent to, and the message it stood in.
import { sql } from 'kysely'
import type { Capability } from '../core/token.ts'
import type { Db } from '../store/connect.ts'

export interface Reader {
  subscriberId: string
  address: string
  addressKey: Buffer
  zip: string | null
  /** The campaign and the variant of the message; null when the delivery is gone. */
  campaignId: string | null
  variant: number | null
}

/** What a token that is no good stands for: it is looked up like any other, so that it takes the same time (threat T9). */
const NOBODY: Capability = { deliveryId: 0n, subscriberId: 0n }

/** Returns the person of a capability, or null for a damaged one, a preview's, or that of somebody who is gone. */
export async function findReader(db: Db, capability: Capability | null): Promise<Reader | null> {
  const { deliveryId, subscriberId } = capability ?? NOBODY
  // find_reader: the person as they are now, and the delivery if it is theirs.
  const { rows } = await sql<Reader>`
    SELECT s.id AS "subscriberId", s.address, s.address_key AS "addressKey", s.zip, d.campaign_id AS "campaignId", d.variant
    FROM subscriber s LEFT JOIN delivery d ON d.id = ${deliveryId} AND d.subscriber_id = s.id
    WHERE s.id = ${subscriberId}`.execute(db)
  return rows[0] ?? null
}

/** Returns whether there is anybody to leave: also a person who is erased, as long as their message is on record. */
export async function canLeave(db: Db, capability: Capability | null): Promise<boolean> {
  const { deliveryId, subscriberId } = capability ?? NOBODY
  // can_leave: what `unsubscribe` would find.
  const { rows } = await sql<{ known: boolean }>`
    SELECT EXISTS (SELECT FROM delivery WHERE id = ${deliveryId} AND subscriber_id = ${subscriberId})
      OR EXISTS (SELECT FROM subscriber WHERE id = ${subscriberId}) AS known`.execute(db)
  return rows[0]?.known ?? false
}
