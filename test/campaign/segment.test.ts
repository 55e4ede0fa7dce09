// Segments: what they let in, what is refused, and how they are said.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { campaignMatcher } from '../../src/campaign/campaign-matcher.ts'
import { findCampaign, currentRevision } from '../../src/campaign/campaigns.ts'
import { checkCampaign } from '../../src/campaign/check.ts'
import { approveCampaign } from '../../src/campaign/control.ts'
import { readManifest } from '../../src/campaign/create.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { describeSegment, parseSegment, readSegment, type Segment } from '../../src/campaign/segment.ts'
import { listSegments, removeSegment, saveSegment, setCampaignSegment } from '../../src/campaign/segments.ts'
import { planVariants } from '../../src/campaign/variants.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { ACT, addSubscribers, approvedCampaign, draftCampaign, SENDER } from '../support/reference-campaign.ts'

let store: Store
let id: string
let everyone: string[]
beforeAll(async () => {
  store = await testDatabase({ reference: true })
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE subscriber, campaign, delivery, attempt, segment CASCADE')
  // Portland, Seattle, the District, Anchorage, nowhere; and one who chose another seat than their ZIP says.
  everyone = await addSubscribers(store.db, ['97212', '98101', '20001', '99501', null, '97212'])
  await store.pool.query(
    `INSERT INTO subscriber_seat (subscriber_id, map_id, seat_id, basis, resolved_at)
     SELECT id, '115', 'US-H-WA-07', 'manual', now() FROM subscriber WHERE address = $1`,
    [everyone[5]],
  )
  await store.pool.query(
    `UPDATE subscriber SET created_at = '2017-05-31T23:59:59Z', domain = 'example.net' WHERE address = $1`,
    [everyone[1]],
  )
  id = await draftCampaign(store.db)
})

const one = <Value extends string>(values: Value[], not = false) => ({ not, values })

/** Segments, and whom of the six they let in. */
const CASES: [name: string, segment: Segment, people: number[]][] = [
  ['a state, by ZIP or by choice', { states: one(['WA']) }, [1, 5]],
  ['not a state: everybody else, those from nowhere, too', { states: one(['WA'], true) }, [0, 2, 3, 4]],
  ['a seat', { seats: one(['US-H-WA-07']) }, [1, 5]],
  ['a ZIP prefix goes by the ZIP, whatever seat was chosen', { zips: one(['97']) }, [0, 5]],
  ['not a ZIP prefix has those without a ZIP', { zips: one(['9'], true) }, [2, 4]],
  ['an outcome', { outcomes: one(['unresolved']) }, [4]],
  ['not an outcome', { outcomes: one(['unresolved'], true) }, [0, 1, 2, 3, 5]],
  ['a domain', { domains: one(['example.net']) }, [1]],
  ['not a domain', { domains: one(['example.net'], true) }, [0, 2, 3, 4, 5]],
  ['joined since a day', { joinedSince: '2017-06-01' }, [0, 2, 3, 4, 5]],
  ['joined before a day', { joinedBefore: '2017-06-01' }, [1]],
  ['several parts at once', { states: one(['OR', 'WA']), zips: one(['97']), domains: one(['example.org']) }, [0, 5]],
]

test.each(CASES)('%s: counted and frozen alike', async (_name, segment, people) => {
  await setCampaignSegment(store.db, id, segment, ACT)
  const campaign = await findCampaign(store.db, id)
  const manifest = readManifest((await currentRevision(store.db, campaign)).files)
  const matcher = await campaignMatcher(store.db, id, manifest, ACT.clock)
  const plan = await planVariants(store.db, matcher, manifest, parseSegment(campaign.segment))
  expect(plan.audience).toBe(people.length)
  await approveCampaign(store.db, id, [], ACT)
  await launchCampaign(store.db, id, { ...ACT, expect: people.length, transports: ['file'] })
  const { rows } = await store.pool.query<{ address: string }>(
    'SELECT s.address FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id WHERE d.campaign_id = $1',
    [id],
  )
  expect(rows.map(({ address }) => everyone.indexOf(address)).toSorted((a, b) => a - b)).toEqual(people)
})

test('a segment of nobody launches nothing', async () => {
  await setCampaignSegment(store.db, id, { seats: one(['US-H-WY-00']) }, ACT)
  await approveCampaign(store.db, id, [], ACT)
  await expect(launchCampaign(store.db, id, { ...ACT, expect: null, transports: ['file'] })).rejects.toMatchObject({
    code: 'no_audience',
    message: expect.stringContaining('no subscriber is in its segment'),
  })
})

