// How the transports of a campaign stand, for the operator: pauses, circuits, throttles.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { campaignKey, listThrottles, providerPrefix, transportKey, type ThrottleState } from './throttles.ts'

export interface LaneState {
  transport: string
  /** Null: open. */
  pausedUntil: Date | null
  pauseReason: string | null
  /** Failures since it last carried a message. */
  failures: number
  /** Deliveries of this campaign that workers hold for it now. */
  inTheAir: number
  /** What holds it back; null when nothing does. */
  throttle: ThrottleState | null
  /** Limits of single mailbox providers; the key ends in the provider's name. */
  providers: ThrottleState[]
}

export interface LaneStates {
  /** In the campaign's order; the first open one is used. */
  lanes: LaneState[]
  /** The campaign's own limit. */
  campaignThrottle: ThrottleState | null
}

/** Returns how the transports of a campaign stand; none before its launch. */
export async function laneStates(db: Db, campaignId: string): Promise<LaneStates> {
  // lane_states: the campaign's transports in order, a lane that was never in trouble has no row.
  const { rows } = await sql<Omit<LaneState, 'throttle' | 'providers'>>`
    SELECT t.name AS transport, CASE WHEN l.paused_until > now() THEN l.paused_until END AS "pausedUntil",
      CASE WHEN l.paused_until > now() THEN l.pause_reason END AS "pauseReason", coalesce(l.failures, 0) AS failures,
      (SELECT count(*)::int FROM delivery d WHERE d.state = 'sending' AND d.campaign_id = c.id AND d.transport = t.name) AS "inTheAir"
    FROM campaign c CROSS JOIN LATERAL unnest(c.transports) WITH ORDINALITY AS t (name, place)
    LEFT JOIN lane l ON l.transport = t.name
    WHERE c.id = ${campaignId} ORDER BY t.place`.execute(db)
  const throttles = await listThrottles(db)
  const find = (key: string): ThrottleState | null => throttles.find((each) => each.key === key) ?? null
  return {
    lanes: rows.map((lane) => ({
      ...lane,
      throttle: find(transportKey(lane.transport)),
      providers: throttles.filter((each) => each.key.startsWith(providerPrefix(lane.transport))),
    })),
    campaignThrottle: find(campaignKey(campaignId)),
  }
}
