// Takes deliveries that are due, a few at a time: the one statement that decides who may still be written to.
import { sql } from 'kysely'
import type { Recipient } from '../campaign/composer.ts'
import type { Db } from '../store/connect.ts'
import type { TransportKind } from './transport.ts'

/** What is to be claimed, and on whose behalf. */
export interface ClaimRequest {
  campaignId: string
  shard: number
  transport: TransportKind
  /** At most this many: what the free connections can take. */
  limit: number
  /** How long the claim stays ours; it must outlive the transport's timeouts. */
  leaseMs: number
}

/** One delivery that is ours until the lease ends. */
export interface Claim {
  recipient: Recipient
  /** The settle must carry it. */
  fence: string
  /** Attempts charged before this one. */
  attempt: number
  /** How often a receiver made us take it back uncharged. */
  released: number
  /** Set when an earlier attempt ended in doubt: the message must have this SHA-256, or it must not go. */
  mustMatch: Buffer | null
}

export interface Claimed {
  claims: Claim[]
  /** How many due deliveries ended instead of being claimed: opted out, erased or past the deadline. */
  ended: number
  /** The database's time of the claim; null when nothing was due. */
  at: Date | null
  expiresAt: Date | null
  /** RESEND campaigns record the bytes before they leave. */
  resends: boolean
}

interface ClaimRow {
  id: string
  fence: string
  attempt: number
  state: 'sending' | 'skipped' | 'failed'
  subscriber_id: string
  address: string
  first_name: string
  last_name: string
  needs_smtputf8: boolean
  zip: string | null
  variant: number
  must_match: Buffer | null
  released: number
  at: Date
  expires_at: Date | null
  resends: boolean
}

/**
 * Claims up to `limit` due deliveries of a shard, each with a new fence and a lease. Claims nothing unless the campaign
 * is sending on this transport, the kill switch is off (threat T19) and the lane is not paused. An opt-out, an erasure
 * or a deadline that was committed before wins: such a delivery ends here, with its attempt row.
 */
export async function claimDue(db: Db, request: ClaimRequest): Promise<Claimed> {
  const { campaignId, shard, transport, limit, leaseMs } = request
  // claim_due: gate → due → judged → moved → noted; all times are the database's own (threat T26).
  const { rows } = await sql<ClaimRow>`/* prepared: claim_due */
    WITH gate AS (
      SELECT c.id, c.expires_at, c.expires_at <= now() AS overdue, c.doubt_policy = 'resend' AS resends
      FROM campaign c
      WHERE c.id = ${campaignId} AND c.state = 'sending' AND c.transport = ${transport}
        AND NOT (SELECT engaged FROM kill_switch)
        AND NOT EXISTS (SELECT 1 FROM lane l WHERE l.transport = ${transport} AND l.paused_until > now())
    ), due AS (
      SELECT d.id, d.subscriber_id, d.address_key, d.zip, d.variant, d.fence, d.raw_sha256,
        gate.expires_at, gate.overdue, gate.resends
      FROM gate JOIN delivery d ON d.campaign_id = gate.id
      WHERE d.campaign_id = ${campaignId} AND d.shard = ${shard}::int
        AND d.state IN ('pending', 'deferred') AND d.next_at <= now()
      ORDER BY d.next_at, d.id
      LIMIT ${limit}::int
      FOR UPDATE OF d SKIP LOCKED
    ), judged AS (
      SELECT due.*, s.address, s.first_name, s.last_name, s.needs_smtputf8, CASE
          WHEN EXISTS (SELECT 1 FROM suppression x WHERE x.address_key IN (due.address_key, s.address_key)) THEN 'opted_out'
          WHEN s.id IS NULL THEN 'erased'
          WHEN due.overdue THEN 'deadline'
        END AS stop
      FROM due LEFT JOIN subscriber s ON s.id = due.subscriber_id
    ), moved AS (
      UPDATE delivery d
      SET state = CASE WHEN j.stop IS NULL THEN 'sending' WHEN j.stop = 'deadline' THEN 'failed' ELSE 'skipped' END,
        reason = j.stop,
        fence = d.fence + 1,
        lease_until = CASE WHEN j.stop IS NULL THEN now() + make_interval(secs => ${leaseMs / 1000}::float8) END,
        next_at = NULL,
        updated_at = now()
      FROM judged j
      WHERE d.campaign_id = ${campaignId} AND d.id = j.id
      RETURNING d.id, d.fence, d.attempt, d.state, d.reason
    ), noted AS (
      INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, sentence, started_at, ended_at)
      SELECT ${campaignId}, id, fence, attempt, ${transport}, state, CASE reason
          WHEN 'opted_out' THEN 'the address opted out before the message was sent'
          WHEN 'erased' THEN 'the subscriber was erased before the message was sent'
          ELSE 'the deadline of the campaign passed before the message was sent' END, now(), now()
      FROM moved WHERE state <> 'sending'
    )
    SELECT m.id, m.fence, m.attempt, m.state, j.subscriber_id, j.address, j.first_name, j.last_name, j.needs_smtputf8,
      j.zip, j.variant, j.expires_at, j.resends, now() AS at,
      CASE WHEN j.raw_sha256 IS NOT NULL AND EXISTS (
        SELECT 1 FROM attempt a WHERE a.campaign_id = ${campaignId} AND a.delivery_id = m.id AND a.ending = 'in_doubt'
      ) THEN j.raw_sha256 END AS must_match,
      CASE WHEN m.fence > 1 THEN (
        SELECT count(*) FROM attempt a
        WHERE a.campaign_id = ${campaignId} AND a.delivery_id = m.id AND a.ending = 'released' AND a.reply_code IS NOT NULL
      ) ELSE 0 END::int AS released
    FROM moved m JOIN judged j USING (id)`.execute(db)
  const first = rows[0]
  const claims = rows.filter((row) => row.state === 'sending').map((row) => toClaim(campaignId, row))
  return {
    claims,
    ended: rows.length - claims.length,
    at: first?.at ?? null,
    expiresAt: first?.expires_at ?? null,
    resends: first?.resends ?? false,
  }
}

