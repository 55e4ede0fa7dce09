// Erasure: what is about a person goes, what must be proved stays under the keyed hash of the address.
import { sql } from 'kysely'
import { addSuppression } from '../audience/suppressions.ts'
import type { Db } from '../store/connect.ts'

export interface Erasure {
  addressKey: Buffer
  by: string
  at: Date
  /** Where it was asked for; the command line unless told. */
  channel?: 'console' | 'cli'
}

/**
 * Erases the person in the caller's transaction and returns how many rows of each kind were removed or emptied. The address
 * stays suppressed as a keyed hash, so that no import writes to it again (GDPR 17 with 21; the ICO on objectors). What a running
 * campaign still holds for them ends at its claim as `erased`.
 */
export async function erasePerson(
  db: Db,
  { addressKey, by, at, channel = 'cli' }: Erasure,
): Promise<Record<string, number>> {
  const suppressed = await addSuppression(db, {
    addressKey,
    reason: 'legal',
    channel,
    note: 'erased on request',
    setBy: by,
    setAt: at,
  })
  // Replies of a mail server may repeat what they were told; the ZIP is the person's own.
  const emptied = await sql<{ deliveries: number; attempts: number; reports: number; mails: number; events: number }>`
    WITH theirs AS (
      SELECT d.campaign_id, d.id FROM campaign c JOIN delivery d ON d.campaign_id = c.id AND d.address_key = ${addressKey}
    ), bare AS (
      UPDATE delivery d SET zip = NULL, reply = NULL FROM theirs t WHERE d.id = t.id RETURNING d.id
    ), mute AS (
      UPDATE attempt a SET reply_text = NULL FROM theirs t WHERE a.campaign_id = t.campaign_id AND a.delivery_id = t.id RETURNING a.delivery_id
    ), reports AS (
      UPDATE feedback_report r SET reply = NULL
      WHERE r.recipient_key = ${addressKey} OR r.delivery_id IN (SELECT id FROM theirs) RETURNING r.mail_id
    ), mails AS (
      UPDATE feedback_mail m SET raw = NULL, raw_until = NULL, envelope_to = NULL
      FROM (SELECT DISTINCT mail_id FROM reports) r WHERE m.id = r.mail_id AND m.applied_at IS NOT NULL RETURNING m.id
    ), events AS (
      UPDATE sendgrid_event e SET body = NULL, body_until = NULL FROM theirs t WHERE e.delivery_id = t.id RETURNING e.sg_event_id
    )
    SELECT (SELECT count(*) FROM bare)::int AS deliveries, (SELECT count(*) FROM mute)::int AS attempts,
      (SELECT count(*) FROM reports)::int AS reports, (SELECT count(*) FROM mails)::int AS mails, (SELECT count(*) FROM events)::int AS events`.execute(
    db,
  )
  // Links that wait in a mailbox.
  await sql`DELETE FROM page_link WHERE address_key = ${addressKey}`.execute(db)
  // The profile, and with it the seats they chose.
  const { numAffectedRows = 0n } = await sql`DELETE FROM subscriber WHERE address_key = ${addressKey}`.execute(db)
  return { profiles: Number(numAffectedRows), ...emptied.rows[0], suppressed: suppressed ? 1 : 0 }
}
