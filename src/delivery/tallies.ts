// Counts of a campaign's deliveries, straight from the ledger.
import { sql } from 'kysely'
import type { Provider } from '../audience/provider.ts'
import type { Outcome } from '../congress/outcome.ts'
import type { Db } from '../store/connect.ts'
import type { DeliveryState } from './delivery.ts'

/** Deliveries that share state, reason, outcome and mailbox provider. */
export interface Tally {
  state: DeliveryState
  reason: string | null
  outcome: Outcome
  provider: Provider
  count: number
  /** Of these, sent in the last ten seconds. */
  recent: number
  firstSentAt: Date | null
  lastSentAt: Date | null
  /** When the last of those that wait for another try is due, in milliseconds from now; null when none waits. */
  dueInMs: number | null
}

export const RECENT_SECONDS = 10

/** Returns the tallies of a campaign; empty before its launch. */
export async function tallyDeliveries(db: Db, campaignId: string): Promise<Tally[]> {
  // tally_deliveries: one pass over the campaign's rows.
  const { rows } = await sql<Tally>`
    SELECT d.state, d.reason, v.outcome, d.provider, count(*)::int AS count,
      count(*) FILTER (WHERE d.sent_at > now() - make_interval(secs => ${RECENT_SECONDS}))::int AS recent,
      min(d.sent_at) AS "firstSentAt", max(d.sent_at) AS "lastSentAt",
      (extract(epoch FROM max(d.next_at) FILTER (WHERE d.state = 'deferred') - now()) * 1000)::float8 AS "dueInMs"
    FROM delivery d JOIN campaign_variant v ON v.campaign_id = d.campaign_id AND v.variant = d.variant
    WHERE d.campaign_id = ${campaignId}
    GROUP BY d.state, d.reason, v.outcome, d.provider
    ORDER BY d.state, d.reason, v.outcome, d.provider`.execute(db)
  return rows
}

/** Returns how many deliveries are in each state, of every campaign that is sending or paused. */
export async function openTallies(db: Db): Promise<{ campaignId: string; state: DeliveryState; count: number }[]> {
  // open_tallies: one pass over those campaigns.
  const { rows } = await sql<{ campaignId: string; state: DeliveryState; count: number }>`
    SELECT d.campaign_id AS "campaignId", d.state, count(*)::int AS count
    FROM delivery d JOIN campaign c ON c.id = d.campaign_id AND c.state IN ('sending', 'paused')
    GROUP BY d.campaign_id, d.state ORDER BY d.campaign_id, d.state`.execute(db)
  return rows
}