test.each([
  [null, 'Everyone'],
  [
    { states: one(['OR', 'WA']), zips: one(['97']), joinedSince: '2017-06-01' },
    'Everyone in Oregon or Washington whose ZIP starts with 97, joined since 1 June 2017',
  ],
  [{ states: one(['TX', 'OH', 'UT'], true) }, 'Everyone not in Texas, Ohio or Utah'],
  [
    { seats: one(['US-H-OR-03']), outcomes: one(['mixed', 'ambiguous'], true) },
    'Everyone who may live in OR-3 whose outcome is not mixed or ambiguous',
  ],
  [
    { domains: one(['example.org'], true), joinedSince: '2016-11-09', joinedBefore: '2017-01-20' },
    'Everyone without an address at example.org, joined since 9 November 2016 and before 20 January 2017',
  ],
] satisfies [Segment | null, string][])('%j is said as: %s', (segment, sentence) => {
  expect(describeSegment(segment)).toBe(sentence)
})

test.each([
  [{ states: one(['XX']) }, 'states', '"XX" is no state; write two letters: OR'],
  [{ seats: one(['US-S-OR-2']) }, 'seats', '"US-S-OR-2" is no House seat; write it like US-H-OR-03'],
  [{ zips: one(['97%']) }, 'zips', '"97%" is no start of a ZIP; write one to five digits'],
  [{ joinedSince: '2017-02-30' }, 'joinedSince', '"2017-02-30" is no day; write it like 2017-06-01'],
  [
    { joinedSince: '2017-06-01', joinedBefore: '2017-06-01' },
    'joinedBefore',
    '"2017-06-01" ends before it begins: nobody can have joined then',
  ],
])('%j is refused at its place', (given, key, message) => {
  expect(readSegment(given)).toEqual({ ok: false, problems: [{ key, message }] })
})

test('an unknown part is refused by name, and a filter of nothing is everyone', () => {
  expect(readSegment({ age: one(['40']) })).toMatchObject({ ok: false, problems: [{ key: null }] })
  expect(() => parseSegment({ age: 1 })).toThrow(/age/)
  expect(parseSegment({})).toBeNull()
  expect(parseSegment(null)).toBeNull()
})

test('T19: another segment voids the approval, and a launch finds the audience that was approved', async () => {
  const approved = await approvedCampaign(store.db)
  await setCampaignSegment(store.db, approved, { states: one(['OR']) }, ACT)
  expect(await findCampaign(store.db, approved)).toMatchObject({ state: 'draft', approved_hash: null })
  await expect(
    launchCampaign(store.db, approved, { ...ACT, expect: null, transports: ['file'] }),
  ).rejects.toMatchObject({
    code: 'bad_transition',
  })
})

test('T19: a segment changed behind the back of an approval refuses the launch', async () => {
  const approved = await approvedCampaign(store.db)
  await store.pool.query(`UPDATE campaign SET segment = '{"states": {"not": false, "values": ["OR"]}}' WHERE id = $1`, [
    approved,
  ])
  await expect(
    launchCampaign(store.db, approved, { ...ACT, expect: null, transports: ['file'] }),
  ).rejects.toMatchObject({
    code: 'approval_void',
  })
})

test('a launched campaign keeps its segment', async () => {
  const approved = await approvedCampaign(store.db)
  await launchCampaign(store.db, approved, { ...ACT, expect: null, transports: ['file'] })
  await expect(setCampaignSegment(store.db, approved, null, ACT)).rejects.toMatchObject({ code: 'already_launched' })
})

test('the check counts the segment, says it, and has a hash for the content and one for the audience', async () => {
  const before = await checkCampaign(store.db, id, SENDER, ACT.clock)
  await setCampaignSegment(store.db, id, { states: one(['OR', 'WA']) }, ACT)
  const after = await checkCampaign(store.db, id, SENDER, ACT.clock)
  expect(after.audience).toBe(3)
  expect(after.problems).toContainEqual(
    expect.objectContaining({ code: 'audience', message: expect.stringContaining('Everyone in Oregon or Washington') }),
  )
  expect(after.contentHash).toBe(before.contentHash)
  expect(after.audienceHash).not.toBe(before.audienceHash)
  expect(after.hash).not.toBe(before.hash)
})

test('saved segments are kept by name; campaigns made with them keep their own copy', async () => {
  const segment = { states: one(['OR']) }
  await saveSegment(store.db, 'Oregon', segment, ACT)
  await setCampaignSegment(store.db, id, segment, ACT)
  await saveSegment(store.db, 'Oregon', { states: one(['OR', 'WA']) }, ACT)
  const [saved, ...others] = await listSegments(store.db)
  expect(others).toEqual([])
  expect(saved).toMatchObject({ name: 'Oregon', segment: { states: { values: ['OR', 'WA'] } }, setBy: 'tester' })
  expect((await findCampaign(store.db, id)).segment).toEqual(segment)
  await removeSegment(store.db, saved?.id ?? '')
  expect(await listSegments(store.db)).toEqual([])
  await expect(saveSegment(store.db, '  ', segment, ACT)).rejects.toMatchObject({ code: 'bad_name' })
})
