// The canary and the brake: a campaign that bounces, is blocked or draws complaints stops by itself.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

/** Shares above which a campaign is paused, in per cent of the canary, and after it of the audience. Null: never. */
export interface StopLimits {
  bounced: number | null
  blocked: number | null
  complained: number | null
}

/** Mail-rules 11: pause at 5 % bounces; Gmail and Yahoo want complaints below 0.3 %. */
export const DEFAULT_STOP: StopLimits = { bounced: 5, blocked: 5, complained: 0.3 }

interface Standing {
  id: string
  isCanary: boolean
  /** How many deliveries the shares are taken of. */
  base: number
  bounced: number
  blocked: number
  complained: number
  /** Every delivery of the canary has been tried, and the time for late bounces has passed. */
  isOver: boolean
}

/** What the look at the sending campaigns led to: their ids. */
export interface Judged {
  stopped: string[]
  /** Their canary went well: now all may be sent. */
  opened: string[]
}

/** Looks at every sending campaign: pauses the one that goes wrong, opens the one whose canary went well. */
export async function judgeCanaries(db: Db, limits: StopLimits = DEFAULT_STOP): Promise<Judged> {
  await markTriedCanaries(db)
  return await judge(db, limits)
}

/** The same in the moment in which a canary is through, so that the rest need not wait for the next sweep; else it looks at nothing. */
export async function judgeTriedCanaries(db: Db, limits: StopLimits = DEFAULT_STOP): Promise<Judged> {
  const isNews = (await markTriedCanaries(db)) > 0
  return isNews ? await judge(db, limits) : { stopped: [], opened: [] }
}

async function judge(db: Db, limits: StopLimits): Promise<Judged> {
  const judged: Judged = { stopped: [], opened: [] }
  for (const standing of await standings(db)) {
    const reason = stopReason(standing, limits)
    if (reason !== null) {
      if (await stop(db, standing.id, reason)) judged.stopped.push(standing.id)
    } else if (standing.isCanary && standing.isOver && (await open(db, standing))) judged.opened.push(standing.id)
  }
  return judged
}

/** Writes down when the last delivery of a canary had been tried. One that was put off by its receiver has been tried. */
async function markTriedCanaries(db: Db): Promise<number> {
  // mark_tried_canaries: looks only for what is left, in the small indexes.
  const { numAffectedRows } = await sql`
    UPDATE campaign c SET canary_done_at = now()
    WHERE c.state = 'sending' AND c.open_shards < c.shards AND c.canary_done_at IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM delivery d WHERE d.campaign_id = c.id AND d.shard < c.open_shards
          AND (d.state = 'pending' OR (d.state = 'deferred' AND d.attempt = 0)))
      AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.campaign_id = c.id AND d.state = 'sending')`.execute(db)
  return Number(numAffectedRows ?? 0)
}

async function standings(db: Db): Promise<Standing[]> {
  // standings: while the canary is out nobody else has been written to, so the counts of the campaign are its counts.
  // What happened before a person resumed the campaign has been seen and counts no more.
  const { rows } = await sql<Standing>`
    SELECT c.id, c.open_shards < c.shards AS "isCanary",
      greatest(1, CASE WHEN c.open_shards < c.shards THEN c.canary ELSE c.audience END) AS base,
      (SELECT count(*) FROM delivery d WHERE d.campaign_id = c.id AND d.state = 'bounced' AND d.updated_at > seen.at)::int AS bounced,
      CASE WHEN c.open_shards < c.shards THEN (
        SELECT count(*) FROM delivery d
        WHERE d.campaign_id = c.id AND d.shard < c.open_shards AND d.state = 'deferred' AND d.reason = 'block' AND d.updated_at > seen.at
      ) ELSE 0 END::int AS blocked,
      (SELECT count(*) FROM suppression s JOIN delivery d ON d.campaign_id = c.id AND d.address_key = s.address_key
        WHERE s.reason = 'complaint' AND s.set_at > seen.at)::int AS complained,
      coalesce(c.canary_done_at + make_interval(mins => c.canary_wait_minutes) <= now(), false) AS "isOver"
    FROM campaign c CROSS JOIN LATERAL (
      SELECT coalesce((SELECT max(e.at) FROM campaign_event e WHERE e.campaign_id = c.id AND e.act = 'resumed'), c.launched_at) AS at
    ) AS seen
    WHERE c.state = 'sending'`.execute(db)
  return rows
}

/** Returns the sentence for the operator, or null while all is well. */
function stopReason({ isCanary, base, ...counts }: Standing, limits: StopLimits): string | null {
  const words = { bounced: 'bounced', blocked: 'were blocked', complained: 'drew a complaint' } as const
  for (const kind of ['bounced', 'blocked', 'complained'] as const) {
    const limit = limits[kind]
    const share = (100 * counts[kind]) / base
    if (limit === null || share <= limit) continue
    const whose = isCanary ? `the first ${base} messages` : `${base} messages`
    return `${counts[kind]} of ${whose} ${words[kind]} (${share.toFixed(1)} %, the limit is ${limit} %)`
  }
  return null
}

async function stop(db: Db, id: string, reason: string): Promise<boolean> {
  // stop_campaign: only one worker does it.
  const { rows } = await sql<{ id: string }>`
    WITH paused AS (
      UPDATE campaign SET state = 'paused', pause_reason = ${reason} WHERE id = ${id} AND state = 'sending' RETURNING id
    ), logged AS (
      INSERT INTO campaign_event (campaign_id, act, actor, detail, at)
      SELECT id, 'paused', 'delivery', jsonb_build_object('reason', ${reason}::text), now() FROM paused
    )
    SELECT id FROM paused`.execute(db)
  return rows.length > 0
}

async function open(db: Db, { id, base, bounced, blocked, complained }: Standing): Promise<boolean> {
  // open_campaign: the rest of the shards may be claimed from now on.
  const { rows } = await sql<{ id: string }>`
    WITH opened AS (
      UPDATE campaign SET open_shards = shards WHERE id = ${id} AND state = 'sending' AND open_shards < shards RETURNING id
    ), logged AS (
      INSERT INTO campaign_event (campaign_id, act, actor, detail, at)
      SELECT id, 'canary passed', 'delivery', jsonb_build_object(
        'messages', ${base}::int, 'bounced', ${bounced}::int, 'blocked', ${blocked}::int, 'complained', ${complained}::int), now()
      FROM opened
    )
    SELECT id FROM opened`.execute(db)
  return rows.length > 0
}
