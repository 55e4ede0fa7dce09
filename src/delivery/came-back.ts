// What a campaign's messages brought back: opt-outs, complaints, bounces that came after the receiver had said yes.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

export interface CameBack {
  optOuts: number
  complaints: number
  /** Bounced after they had been accepted. */
  lateBounces: number
  /** Reports of this campaign that were read, by what they were. */
  reports: { kind: string; count: number }[]
}

/** Returns what came back of a campaign until now. */
export async function cameBack(db: Db, campaignId: string): Promise<CameBack> {
  // came_back: opt-outs and complaints are few and look their deliveries up by key; late bounces are in the index of what ended badly.
  const { rows } = await sql<Omit<CameBack, 'reports'>>`
    SELECT
      (SELECT count(*) FROM opt_out o JOIN delivery d ON d.id = o.delivery_id
        WHERE d.campaign_id = c.id AND o.requested_at >= c.launched_at)::int AS "optOuts",
      (SELECT count(*) FROM suppression s JOIN delivery d ON d.campaign_id = c.id AND d.address_key = s.address_key
        WHERE s.reason = 'complaint' AND s.set_at >= c.launched_at AND d.sent_at IS NOT NULL)::int AS complaints,
      (SELECT count(*) FROM delivery d WHERE d.campaign_id = c.id AND d.state = 'bounced' AND d.sent_at IS NOT NULL)::int AS "lateBounces"
    FROM campaign c WHERE c.id = ${campaignId}`.execute(db)
  // reports_of_campaign: by the index of campaign and kind.
  const { rows: reports } = await sql<CameBack['reports'][number]>`
    SELECT kind, count(*)::int AS count FROM feedback_report WHERE campaign_id = ${campaignId} GROUP BY kind ORDER BY count DESC`.execute(
    db,
  )
  return { ...(rows[0] ?? { optOuts: 0, complaints: 0, lateBounces: 0 }), reports }
}

/** Returns the id of the delivery of a campaign to an address; null when it has none. */
export async function findDelivery(db: Db, campaignId: string, addressKey: Buffer): Promise<string | null> {
  // find_delivery: by the unique key of campaign and address.
  const row = await db
    .selectFrom('delivery')
    .select('id')
    .where('campaign_id', '=', campaignId)
    .where('address_key', '=', addressKey)
    .executeTakeFirst()
  return row?.id ?? null
}
