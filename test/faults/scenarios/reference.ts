// The real campaign with the real composer: what is sent again after a kill has the same bytes, and a broken variant fails alone.
import { sql } from 'kysely'
import { launchCampaign } from '../../../src/campaign/launch.ts'
import { ACT, addSubscribers, approvedCampaign } from '../../support/reference-campaign.ts'
import type { Db } from '../../../src/store/connect.ts'
import { killAt, type KillPoint } from '../kill-points.ts'
import type { Ended, Scenario } from '../scenario.ts'

const MESSAGES = 1_200
const POINTS: readonly KillPoint[] = ['mid-DATA', 'after dot', 'after 250']

export const referenceCampaign: Scenario = {
  name: 'reference campaign',
  needs: () => ({ reference: true, worker: () => ({ composer: 'reference' as const, leaseMs: 6_000 }) }),
  async run(round): Promise<Ended> {
    const { crew, draw, sink, db } = round
    await addSubscribers(db, await someZips(db, MESSAGES))
    const id = await approvedCampaign(db)
    await db.updateTable('campaign').set({ doubt_policy: 'resend' }).where('id', '=', id).execute()
    await launchCampaign(db, id, { ...ACT, expect: MESSAGES, transports: ['smtp'] })
    const broken = await breakVariant(db, id)
    await Promise.all(Array.from({ length: 4 }, () => crew.start()))
    for (const [index, point] of draw.shuffle(POINTS).entries()) {
      await round.until('its share is accepted', () => sink.log.accepted.length >= (MESSAGES * (index + 1)) / 8)
      await killAt(round, point)
    }
    await round.ended([id])
    const ids = new Set(broken)
    return {
      campaigns: [id],
      detail: `RESEND, a variant of ${broken.length} cannot be rendered`,
      mayFail: (row) => row.reason === 'unrenderable' && ids.has(row.id),
    }
  },
}

async function someZips(db: Db, count: number): Promise<string[]> {
  // some_zips: spread over the country, again and again where there are too few.
  const { rows } = await sql<{ zip: string }>`
    SELECT zip FROM (SELECT DISTINCT zip FROM zip_seat) AS each ORDER BY md5(zip) LIMIT ${count}::int`.execute(db)
  const zips = rows.map((row) => row.zip)
  return Array.from({ length: count }, (_, index) => zips[index % zips.length] ?? '')
}

/** Takes the facts of one small variant away; returns the ids of its deliveries. */
async function breakVariant(db: Db, id: string): Promise<string[]> {
  // break_variant: one with so few deliveries that the campaign need not stop for them.
  const { rows } = await sql<{ id: string }>`
    WITH small AS (
      SELECT variant FROM delivery WHERE campaign_id = ${id} AND state = 'pending'
      GROUP BY variant HAVING count(*) <= 8 ORDER BY count(*) DESC, variant LIMIT 1
    ), broken AS (
      UPDATE campaign_variant v SET match = '{}' FROM small WHERE v.campaign_id = ${id} AND v.variant = small.variant
    )
    SELECT d.id FROM delivery d JOIN small USING (variant) WHERE d.campaign_id = ${id}`.execute(db)
  return rows.map((row) => row.id)
}
