// Writes how deliveries ended: the ledger row under its fence, the attempt, and a suppression where the mailbox is gone.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

/** How one claim ended. */
export interface Ending {
  campaignId: string
  deliveryId: string
  fence: string
  /** The state the delivery takes. */
  state: 'sent' | 'deferred' | 'bounced' | 'failed' | 'in_doubt'
  /** True when the message was never handed over: the attempt row says `released`. */
  released: boolean
  /** One word; null only for sent. */
  reason: string | null
  /** For the operator, without the address. */
  sentence: string
  /** Whether the delivery pays for the attempt. */
  charged: boolean
  /** Which attempt this was, from 1. */
  number: number
  /** When to try again, in the database's time; set exactly when deferred. */
  nextAt: Date | null
  messageId: string | null
  sha256: Buffer | null
  transport: string
  replyCode: number | null
  replyText: string | null
  startedAt: Date
  endedAt: Date
  /** The address does not exist: it is suppressed with the settle. */
  suppress: boolean
}

/**
 * Records the endings and returns the ids that were still ours. An ending whose fence is old, or whose delivery is no longer
 * `sending`, changes nothing: somebody replaced us, and its id is missing from the answer.
 */
export async function recordEndings(db: Db, endings: readonly Ending[]): Promise<Set<string>> {
  const column = <Value>(read: (ending: Ending) => Value): Value[] => endings.map(read)
  // record_endings: ended → settled → noted, suppressed, logged.
  const { rows } = await sql<{ id: string }>`/* prepared: record_endings */
    WITH ended AS (
      SELECT * FROM unnest(
        ${column((e) => e.campaignId)}::text[], ${column((e) => e.deliveryId)}::bigint[], ${column((e) => e.fence)}::bigint[],
        ${column((e) => e.state)}::text[], ${column((e) => e.released)}::boolean[], ${column((e) => e.reason)}::text[],
        ${column((e) => e.sentence)}::text[], ${column((e) => e.charged)}::boolean[], ${column((e) => e.number)}::int[],
        ${column((e) => e.nextAt)}::timestamptz[], ${column((e) => e.messageId)}::text[], ${column((e) => e.sha256)}::bytea[],
        ${column((e) => e.transport)}::text[], ${column((e) => e.replyCode)}::int[], ${column((e) => e.replyText)}::text[],
        ${column((e) => e.startedAt)}::timestamptz[], ${column((e) => e.endedAt)}::timestamptz[], ${column((e) => e.suppress)}::boolean[]
      ) AS e (campaign_id, id, fence, state, released, reason, sentence, charged, number, next_at, message_id, sha256,
        transport, reply_code, reply_text, started_at, ended_at, suppress)
    ), settled AS (
      UPDATE delivery d
      SET state = e.state, reason = e.reason, attempt = d.attempt + e.charged::int, lease_until = NULL, next_at = e.next_at,
        message_id = coalesce(e.message_id, d.message_id), raw_sha256 = coalesce(d.raw_sha256, e.sha256),
        transport = e.transport, reply = coalesce(e.reply_code || ' ' || e.reply_text, d.reply),
        sent_at = CASE WHEN e.state = 'sent' THEN e.ended_at END, updated_at = now()
      FROM ended e
      WHERE d.campaign_id = e.campaign_id AND d.id = e.id AND d.fence = e.fence AND d.lease_until IS NOT NULL
      RETURNING d.campaign_id, d.id, d.fence, d.address_key
    ), noted AS (
      INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, reply_code, reply_text, sentence, started_at, ended_at)
      SELECT e.campaign_id, e.id, e.fence, e.number, e.transport, CASE WHEN e.released THEN 'released' ELSE e.state END,
        e.reply_code, e.reply_text, e.sentence, e.started_at, e.ended_at
      FROM ended e JOIN settled s ON s.campaign_id = e.campaign_id AND s.id = e.id
    ), suppressed AS (
      INSERT INTO suppression (address_key, reason, channel, note, set_by, set_at)
      SELECT DISTINCT ON (s.address_key) s.address_key, 'hard_bounce', 'bounce', e.sentence, 'delivery', now()
      FROM ended e JOIN settled s ON s.campaign_id = e.campaign_id AND s.id = e.id
      WHERE e.suppress
      ORDER BY s.address_key
      ON CONFLICT (address_key) DO NOTHING
      RETURNING address_key, note
    ), logged AS (
      INSERT INTO consent_event (address_key, act, basis, evidence, at)
      SELECT address_key, 'suppressed', 'hard_bounce', jsonb_build_object('sentence', note), now() FROM suppressed
    )
    SELECT id FROM settled`.execute(db)
  return new Set(rows.map((row) => row.id))
}

/**
 * Returns which of these endings the ledger already holds. A statement whose answer was lost may have been committed:
 * only the holder of the fence can have written its attempt row.
 */
export async function recordedEndings(db: Db, endings: readonly Ending[]): Promise<Set<string>> {
  // recorded_endings: looks the attempts up by key.
  const { rows } = await sql<{ id: string }>`
    SELECT a.delivery_id AS id
    FROM unnest(${endings.map((e) => e.campaignId)}::text[], ${endings.map((e) => e.deliveryId)}::bigint[], ${endings.map((e) => e.fence)}::bigint[])
      AS e (campaign_id, id, fence)
    JOIN attempt a ON a.campaign_id = e.campaign_id AND a.delivery_id = e.id AND a.fence = e.fence`.execute(db)
  return new Set(rows.map((row) => row.id))
}

/**
 * Pauses the campaign when `limit` of its deliveries failed because of the message itself; returns whether it did.
 * One wrong template must not burn a whole audience. What failed before somebody resumed the campaign counts no more.
 */
export async function pauseAfterFailures(
  db: Db,
  campaignId: string,
  reasons: readonly string[],
  limit: number,
): Promise<boolean> {
  // pause_after_failures: counts, pauses and logs in one step, so that only one worker does it.
  const { rows } = await sql<{ id: string }>`
    WITH paused AS (
      UPDATE campaign SET state = 'paused', pause_reason = ${`${limit} messages failed because of their content`}
      WHERE id = ${campaignId} AND state = 'sending' AND ${limit} <= (
        SELECT count(*) FROM delivery WHERE campaign_id = ${campaignId} AND state = 'failed' AND reason = ANY (${reasons}::text[])
          AND updated_at > coalesce(
            (SELECT max(at) FROM campaign_event WHERE campaign_id = ${campaignId} AND act = 'resumed'), '-infinity')
      )
      RETURNING id, pause_reason
    ), logged AS (
      INSERT INTO campaign_event (campaign_id, act, actor, detail, at)
      SELECT id, 'paused', 'delivery', jsonb_build_object('reason', pause_reason), now() FROM paused
    )
    SELECT id FROM paused`.execute(db)
  return rows.length > 0
}
