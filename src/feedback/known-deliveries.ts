// The delivery behind a report, and how a report moves it: always onwards, never back.
import { sql } from 'kysely'
import type { Capability } from '../core/token.ts'
import type { DeliveryState } from '../delivery/delivery.ts'
import type { Db } from '../store/connect.ts'

/** Reports about older messages are kept and change nothing (threat T21). */
export const ACTS_FOR_DAYS = 30

export interface KnownDelivery {
  id: string
  campaignId: string
  subscriberId: string
  addressKey: Buffer
  state: DeliveryState
  /** Whether it is young enough for a report to change anything. */
  isRecent: boolean
}

const COLUMNS = sql`d.id, d.campaign_id AS "campaignId", d.subscriber_id AS "subscriberId", d.address_key AS "addressKey", d.state,
  coalesce(d.sent_at, d.updated_at) > now() - make_interval(days => ${ACTS_FOR_DAYS}) AS "isRecent"`

/** Returns the delivery that a token names, locked; null when there is none of this subscriber. */
export async function deliveryOfToken(db: Db, { deliveryId, subscriberId }: Capability): Promise<KnownDelivery | null> {
  // delivery_of_token: both halves of the token must agree with the ledger.
  const { rows } = await sql<KnownDelivery>`
    SELECT ${COLUMNS} FROM delivery d
    WHERE d.id = ${String(deliveryId)}::bigint AND d.subscriber_id = ${String(subscriberId)}::bigint FOR UPDATE`.execute(
    db,
  )
  return rows[0] ?? null
}

/** Returns the delivery of that number, locked; for senders whose word is signed. */
export async function deliveryOfId(db: Db, id: string): Promise<KnownDelivery | null> {
  // delivery_of_id: by key.
  const { rows } =
    await sql<KnownDelivery>`SELECT ${COLUMNS} FROM delivery d WHERE d.id = ${id}::bigint FOR UPDATE`.execute(db)
  return rows[0] ?? null
}

/** Returns the delivery to this address that had one of these Message-IDs, locked; null when there is none. */
export async function deliveryOfMessage(
  db: Db,
  addressKey: Buffer,
  messageIds: readonly string[],
): Promise<KnownDelivery | null> {
  // delivery_of_message: one probe of the unique key for each campaign of these days; the ids alone have no index.
  const { rows } = await sql<KnownDelivery>`
    SELECT ${COLUMNS} FROM campaign c JOIN delivery d ON d.campaign_id = c.id AND d.address_key = ${addressKey}
    WHERE c.launched_at > now() - make_interval(days => ${ACTS_FOR_DAYS * 2}) AND d.message_id = ANY (${messageIds}::text[])
    ORDER BY d.id DESC LIMIT 1 FOR UPDATE OF d`.execute(db)
  return rows[0] ?? null
}

/** Returns the youngest delivery to an address within the days in which reports come: a guess, good for looking at only. */
export async function lastDeliveryTo(db: Db, addressKey: Buffer): Promise<KnownDelivery | null> {
  // last_delivery_to: one probe a campaign.
  const { rows } = await sql<KnownDelivery>`
    SELECT ${COLUMNS} FROM campaign c JOIN delivery d ON d.campaign_id = c.id AND d.address_key = ${addressKey}
    WHERE c.launched_at > now() - make_interval(days => ${ACTS_FOR_DAYS * 2}) AND d.sent_at > now() - make_interval(days => ${ACTS_FOR_DAYS})
    ORDER BY d.sent_at DESC LIMIT 1`.execute(db)
  return rows[0] ?? null
}

/** A report about it proves that it left: in doubt becomes sent. Returns whether it was in doubt. */
export async function resolveAsSent(db: Db, id: string): Promise<boolean> {
  // resolve_as_sent: whatever the policy for doubt is; a copy that is already due again is the claim's affair.
  const { rows } = await sql<{ id: string }>`
    UPDATE delivery SET state = 'sent', reason = NULL, sent_at = coalesce(sent_at, now()), updated_at = now()
    WHERE id = ${id}::bigint AND state = 'in_doubt' RETURNING id`.execute(db)
  return rows.length > 0
}

/** What was sent came back: sent becomes bounced. Returns whether it was sent until now. */
export async function markBounced(db: Db, id: string, reason: string, reply: string): Promise<boolean> {
  // mark_bounced: from sent alone, so that the second report of one failure finds nothing to do.
  const { rows } = await sql<{ id: string }>`
    UPDATE delivery SET state = 'bounced', reason = ${reason}, reply = ${reply}, updated_at = now()
    WHERE id = ${id}::bigint AND state = 'sent' RETURNING id`.execute(db)
  return rows.length > 0
}

/** What an address has sent back since the last message that it took. */
export interface BounceRecord {
  /** Bounces for a full or refusing mailbox. */
  soft: number
  /** Days between the first and the last of them. */
  softDays: number
  /** Different days with a bounce of unknown cause. */
  unknownDays: number
}

/** A message has arrived when no report has come for so many days: relays give up after five. */
const SILENCE_DAYS = 5

/** Returns the record of an address over the last 400 days. */
export async function bounceRecord(db: Db, addressKey: Buffer): Promise<BounceRecord> {
  // bounce_record: history → arrived → what bounced since; one probe of the unique key for each campaign.
  const { rows } = await sql<BounceRecord>`
    WITH history AS (
      SELECT d.state, d.reason, coalesce(d.sent_at, d.updated_at) AS at
      FROM campaign c JOIN delivery d ON d.campaign_id = c.id AND d.address_key = ${addressKey}
      WHERE c.launched_at > now() - interval '400 days'
    ), arrived AS (
      SELECT coalesce(max(at), '-infinity') AS at FROM history
      WHERE state = 'sent' AND at < now() - make_interval(days => ${SILENCE_DAYS})
    )
    SELECT count(*) FILTER (WHERE reason = 'mailbox')::int AS soft,
      coalesce(extract(epoch FROM max(at) FILTER (WHERE reason = 'mailbox') - min(at) FILTER (WHERE reason = 'mailbox')) / 86400, 0)::float8 AS "softDays",
      count(DISTINCT (at AT TIME ZONE 'UTC')::date) FILTER (WHERE reason = 'refused')::int AS "unknownDays"
    FROM history WHERE state = 'bounced' AND at > (SELECT at FROM arrived)`.execute(db)
  return rows[0] ?? { soft: 0, softDays: 0, unknownDays: 0 }
}
