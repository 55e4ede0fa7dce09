// Counts of a campaign's deliveries, straight from the ledger.
import { sql } from 'kysely'
import type { Outcome } from '../congress/outcome.ts'
import type { Db } from '../store/connect.ts'
import type { DeliveryState } from './delivery.ts'

/** Deliveries that share state, reason and outcome. */
export interface Tally {
  state: DeliveryState
  reason: string | null
  outcome: Outcome
  count: number
  /** Of these, sent in the last ten seconds. */
  recent: number
  firstSentAt: Date | null
  lastSentAt: Date | null
}

export const RECENT_SECONDS = 10

/** Returns the tallies of a campaign; empty before its launch. */
export async function tallyDeliveries(db: Db, campaignId: string): Promise<Tally[]> {
  // tally_deliveries: one pass over the campaign's rows.
  const { rows } = await sql<Tally>`
    SELECT d.state, d.reason, v.outcome, count(*)::int AS count,
      count(*) FILTER (WHERE d.sent_at > now() - make_interval(secs => ${RECENT_SECONDS}))::int AS recent,
      min(d.sent_at) AS "firstSentAt", max(d.sent_at) AS "lastSentAt"
    FROM delivery d JOIN campaign_variant v ON v.campaign_id = d.campaign_id AND v.variant = d.variant
    WHERE d.campaign_id = ${campaignId}
    GROUP BY d.state, d.reason, v.outcome
    ORDER BY d.state, d.reason, v.outcome`.execute(db)
  return rows
}
