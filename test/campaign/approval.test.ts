// The second person, what an approval is bound to, and launches that wait to be taken back.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { campaignHashes, findCampaign } from '../../src/campaign/campaigns.ts'
import { approveCampaign, campaignEvents, scheduleCampaign, unscheduleCampaign } from '../../src/campaign/control.ts'
import { overrideStance, updateCampaign } from '../../src/campaign/create.ts'
import { readLaunchPlan } from '../../src/campaign/launch-plan.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { authorsOf } from '../../src/campaign/second-person.ts'
import { setCampaignSegment } from '../../src/campaign/segments.ts'
import { readTemplateFolder } from '../../src/campaign/folder.ts'
import { fixedClock } from '../../src/core/clock.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { ACT, addSubscribers, draftCampaign, TEMPLATE } from '../support/reference-campaign.ts'

let store: Store
let id: string
beforeAll(async () => {
  store = await testDatabase({ reference: true })
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE subscriber, campaign, delivery, attempt CASCADE')
  await addSubscribers(store.db, ['97212', '20001'])
  id = await draftCampaign(store.db)
})

const as = (actor: string) => ({ ...ACT, actor })
const RULE = { from: 1, audience: 2 }
const approve = (actor: string, secondPerson = RULE) => approveCampaign(store.db, id, [], as(actor), { secondPerson })

/** Ways to become an author. */
const EDITS: Record<string, () => Promise<unknown>> = {
  'new content': async () => await updateCampaign(store.db, id, await readTemplateFolder(TEMPLATE), as('Grace')),
  'an override': () =>
    overrideStance(store.db, id, { bioguide: 'M001176', stance: 'absent', reason: 'was ill' }, as('Grace')),
  'a segment': () => setCampaignSegment(store.db, id, { states: { not: false, values: ['OR', 'DC'] } }, as('Grace')),
}

test('T16: whoever made a campaign does not approve it; anybody else does', async () => {
  await expect(approve('tester')).rejects.toMatchObject({ code: 'second_person' })
  expect((await findCampaign(store.db, id)).state).toBe('draft')
  await approve('Ada')
  expect(await findCampaign(store.db, id)).toMatchObject({ state: 'approved', approved_by: 'Ada' })
})

test.each(Object.keys(EDITS))('T16: %s makes its editor an author, and voids the approval', async (name) => {
  await approve('Grace')
  await EDITS[name]?.()
  expect(await findCampaign(store.db, id)).toMatchObject({ state: 'draft', approved_by: null })
  expect(await authorsOf(store.db, id)).toEqual(['Grace', 'tester'])
  await expect(approve('Grace')).rejects.toMatchObject({ code: 'second_person' })
  await approve('Ada')
})

test('approving, scheduling and taking back make nobody an author', async () => {
  await approve('Ada')
  await scheduleCampaign(store.db, id, new Date(Date.now() + 120_000), 2, as('Ada'))
  await unscheduleCampaign(store.db, id, 'wrong hour', as('Ada'))
  expect(await authorsOf(store.db, id)).toEqual(['tester'])
  await approve('Ada')
})

test.each([
  ['it is switched off', { from: 0, audience: 1_000_000 }],
  ['the audience is smaller', { from: 3, audience: 2 }],
])('one person is enough when %s', async (_why, rule) => {
  await approve('tester', rule)
  expect((await findCampaign(store.db, id)).approved_by).toBe('tester')
})

test('T19: an approval of what is no longer there is refused', async () => {
  const { hash: seen } = await campaignHashes(store.db, await findCampaign(store.db, id))
  await EDITS['a segment']?.()
  await expect(approveCampaign(store.db, id, [], as('Ada'), { seen })).rejects.toMatchObject({ code: 'approval_void' })
  const { hash } = await campaignHashes(store.db, await findCampaign(store.db, id))
  await approveCampaign(store.db, id, [], as('Ada'), { seen: hash })
  expect((await findCampaign(store.db, id)).approved_hash).toBe(hash)
})

test('a launch that waits keeps how it is to go, until it is taken back', async () => {
  await approve('Ada')
  await scheduleCampaign(store.db, id, new Date(Date.now() + 120_000), 2, as('Ada'), {
    transports: ['file'],
    canary: false,
  })
  const scheduled = await findCampaign(store.db, id)
  expect(readLaunchPlan(scheduled.launch_wish)).toEqual({ transports: ['file'], canary: false })
  await unscheduleCampaign(store.db, id, 'a second thought', as('Ada'))
  expect(await findCampaign(store.db, id)).toMatchObject({ state: 'approved', launch_wish: null })
})

test('T19: of two clicks on launch one starts the send, the other finds it started', async () => {
  await approve('Ada')
  const launch = () => launchCampaign(store.db, id, { ...as('Ada'), expect: 2, transports: ['file'] })
  const ends = await Promise.allSettled([launch(), launch()])
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(ends.find((end) => end.status === 'rejected')?.reason).toMatchObject({ code: 'already_launched' })
  expect((await campaignEvents(store.db, id)).filter(({ act }) => act === 'launched')).toHaveLength(1)
  const { rows } = await store.pool.query('SELECT count(*)::int AS count FROM delivery')
  expect(rows).toEqual([{ count: 2 }])
})

test('T19: of two clicks on schedule one counts', async () => {
  await approve('Ada')
  const at = new Date(Date.now() + 120_000)
  const ends = await Promise.allSettled([1, 2].map(() => scheduleCampaign(store.db, id, at, 2, as('Ada'))))
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect((await campaignEvents(store.db, id)).filter(({ act }) => act === 'scheduled')).toHaveLength(1)
})

test('the clock of an act is the clock of its log', async () => {
  const clock = fixedClock('2018-01-03T12:00:00Z')
  await setCampaignSegment(store.db, id, { states: { not: false, values: ['OR'] } }, { actor: 'Grace', clock })
  const log = await campaignEvents(store.db, id)
  expect(log.at(-1)).toMatchObject({
    act: 'segment',
    actor: 'Grace',
    at: clock.now(),
    detail: { words: 'Everyone in Oregon' },
  })
})
