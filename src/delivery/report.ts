// The report of a campaign: where every delivery ended, by outcome and by what was said about legislators.
import { sql } from 'kysely'
import { currentRevision, findCampaign, type CampaignRow } from '../campaign/campaigns.ts'
import { readManifest } from '../campaign/create.ts'
import type { Stance } from '../congress/stance.ts'
import type { Db } from '../store/connect.ts'
import { laneStates, type LaneState, type LaneStates } from './lane-states.ts'
import { headline, progressOf, type Progress } from './progress.ts'
import { tallyDeliveries, type Tally } from './tallies.ts'

export interface Status {
  id: string
  state: CampaignRow['state']
  /** `finished, 23 failed, 2 in doubt` */
  headline: string
  pauseReason: string | null
  /** Everyone in the ledger; null before the launch. */
  audience: number | null
  deliveries: Progress['deliveries']
  perSecond: number
  remainingMs: number | null
  /** The part of the audience that went first, and whether the others still wait for it; null when there is none. */
  canary: { deliveries: number; isOut: boolean } | null
  /** Its transports in order, with what holds each back. */
  lanes: LaneState[]
  /** The campaign's own limit in messages a second. */
  limitPerSecond: number | null
}

export interface Report extends Status {
  name: string
  launchedAt: Date | null
  finishedAt: Date | null
  /** From launch to the last message sent; null before. */
  tookMs: number | null
  reasons: Progress['reasons']
  outcomes: Progress['outcomes']
  /** For each stance the campaign's label and how often messages sent so far said it of a seat. */
  stances: { stance: Stance; label: string; seats: number }[]
  rollCalls: { id: string; role: 'primary' | 'secondary'; changedSinceLaunch: boolean }[]
}

/** Returns where a campaign stands now, from the ledger. */
export async function campaignStatus(db: Db, id: string): Promise<Status> {
  return await statusFrom(db, id, await tallyDeliveries(db, id))
}

/** Returns the same from tallies that have just been taken. */
export async function statusFrom(db: Db, id: string, tallies: readonly Tally[]): Promise<Status> {
  return statusOf(await findCampaign(db, id), progressOf(tallies), await laneStates(db, id))
}

/** Returns the whole report of a campaign. */
export async function campaignReport(db: Db, id: string): Promise<Report> {
  const campaign = await findCampaign(db, id)
  const tallies = await tallyDeliveries(db, id)
  const progress = progressOf(tallies)
  const { labels } = readManifest((await currentRevision(db, campaign)).files)
  const lastSent = Math.max(...tallies.map((tally) => tally.lastSentAt?.getTime() ?? -Infinity))
  return {
    ...statusOf(campaign, progress, await laneStates(db, id)),
    name: campaign.name,
    launchedAt: campaign.launched_at,
    finishedAt: campaign.finished_at,
    tookMs: campaign.launched_at && Number.isFinite(lastSent) ? lastSent - campaign.launched_at.getTime() : null,
    reasons: progress.reasons,
    outcomes: progress.outcomes,
    stances: (await tallyStances(db, id)).map(({ stance, seats }) => ({ stance, label: labels[stance], seats })),
    rollCalls: await frozenRollCalls(db, id),
  }
}

function statusOf(campaign: CampaignRow, progress: Progress, { lanes, campaignThrottle }: LaneStates): Status {
  const { canary, open_shards: openShards, shards } = campaign
  return {
    id: campaign.id,
    state: campaign.state,
    headline: headline(campaign.state, progress),
    pauseReason: campaign.pause_reason,
    audience: campaign.audience,
    deliveries: progress.deliveries,
    perSecond: progress.perSecond,
    remainingMs: progress.remainingMs,
    canary: canary === 0 ? null : { deliveries: canary, isOut: openShards !== shards },
    lanes,
    limitPerSecond: campaignThrottle?.perSecond ?? null,
  }
}

async function tallyStances(db: Db, id: string): Promise<{ stance: Stance; seats: number }[]> {
  // tally_stances: the seats of each variant, as often as the variant was sent.
  const { rows } = await sql<{ stance: Stance; seats: number }>`
    WITH sent AS (
      SELECT variant, count(*) AS messages FROM delivery WHERE campaign_id = ${id} AND state = 'sent' GROUP BY variant
    )
    SELECT seat ->> 'stance' AS stance, sum(sent.messages)::int AS seats
    FROM sent
    JOIN campaign_variant v ON v.campaign_id = ${id} AND v.variant = sent.variant
    CROSS JOIN LATERAL jsonb_array_elements(v.match -> 'seats') AS seat
    GROUP BY 1 ORDER BY 2 DESC`.execute(db)
  return rows
}

/** Returns the roll calls of a campaign, and whether each is still what the messages say. */
export async function frozenRollCalls(db: Db, id: string): Promise<Report['rollCalls']> {
  // frozen_roll_calls: a roll call whose content is no longer what the messages say.
  const { rows } = await sql<Report['rollCalls'][number]>`
    SELECT rc.id, crc.role, crc.frozen_sha256 IS NOT NULL AND crc.frozen_sha256 <> rc.content_sha256 AS "changedSinceLaunch"
    FROM campaign_roll_call crc JOIN roll_call rc ON rc.id = crc.roll_call_id
    WHERE crc.campaign_id = ${id} ORDER BY rc.id`.execute(db)
  return rows
}
