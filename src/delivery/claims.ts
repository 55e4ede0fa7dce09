// Takes deliveries that are due, a few at a time: the one statement that decides who may still be written to.
import { sql, type RawBuilder } from 'kysely'
import type { Recipient } from '../campaign/composer.ts'
import type { Db } from '../store/connect.ts'
import {
  allowedNow,
  campaignKey,
  providerPrefix,
  today,
  tokensNow,
  transportKey,
  usedToday,
  waitMs,
} from './throttles.ts'

/** What is to be claimed, and on whose behalf. */
export interface ClaimRequest {
  campaignId: string
  shard: number
  /** The transport's name: the lane that will carry it. */
  transport: string
  /** At most this many: what the free connections can take. */
  limit: number
  /** How long the claim stays ours; it must outlive the transport's timeouts. */
  leaseMs: number
  /** Whether throttles may hold it back: then it is counted against them, in the same statement. */
  isLimited?: boolean
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
  /** Milliseconds until a throttle lets more of what is due go; null when none holds anything back. */
  waitMs: number | null
}

interface ClaimRow {
  id: string | null
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
  wait_ms: number | null
}

/**
 * Claims up to `limit` due deliveries of a shard, each with a new fence and a lease. Claims nothing unless the campaign
 * is sending on this transport, the kill switch is off (threat T19) and the lane is not paused. An opt-out, an erasure
 * or a deadline that was committed before wins: such a delivery ends here, with its attempt row.
 */
export async function claimDue(db: Db, request: ClaimRequest): Promise<Claimed> {
  const { rows } = await (request.isLimited ? limitedClaim(request) : freeClaim(request)).execute(db)
  const moved = rows.filter((row) => row.id !== null)
  const claims = moved.filter((row) => row.state === 'sending').map((row) => toClaim(request.campaignId, row))
  const first = moved[0]
  return {
    claims,
    ended: moved.length - claims.length,
    at: first?.at ?? null,
    expiresAt: first?.expires_at ?? null,
    resends: first?.resends ?? false,
    waitMs: first === undefined ? (rows[0]?.wait_ms ?? null) : null,
  }
}

/** The claim when there is no throttle: gate → due → judged → moved → noted; all times are the database's own (threat T26). */
function freeClaim(request: ClaimRequest): RawBuilder<ClaimRow> {
  return sql<ClaimRow>`/* prepared: claim_due */
    WITH ${gate(request)}, due AS (
      SELECT ${DUE_COLUMNS}
      FROM gate JOIN delivery d ON d.campaign_id = gate.id
      WHERE ${isDue(request)}
      ORDER BY d.next_at, d.id
      LIMIT ${request.limit}::int
      FOR UPDATE OF d SKIP LOCKED
    ), ${moveJudged(request)}
    SELECT ${claimColumns(request)}, NULL::float8 AS wait_ms
    FROM moved m JOIN judged j USING (id)`
}

/**
 * The claim under throttles: gate → bucket → room → shaped, others → due → judged → moved → spent. What it takes from
 * a bucket and what it claims are one statement, so that nothing is reserved and lost. Those of a provider with a limit are
 * looked for apart, so that they do not keep the others out. It never sleeps: it says how long to wait.
 */
function limitedClaim(request: ClaimRequest): RawBuilder<ClaimRow> {
  const { campaignId, transport, limit } = request
  const prefix = providerPrefix(transport)
  return sql<ClaimRow>`/* prepared: claim_due_limited */
    WITH ${gate(request)}, bucket AS (
      SELECT t.key, starts_with(t.key, ${prefix}) AS is_provider, substr(t.key, length(${prefix}) + 1) AS provider,
        ${allowedNow} AS allowed, ${waitMs} AS wait_ms
      FROM throttle t
      WHERE t.key IN (${transportKey(transport)}, ${campaignKey(campaignId)}) OR starts_with(t.key, ${prefix})
      ORDER BY t.key FOR UPDATE
    ), room AS (
      SELECT least(${limit}::int, coalesce(min(allowed) FILTER (WHERE NOT is_provider), ${limit}::int)) AS messages,
        max(wait_ms) FILTER (WHERE NOT is_provider) AS wait_ms, min(wait_ms) FILTER (WHERE is_provider AND allowed = 0) AS provider_wait_ms
      FROM bucket
    ), shaped AS (
      SELECT c.*
      FROM bucket b CROSS JOIN LATERAL (
        SELECT ${DUE_COLUMNS}, d.provider, d.next_at
        FROM gate JOIN delivery d ON d.campaign_id = gate.id
        WHERE ${isDue(request)} AND d.provider = b.provider
        ORDER BY d.next_at, d.id
        LIMIT least(b.allowed, (SELECT messages FROM room))
        FOR UPDATE OF d SKIP LOCKED
      ) c
      WHERE b.is_provider AND b.allowed > 0
    ), others AS (
      SELECT ${DUE_COLUMNS}, d.provider, d.next_at
      FROM gate JOIN delivery d ON d.campaign_id = gate.id
      WHERE ${isDue(request)} AND d.provider NOT IN (SELECT provider FROM bucket WHERE is_provider)
      ORDER BY d.next_at, d.id
      LIMIT (SELECT messages FROM room)
      FOR UPDATE OF d SKIP LOCKED
    ), due AS (
      SELECT * FROM (SELECT * FROM shaped UNION ALL SELECT * FROM others) c
      ORDER BY next_at, id
      LIMIT (SELECT messages FROM room)
    ), ${moveJudged(request)}, spent AS (
      UPDATE throttle t SET
        tokens = CASE WHEN t.per_second IS NULL THEN t.tokens ELSE ${tokensNow} - s.messages END, filled_at = clock_timestamp(),
        used_today = ${usedToday} + s.messages, day = ${today}
      FROM (
        SELECT b.key, count(m.id)::int AS messages
        FROM bucket b JOIN due ON NOT b.is_provider OR b.provider = due.provider JOIN moved m ON m.id = due.id AND m.state = 'sending'
        GROUP BY b.key
      ) s
      WHERE t.key = s.key
    )
    SELECT ${claimColumns(request)}, CASE
        WHEN m.id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM gate JOIN delivery d ON d.campaign_id = gate.id WHERE ${isDue(request)}) THEN NULL
        WHEN room.messages = 0 THEN room.wait_ms ELSE room.provider_wait_ms END AS wait_ms
    FROM room LEFT JOIN (moved m JOIN judged j USING (id)) ON true`
}

