// The audience before a launch: what is said of the skipped is what the launch then does.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { countAudience, countSkipped, planAudience } from '../../src/campaign/audience-view.ts'
import { currentRevision, findCampaign } from '../../src/campaign/campaigns.ts'
import { approveCampaign } from '../../src/campaign/control.ts'
import { readManifest } from '../../src/campaign/create.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { parseSegment, type Segment } from '../../src/campaign/segment.ts'
import { setCampaignSegment } from '../../src/campaign/segments.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { ACT, addSubscribers, draftCampaign, replaced } from '../support/reference-campaign.ts'

let store: Store
let id: string
beforeAll(async () => {
  store = await testDatabase({ reference: true })
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE subscriber, suppression, campaign, delivery, attempt CASCADE')
  // Portland, Seattle, a ZIP of two outcomes, nowhere; six times each.
  const zips = ['97212', '98101', await ambiguousZip(), null]
  const people = await addSubscribers(
    store.db,
    Array.from({ length: 24 }, (_, index) => zips[index % zips.length] ?? null),
  )
  // One of each kind is suppressed; others have left the topic or are on a pause.
  await sql`
    INSERT INTO suppression (address_key, reason, channel, set_by, set_at)
    SELECT address_key, 'unsubscribe', 'page', 'test', now() FROM subscriber WHERE address = ANY (${people.slice(0, 4)}::text[])`.execute(
    store.db,
  )
  await sql`
    INSERT INTO subscriber_wish (subscriber_id, topics_off, paused_until, changed_at)
    SELECT id, CASE WHEN address = ANY (${people.slice(4, 8)}::text[]) THEN ARRAY['advocacy'] ELSE '{}' END,
      CASE WHEN address = ANY (${people.slice(8, 10)}::text[]) THEN now() + interval '3 days' END, now()
    FROM subscriber WHERE address = ANY (${people.slice(2, 10)}::text[])`.execute(store.db)
  id = await draftCampaign(store.db, (files) => {
    const text = replaced(files['campaign.yaml'], /^ambiguous: .*$/m, 'ambiguous: skip')
    files['campaign.yaml'] = replaced(text, /^unresolved: .*$/m, 'unresolved: skip')
  })
})

async function ambiguousZip(): Promise<string> {
  const { rows } = await store.pool.query<{ zip: string }>(
    `SELECT zip FROM zip_seat WHERE seat_id LIKE 'US-H-TX-%' GROUP BY zip HAVING count(*) > 2 ORDER BY count(*) DESC, zip LIMIT 1`,
  )
  return rows[0]?.zip ?? ''
}

const SEGMENTS: [string, Segment | null][] = [
  ['everyone', null],
  ['a state', { states: { not: false, values: ['OR', 'TX'] } }],
  ['everywhere but a state', { states: { not: true, values: ['OR'] } }],
  ['a ZIP prefix', { zips: { not: false, values: ['9'] } }],
]

test.each(SEGMENTS)('%s: skipped for the reasons that were told', async (_name, segment) => {
  await setCampaignSegment(store.db, id, segment, ACT)
  const campaign = await findCampaign(store.db, id)
  const manifest = readManifest((await currentRevision(store.db, campaign)).files)
  const planned = await planAudience(store.db, campaign, manifest, parseSegment(campaign.segment), ACT.clock)
  const told = await countSkipped(store.db, planned, parseSegment(campaign.segment), campaign.purpose)
  expect(await countAudience(store.db, id, ACT.clock)).toBe(planned.view.audience)
  await approveCampaign(store.db, id, [], ACT)
  await launchCampaign(store.db, id, { ...ACT, expect: planned.view.audience, transports: ['file'] })
  const { rows } = await store.pool.query<{ reason: string; subscribers: number }>(
    `SELECT reason, count(*)::int AS subscribers FROM delivery WHERE state = 'skipped' GROUP BY reason`,
  )
  const byReason = (a: { reason: string }, b: { reason: string }) => (a.reason < b.reason ? -1 : 1)
  expect(told.toSorted(byReason)).toEqual(rows.toSorted(byReason))
  expect(rows.length).toBeGreaterThan(1)
})

test('ZIPs that leave the outcome open are told with how many they concern', async () => {
  const campaign = await findCampaign(store.db, id)
  const manifest = readManifest((await currentRevision(store.db, campaign)).files)
  const { view } = await planAudience(store.db, campaign, manifest, null, ACT.clock)
  expect(view.ambiguous).toEqual([{ zip: await ambiguousZip(), seats: expect.any(Array), subscribers: 6 }])
  expect(view.outcomes.find(({ outcome }) => outcome === 'ambiguous')).toMatchObject({
    subscribers: 6,
    isSkipped: true,
  })
  expect(view.places.reduce((sum, { subscribers }) => sum + subscribers, 0)).toBe(24)
})
