// How far campaigns have come, as they were last counted: a list cannot count the deliveries of each, a page of one can.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { DELIVERY_STATES, type DeliveryState } from './delivery.ts'
import { RECENT_SECONDS } from './tallies.ts'

export interface CampaignFigures {
  deliveries: Record<DeliveryState, number>
  /** Messages sent a second when it was counted. */
  perSecond: number
  countedAt: Date
}

/** A campaign on the wire is counted again after so long; one that has ended changes with late bounces only. */
const STALE_SENDING_MS = 5_000
const STALE_ENDED_MS = 10 * 60_000

interface Counted {
  id: string
  /** Whether it is being sent. */
  isMoving: boolean
}

export interface FigureDesk {
  /**
   * Returns the figures of these campaigns, by id; what is stale is counted again. Waits for it no longer than `patienceMs`:
   * then the older figures are returned, and the count ends in its own time.
   */
  figuresOf(campaigns: readonly Counted[], patienceMs?: number): Promise<ReadonlyMap<string, CampaignFigures>>
}

/** Returns the desk of one process: two who look at once count once. `onError` hears of a count that failed. */
export function createFigureDesk(db: Db, onError: (error: unknown) => void): FigureDesk {
  const running = new Map<string, Promise<void>>()
  const recount = (id: string): Promise<void> => {
    const known = running.get(id)
    if (known) return known
    const counting = countDeliveries(db, id)
      .catch(onError)
      .finally(() => running.delete(id))
    running.set(id, counting)
    return counting
  }
  return {
    async figuresOf(campaigns, patienceMs = 50) {
      const known = await readFigures(db, campaigns)
      const stale = campaigns.filter(({ id, isMoving }) => isStale(known.get(id), isMoving))
      if (stale.length === 0) return byId(known)
      // One after the other: a page of large campaigns must not take every connection.
      const all = (async () => {
        for (const { id } of stale) await recount(id)
      })()
      await Promise.race([all, patience(patienceMs)])
      return byId(await readFigures(db, campaigns))
    },
  }
}

type Read = CampaignFigures & { ageMs: number }

function isStale(figures: Read | undefined, isMoving: boolean): boolean {
  return figures === undefined || figures.ageMs > (isMoving ? STALE_SENDING_MS : STALE_ENDED_MS)
}

function byId(read: ReadonlyMap<string, Read>): Map<string, CampaignFigures> {
  return new Map(
    [...read].map(([id, { deliveries, perSecond, countedAt }]) => [id, { deliveries, perSecond, countedAt }]),
  )
}

async function patience(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, ms).unref()
  await promise
}

async function readFigures(db: Db, campaigns: readonly Counted[]): Promise<Map<string, Read>> {
  // read_figures: one row a campaign, by key.
  const { rows } = await sql<{
    id: string
    deliveries: Partial<Record<DeliveryState, number>>
    recent: number
    at: Date
    ageMs: number
  }>`
    SELECT campaign_id AS id, deliveries, recent, counted_at AS at, (extract(epoch FROM clock_timestamp() - counted_at) * 1000)::float8 AS "ageMs"
    FROM campaign_figure WHERE campaign_id = ANY(${campaigns.map(({ id }) => id)}::text[])`.execute(db)
  return new Map(
    rows.map(({ id, deliveries, recent, at, ageMs }) => [
      id,
      { deliveries: complete(deliveries), perSecond: recent / RECENT_SECONDS, countedAt: at, ageMs },
    ]),
  )
}

function complete(some: Partial<Record<DeliveryState, number>>): Record<DeliveryState, number> {
  return Object.fromEntries(DELIVERY_STATES.map((state) => [state, some[state] ?? 0])) as Record<DeliveryState, number>
}

/** Counts the deliveries of one campaign and keeps the result. */
async function countDeliveries(db: Db, campaignId: string): Promise<void> {
  // count_deliveries: one pass over the campaign's rows; the older of two counts at once does not win.
  await sql`
    INSERT INTO campaign_figure (campaign_id, deliveries, recent, counted_at)
    SELECT ${campaignId}, coalesce(jsonb_object_agg(state, count), '{}'), coalesce(sum(recent), 0), now()
    FROM (SELECT state, count(*) AS count, count(*) FILTER (WHERE sent_at > now() - make_interval(secs => ${RECENT_SECONDS})) AS recent
          FROM delivery WHERE campaign_id = ${campaignId} GROUP BY state) AS counted
    ON CONFLICT (campaign_id) DO UPDATE SET deliveries = excluded.deliveries, recent = excluded.recent, counted_at = excluded.counted_at
    WHERE campaign_figure.counted_at < excluded.counted_at`.execute(db)
}
