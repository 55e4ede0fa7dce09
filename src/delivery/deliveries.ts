// The ledger as a whole: what the sweeper moves on, what still has to be sent, what the operator may set right.
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'

/** How many resends in doubt one delivery gets, so that a receiver that never answers does not get copies for ever. */
const MOST_RESENDS = 5

/** Moves claims whose lease has ended to in_doubt, never back to pending (rule 4), and returns how many. */
export async function expireLeases(db: Db): Promise<number> {
  // expire_leases: whoever settles the row in this moment holds its lock and is skipped.
  const { rows } = await sql<{ id: string }>`
    WITH lost AS (
      SELECT campaign_id, id FROM delivery WHERE state = 'sending' AND lease_until <= now() FOR UPDATE SKIP LOCKED
    ), doubted AS (
      UPDATE delivery d SET state = 'in_doubt', reason = 'lease_expired', lease_until = NULL, attempt = d.attempt + 1, updated_at = now()
      FROM lost WHERE d.campaign_id = lost.campaign_id AND d.id = lost.id
      RETURNING d.campaign_id, d.id, d.fence, d.attempt, d.transport
    ), noted AS (
      INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, sentence, started_at, ended_at)
      SELECT d.campaign_id, d.id, d.fence, d.attempt, coalesce(d.transport, c.transports[1]), 'in_doubt',
        'the worker vanished while it was sending; the message may or may not have left', now(), now()
      FROM doubted d JOIN campaign c ON c.id = d.campaign_id
    )
    SELECT id FROM doubted`.execute(db)
  return rows.length
}

/** Makes deliveries in doubt due again, `afterMs` from now, where the campaign's policy is RESEND; returns how many. */
export async function resendDoubts(db: Db, afterMs: number): Promise<number> {
  // resend_doubts: only while the campaign sends; one that was held because it changed stays held.
  const { rows } = await sql<{ id: string }>`
    UPDATE delivery d SET state = 'pending', reason = 'resend', next_at = now() + make_interval(secs => ${afterMs / 1000}::float8), updated_at = now()
    FROM campaign c
    WHERE c.id = d.campaign_id AND c.state = 'sending' AND c.doubt_policy = 'resend'
      AND d.state = 'in_doubt' AND d.reason <> 'changed' AND d.attempt <= ${MOST_RESENDS}
    RETURNING d.id`.execute(db)
  return rows.length
}

/** Ends what a sending campaign still holds after its deadline, as failed(deadline); returns how many. */
export async function failOverdue(db: Db): Promise<number> {
  return await endOpen(db, {
    // fail_overdue: the claim says the same, one by one; this also ends what is not due before the deadline.
    which: sql`c.state = 'sending' AND c.expires_at <= now()`,
    state: 'failed',
    reason: 'deadline',
    sentence: 'the deadline of the campaign passed before the message was sent',
  })
}

/** Turns the rest of cancelled campaigns into skipped(cancelled); returns how many. */
export async function skipCancelled(db: Db): Promise<number> {
  return await endOpen(db, {
    // skip_cancelled: also catches what was in the air at the cancel and came back deferred.
    which: sql`c.state = 'cancelled'`,
    state: 'skipped',
    reason: 'cancelled',
    sentence: 'the campaign was cancelled before the message was sent',
  })
}

interface OpenEnd {
  which: ReturnType<typeof sql>
  state: 'failed' | 'skipped'
  reason: string
  sentence: string
}

async function endOpen(db: Db, { which, state, reason, sentence }: OpenEnd): Promise<number> {
  // end_open: a claim in progress holds the row's lock; the next sweep sees how it ended.
  const { rows } = await sql<{ count: number }>`
    WITH open AS (
      SELECT d.campaign_id, d.id, coalesce(d.transport, c.transports[1]) AS transport FROM campaign c JOIN delivery d ON d.campaign_id = c.id
      WHERE d.state IN ('pending', 'deferred') AND ${which} FOR UPDATE OF d SKIP LOCKED
    ), ended AS (
      UPDATE delivery d SET state = ${state}, reason = ${reason}, next_at = NULL, fence = d.fence + 1, updated_at = now()
      FROM open WHERE d.campaign_id = open.campaign_id AND d.id = open.id
      RETURNING d.campaign_id, d.id, d.fence, d.attempt, open.transport
    ), noted AS (
      INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, sentence, started_at, ended_at)
      SELECT campaign_id, id, fence, attempt, transport, ${state}, ${sentence}, now(), now() FROM ended
    )
    SELECT count(*)::int AS count FROM ended`.execute(db)
  return rows[0]?.count ?? 0
}

/** Marks sending campaigns without pending, sending or deferred deliveries as finished (rule 8) and returns their ids. */
export async function finishCampaigns(db: Db): Promise<string[]> {
  // finish_campaigns: looks only for what is open, in the order of the two small indexes; failed and in doubt are said in the headline instead.
  const { rows } = await sql<{ id: string }>`
    WITH finished AS (
      UPDATE campaign c SET state = 'finished', finished_at = now()
      WHERE c.state = 'sending' AND (
        SELECT d.id FROM delivery d WHERE d.campaign_id = c.id AND d.state IN ('pending', 'deferred')
        ORDER BY d.campaign_id, d.shard, d.next_at, d.id LIMIT 1
      ) IS NULL AND (
        SELECT d.id FROM delivery d WHERE d.campaign_id = c.id AND d.state = 'sending' ORDER BY d.lease_until LIMIT 1
      ) IS NULL
      RETURNING id
    ), logged AS (
      INSERT INTO campaign_event (campaign_id, act, actor, at) SELECT id, 'finished', 'delivery', now() FROM finished
    )
    SELECT id FROM finished`.execute(db)
  return rows.map((row) => row.id)
}

