// More than one campaign: four workers send two at once and lose one on the way; what is poison stays alone.
import { sql } from 'kysely'
import { launchedCampaign } from '../../support/campaign.ts'
import { POISON } from '../../support/plain-composer.ts'
import type { Db } from '../../../src/store/connect.ts'
import { KILL_POINTS, killAt } from '../kill-points.ts'
import { countState, readAccount } from '../ledger.ts'
import type { Ended, Scenario } from '../scenario.ts'

export const twoCampaigns: Scenario = {
  name: 'two campaigns, four workers',
  needs: (draw) => ({ redis: draw.chance(0.5) }),
  async run(round): Promise<Ended> {
    const { crew, draw, sink, db } = round
    const campaigns = [
      await launchedCampaign(db, { addresses: 1_500, transport: 'smtp', shards: 8 }),
      await launchedCampaign(db, { addresses: 1_000, transport: 'smtp', shards: 5, doubtPolicy: 'resend' }),
    ]
    await Promise.all(Array.from({ length: 4 }, () => crew.start()))
    const point = draw.pick(KILL_POINTS)
    await round.until('a fifth is accepted', () => sink.log.accepted.length > 500)
    await killAt(round, point)
    await round.ended(campaigns)
    return { campaigns, detail: `one HOLD, one RESEND, a kill ${point}` }
  },
}

/** People who cannot be rendered fail alone, a template that fails for everybody stops its own campaign, and the third never hears of it. */
export const poison: Scenario = {
  name: 'poison',
  async run(round): Promise<Ended> {
    const { crew, draw, db } = round
    const some = await launchedCampaign(db, { addresses: 800, transport: 'smtp', shards: 4 })
    const all = await launchedCampaign(db, { addresses: 300, transport: 'smtp', shards: 4 })
    const none = await launchedCampaign(db, { addresses: 800, transport: 'smtp', shards: 4 })
    const unlucky = draw.int(5, 15)
    const poisoned = [...(await poisonSome(db, some, unlucky)), ...(await poisonSome(db, all, 300))]
    await Promise.all([crew.start(), crew.start()])
    await round.ended([some, all, none])
    const whole = await readAccount(db, all)
    const violations = [
      ...((await countState(db, some, 'failed')) === unlucky ? [] : [`${some}: not exactly the poisoned have failed`]),
      ...((await countState(db, none, 'sent')) === 800 ? [] : [`${none}: the poison of others has stopped it`]),
      ...(whole.state === 'paused' ? [] : [`${all}: it fails for everybody and is ${whole.state}, not paused`]),
    ]
    const ids = new Set(poisoned)
    const burnt = whole.rows.filter((row) => row.state === 'failed').length
    return {
      campaigns: [some, all, none],
      detail: `${unlucky} people; a whole campaign, paused after ${burnt}`,
      violations,
      mayFail: (row) => row.reason === 'unrenderable' && ids.has(row.id),
    }
  },
}

/** Returns the ids of the deliveries whose subscribers now have a name that breaks the template. */
async function poisonSome(db: Db, campaignId: string, count: number): Promise<string[]> {
  // poison_some: spread over the shards.
  const { rows } = await sql<{ id: string }>`
    WITH chosen AS (
      SELECT id, subscriber_id FROM delivery WHERE campaign_id = ${campaignId} ORDER BY md5(id::text) LIMIT ${count}::int
    )
    UPDATE subscriber s SET first_name = ${POISON} FROM chosen WHERE s.id = chosen.subscriber_id RETURNING chosen.id`.execute(
    db,
  )
  return rows.map((row) => row.id)
}