/** Lets a campaign through that is sending on this transport, with the shard open, the kill switch off and the lane not paused. */
function gate({ campaignId, shard, transport }: ClaimRequest): RawBuilder<unknown> {
  return sql`gate AS (
      SELECT c.id, c.purpose, c.expires_at, c.expires_at <= now() AS overdue, c.doubt_policy = 'resend' AS resends
      FROM campaign c
      WHERE c.id = ${campaignId} AND c.state = 'sending' AND ${transport} = ANY (c.transports) AND ${shard}::int < c.open_shards
        AND NOT (SELECT engaged FROM kill_switch)
        AND NOT EXISTS (SELECT 1 FROM lane l WHERE l.transport = ${transport} AND l.paused_until > now())
    )`
}

const DUE_COLUMNS = sql`d.id, d.subscriber_id, d.address_key, d.zip, d.variant, d.fence, d.raw_sha256,
        gate.purpose, gate.expires_at, gate.overdue, gate.resends`

function isDue({ campaignId, shard }: ClaimRequest): RawBuilder<unknown> {
  return sql`d.campaign_id = ${campaignId} AND d.shard = ${shard}::int AND d.state IN ('pending', 'deferred') AND d.next_at <= now()`
}

/** Judges what is due and moves it: to sending, or to its end with an attempt row. */
function moveJudged({ campaignId, transport, leaseMs }: ClaimRequest): RawBuilder<unknown> {
  return sql`judged AS (
      SELECT due.*, s.address, s.first_name, s.last_name, s.needs_smtputf8, CASE
          WHEN EXISTS (SELECT 1 FROM suppression x WHERE x.address_key IN (due.address_key, s.address_key)) THEN 'opted_out'
          WHEN s.id IS NULL THEN 'erased'
          WHEN due.overdue THEN 'deadline'
          WHEN EXISTS (
            SELECT 1 FROM subscriber_wish w
            WHERE w.subscriber_id = due.subscriber_id AND (due.purpose = ANY (w.topics_off) OR w.paused_until > now())
          ) THEN 'not_wanted'
        END AS stop
      FROM due LEFT JOIN subscriber s ON s.id = due.subscriber_id
    ), moved AS (
      UPDATE delivery d
      SET state = CASE WHEN j.stop IS NULL THEN 'sending' WHEN j.stop = 'deadline' THEN 'failed' ELSE 'skipped' END,
        reason = j.stop,
        fence = d.fence + 1,
        lease_until = CASE WHEN j.stop IS NULL THEN now() + make_interval(secs => ${leaseMs / 1000}::float8) END,
        next_at = NULL,
        transport = ${transport},
        updated_at = now()
      FROM judged j
      WHERE d.campaign_id = ${campaignId} AND d.id = j.id
      RETURNING d.id, d.fence, d.attempt, d.state, d.reason
    ), noted AS (
      INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, sentence, started_at, ended_at)
      SELECT ${campaignId}, id, fence, attempt, ${transport}, state, CASE reason
          WHEN 'opted_out' THEN 'the address opted out before the message was sent'
          WHEN 'erased' THEN 'the subscriber was erased before the message was sent'
          WHEN 'not_wanted' THEN 'the subscriber left the topic or took a break before the message was sent'
          ELSE 'the deadline of the campaign passed before the message was sent' END, now(), now()
      FROM moved WHERE state <> 'sending'
    )`
}

function claimColumns({ campaignId }: ClaimRequest): RawBuilder<unknown> {
  return sql`m.id, m.fence, m.attempt, m.state, j.subscriber_id, j.address, j.first_name, j.last_name, j.needs_smtputf8,
      j.zip, j.variant, j.expires_at, j.resends, now() AS at,
      CASE WHEN j.raw_sha256 IS NOT NULL AND EXISTS (
        SELECT 1 FROM attempt a WHERE a.campaign_id = ${campaignId} AND a.delivery_id = m.id AND a.ending = 'in_doubt'
      ) THEN j.raw_sha256 END AS must_match,
      CASE WHEN m.fence > 1 THEN (
        SELECT count(*) FROM attempt a
        WHERE a.campaign_id = ${campaignId} AND a.delivery_id = m.id AND a.ending = 'released' AND a.reply_code IS NOT NULL
      ) ELSE 0 END::int AS released`
}

function toClaim(campaignId: string, row: ClaimRow): Claim {
  return {
    recipient: {
      campaignId,
      deliveryId: row.id ?? '',
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
      AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.address_key IN (d.address_key, s.address_key))
      AND NOT EXISTS (
        SELECT 1 FROM subscriber_wish w WHERE w.subscriber_id = s.id AND (c.purpose = ANY (w.topics_off) OR w.paused_until > now()))`.execute(
    db,
  )
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