export interface DueShard {
  campaignId: string
  shard: number
}

/** Returns up to `limit` shards that have something to claim now: what the queue should know about, whatever it has lost. */
export async function dueShards(db: Db, limit: number): Promise<DueShard[]> {
  // due_shards: one index probe a shard (as EXISTS it would be a join over the whole ledger); campaigns take turns, so that none keeps the others out.
  const { rows } = await sql<DueShard>`
    SELECT c.id AS "campaignId", s.shard
    FROM campaign c CROSS JOIN LATERAL generate_series(0, c.open_shards - 1) AS s (shard)
    WHERE c.state = 'sending'
      AND NOT (SELECT engaged FROM kill_switch)
      AND EXISTS (
        SELECT 1 FROM unnest(c.transports) AS t (name)
        WHERE NOT EXISTS (SELECT 1 FROM lane l WHERE l.transport = t.name AND l.paused_until > now())
      )
      AND (
        SELECT d.id FROM delivery d
        WHERE d.campaign_id = c.id AND d.shard = s.shard AND d.state IN ('pending', 'deferred') AND d.next_at <= now()
        ORDER BY d.shard, d.next_at, d.id LIMIT 1
      ) IS NOT NULL
    ORDER BY s.shard, c.launched_at
    LIMIT ${limit}::int`.execute(db)
  return rows
}

/** Returns the scheduled campaigns whose hour has come. */
export async function dueLaunches(db: Db): Promise<string[]> {
  // due_launches: the launch itself checks everything again.
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM campaign WHERE state = 'scheduled' AND launch_at <= now() ORDER BY launch_at`.execute(db)
  return rows.map((row) => row.id)
}

/** Returns how many campaigns are sending, or are scheduled for an hour that has come. */
export async function openCampaigns(db: Db): Promise<number> {
  // open_campaigns: what a worker may still have to do.
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM campaign WHERE state = 'sending' OR (state = 'scheduled' AND launch_at <= now())`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}

/** Makes failed deliveries due again, all or those of one reason, and the campaign sending; returns how many. */
export async function retryFailed(
  db: Db,
  campaignId: string,
  by: string,
  reason: string | null = null,
): Promise<number> {
  // retry_failed: attempts start anew; a deadline that has passed still holds.
  const { rows } = await sql<{ count: number }>`
    WITH again AS (
      UPDATE delivery d SET state = 'pending', reason = 'retried', attempt = 0, next_at = now(), updated_at = now()
      FROM campaign c
      WHERE c.id = ${campaignId} AND c.state IN ('sending', 'paused', 'finished') AND (c.expires_at IS NULL OR c.expires_at > now())
        AND d.campaign_id = c.id AND d.state = 'failed' AND (${reason}::text IS NULL OR d.reason = ${reason})
      RETURNING d.id
    ), reopened AS (
      UPDATE campaign SET state = 'sending', finished_at = NULL
      WHERE id = ${campaignId} AND state = 'finished' AND EXISTS (SELECT 1 FROM again)
    ), logged AS (
      INSERT INTO campaign_event (campaign_id, act, actor, detail, at)
      SELECT ${campaignId}, 'retried', ${by}, jsonb_build_object('deliveries', count(*), 'reason', ${reason}::text), now()
      FROM again HAVING count(*) > 0
    )
    SELECT count(*)::int AS count FROM again`.execute(db)
  return rows[0]?.count ?? 0
}

/** What is now known of a delivery in doubt: it arrived, or the operator accepts that it may arrive twice. */
export type Resolution = 'sent' | 'resend'

/** Resolves the deliveries in doubt of a campaign; returns how many. Throws `campaign_closed` for a resend of a cancelled one. */
export async function resolveDoubt(db: Db, campaignId: string, resolution: Resolution, by: string): Promise<number> {
  const isResend = resolution === 'resend'
  const campaign = await db.selectFrom('campaign').select('state').where('id', '=', campaignId).executeTakeFirst()
  if (isResend && campaign?.state === 'cancelled') {
    throw new RollcallError('campaign_closed', `campaign ${campaignId} is cancelled and sends nothing`, {
      kind: 'usage',
    })
  }
  // resolve_doubt: by the operator's word, with a line in the campaign's history.
  const { rows } = await sql<{ count: number }>`
    WITH resolved AS (
      UPDATE delivery SET state = ${isResend ? 'pending' : 'sent'}, reason = ${isResend ? 'resend' : null},
        next_at = CASE WHEN ${isResend}::boolean THEN now() END, sent_at = CASE WHEN NOT ${isResend}::boolean THEN now() END, updated_at = now()
      WHERE campaign_id = ${campaignId} AND state = 'in_doubt'
      RETURNING id
    ), reopened AS (
      UPDATE campaign SET state = 'sending', finished_at = NULL
      WHERE id = ${campaignId} AND state = 'finished' AND ${isResend}::boolean AND EXISTS (SELECT 1 FROM resolved)
    ), logged AS (
      INSERT INTO campaign_event (campaign_id, act, actor, detail, at)
      SELECT ${campaignId}, 'doubt resolved', ${by}, jsonb_build_object('deliveries', count(*), 'as', ${resolution}::text), now()
      FROM resolved HAVING count(*) > 0
    )
    SELECT count(*)::int AS count FROM resolved`.execute(db)
  return rows[0]?.count ?? 0
}
