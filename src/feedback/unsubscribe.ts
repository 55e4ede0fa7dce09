// One person wants no more mail: suppressed at once, whichever way the wish came.
import { sql } from 'kysely'
import type { Capability } from '../core/token.ts'
import type { Db } from '../store/connect.ts'

/** A wish that a token proves. */
export interface UnsubscribeRequest {
  /** What the token of the message allows: whom it was for. */
  capability: Capability
  channel: 'one_click' | 'page' | 'mailto' | 'reply'
  /** When the wish reached us. */
  requestedAt: Date
}

/** `already`: suppressed before, and the wish is noted; `unknown`: a preview, or a person who is gone: there is nothing to do. */
export type Unsubscribed = 'done' | 'already' | 'unknown'

/**
 * Suppresses the address that the message went to and the one that the person has now; committed when it resolves, so that no
 * later claim takes them (mail-rules 3). Doing it twice is fine: each wish has its line in the log, the first reason stays.
 */
export async function unsubscribe(db: Db, request: UnsubscribeRequest): Promise<Unsubscribed> {
  const { capability, channel, requestedAt } = request
  // unsubscribe: person → suppressed → noted, logged. The delivery must be this person's own.
  const { rows } = await sql<{ known: number; suppressed: number }>`
    WITH person AS (
      SELECT address_key, id AS delivery_id FROM delivery WHERE id = ${capability.deliveryId} AND subscriber_id = ${capability.subscriberId}
      UNION
      SELECT s.address_key, d.id FROM subscriber s LEFT JOIN delivery d ON d.id = ${capability.deliveryId} AND d.subscriber_id = s.id
      WHERE s.id = ${capability.subscriberId}
    ), suppressed AS (
      INSERT INTO suppression (address_key, reason, channel, note, set_by, set_at)
      SELECT DISTINCT ON (address_key) address_key, 'unsubscribe', ${channel}, '', 'subscriber', clock_timestamp() FROM person ORDER BY address_key
      ON CONFLICT (address_key) DO NOTHING
      RETURNING address_key
    ), noted AS (
      INSERT INTO consent_event (address_key, act, basis, evidence, at)
      SELECT address_key, 'suppressed', 'unsubscribe', jsonb_build_object('channel', ${channel}::text, 'by', 'subscriber', 'delivery', ${String(capability.deliveryId)}::text), clock_timestamp()
      FROM suppressed
    ), logged AS (
      INSERT INTO opt_out (address_key, delivery_id, channel, requested_at, effective_at)
      SELECT DISTINCT ON (address_key) address_key, delivery_id, ${channel}, least(${requestedAt}::timestamptz, clock_timestamp()), clock_timestamp()
      FROM person ORDER BY address_key, delivery_id
    )
    SELECT (SELECT count(*) FROM person)::int AS known, (SELECT count(*) FROM suppressed)::int AS suppressed`.execute(
    db,
  )
  const { known = 0, suppressed = 0 } = rows[0] ?? {}
  if (known === 0) return 'unknown'
  return suppressed > 0 ? 'done' : 'already'
}