function toClaim(campaignId: string, row: ClaimRow): Claim {
  return {
    recipient: {
      campaignId,
      deliveryId: row.id,
      subscriberId: row.subscriber_id,
      address: row.address,
      firstName: row.first_name,
      lastName: row.last_name,
      zip: row.zip,
      variant: row.variant,
      needsSmtpUtf8: row.needs_smtputf8,
    },
    fence: row.fence,
    attempt: row.attempt,
    released: row.released,
    mustMatch: row.must_match,
  }
}

/**
 * Returns the ids of those claims that may still be sent, for the moment before a send that was held up:
 * still ours, campaign sending, kill switch off, no opt-out.
 */
export async function confirmClaims(db: Db, campaignId: string, claims: readonly Claim[]): Promise<Set<string>> {
  // confirm_claims: reads again what the claim read.
  const { rows } = await sql<{ id: string }>`/* prepared: confirm_claims */
    SELECT d.id
    FROM unnest(${claims.map((claim) => claim.recipient.deliveryId)}::bigint[], ${claims.map((claim) => claim.fence)}::bigint[]) AS ours (id, fence)
    JOIN delivery d ON d.campaign_id = ${campaignId} AND d.id = ours.id AND d.fence = ours.fence
    JOIN campaign c ON c.id = d.campaign_id
    JOIN subscriber s ON s.id = d.subscriber_id
    WHERE d.state = 'sending' AND d.lease_until > now() AND c.state = 'sending'
      AND NOT (SELECT engaged FROM kill_switch)
      AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.address_key IN (d.address_key, s.address_key))`.execute(db)
  return new Set(rows.map((row) => row.id))
}

/** Writes down which bytes are about to leave, so that a resend after a crash can prove it sends the same ones. */
export async function recordBytes(
  db: Db,
  campaignId: string,
  messages: readonly { deliveryId: string; fence: string; messageId: string; sha256: Buffer }[],
): Promise<void> {
  // record_bytes: one row a message, under our fence.
  await sql`/* prepared: record_bytes */
    UPDATE delivery d SET message_id = m.message_id, raw_sha256 = m.sha256
    FROM unnest(${messages.map((m) => m.deliveryId)}::bigint[], ${messages.map((m) => m.fence)}::bigint[],
      ${messages.map((m) => m.messageId)}::text[], ${messages.map((m) => m.sha256)}::bytea[]) AS m (id, fence, message_id, sha256)
    WHERE d.campaign_id = ${campaignId} AND d.id = m.id AND d.fence = m.fence AND d.state = 'sending'`.execute(db)
}
