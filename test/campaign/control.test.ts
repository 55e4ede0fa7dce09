// What people do to a campaign: who may do what when, what each act leaves behind, and the log of it all.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CampaignState } from '../../src/campaign/campaign.ts'
import { findCampaign } from '../../src/campaign/campaigns.ts'
import {
  approveCampaign,
  campaignEvents,
  cancelCampaign,
  pauseCampaign,
  resumeCampaign,
  scheduleCampaign,
  unscheduleCampaign,
} from '../../src/campaign/control.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { fixedClock } from '../../src/core/clock.ts'
import type { Problem } from '../../src/message/problem.ts'
import type { Db, Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { addSubscribers, approvedCampaign, draftCampaign } from '../support/reference-campaign.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ reference: true })
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE subscriber, campaign, delivery, attempt CASCADE')
  await addSubscribers(store.db, ['97212', '20001'])
})

const NOW = fixedClock('2026-01-05T12:00:00Z')
const BY = { actor: 'Ada', clock: NOW }
const LATER = new Date('2026-01-06T09:00:00Z')

/** Ways into each state by what people do. */
const INTO: Record<Exclude<CampaignState, 'finished'>, (db: Db) => Promise<string>> = {
  draft: (db) => draftCampaign(db),
  approved: (db) => approvedCampaign(db),
  async scheduled(db) {
    const id = await approvedCampaign(db)
    await scheduleCampaign(db, id, LATER, null, BY)
    return id
  },
  async sending(db) {
    const id = await approvedCampaign(db)
    await launchCampaign(db, id, { ...BY, expect: null, transports: ['file'] })
    return id
  },
  async paused(db) {
    const id = await INTO.sending(db)
    await pauseCampaign(db, id, 'a doubt', BY)
    return id
  },
  async cancelled(db) {
    const id = await draftCampaign(db)
    await cancelCampaign(db, id, BY)
    return id
  },
}

const STATES = Object.keys(INTO) as (keyof typeof INTO)[]

const ACTS: Record<string, { act: (db: Db, id: string) => Promise<void>; from: CampaignState[]; to: CampaignState }> = {
  approve: {
    act: (db, id) => approveCampaign(db, id, [], BY),
    from: ['draft', 'approved', 'scheduled'],
    to: 'approved',
  },
  schedule: { act: (db, id) => scheduleCampaign(db, id, LATER, 2, BY), from: ['approved'], to: 'scheduled' },
  pause: { act: (db, id) => pauseCampaign(db, id, 'a doubt', BY), from: ['sending'], to: 'paused' },
  resume: { act: (db, id) => resumeCampaign(db, id, BY), from: ['paused'], to: 'sending' },
  cancel: {
    act: (db, id) => cancelCampaign(db, id, BY),
    from: ['draft', 'approved', 'scheduled', 'sending', 'paused'],
    to: 'cancelled',
  },
}

describe.each(Object.entries(ACTS))('%s', (_name, { act, from, to }) => {
  test.each(STATES.filter((state) => from.includes(state)))(`from %s leads to ${to}`, async (state) => {
    const id = await INTO[state](store.db)
    await act(store.db, id)
    expect((await findCampaign(store.db, id)).state).toBe(to)
  })

  const refused = STATES.filter((state) => !from.includes(state))
  test.each(refused)('is refused when it is %s', async (state) => {
    const id = await INTO[state](store.db)
    const before = { campaign: await findCampaign(store.db, id), log: await campaignEvents(store.db, id) }
    await expect(act(store.db, id)).rejects.toMatchObject({
      code: 'bad_transition',
      message: `campaign ${id} is ${state} and cannot become ${to}`,
    })
    expect({ campaign: await findCampaign(store.db, id), log: await campaignEvents(store.db, id) }).toEqual(before)
  })
})

test('the approval keeps who gave it, when, and to what', async () => {
  const id = await draftCampaign(store.db)
  await approveCampaign(store.db, id, [], BY)
  expect(await findCampaign(store.db, id)).toMatchObject({
    approved_by: 'Ada',
    approved_at: NOW.now(),
    approved_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test('warnings do not stop an approval, one error does, and only errors are named', async () => {
  const id = await draftCampaign(store.db)
  const warning: Problem = { severity: 'warning', code: 'w', message: 'look at this' }
  const error: Problem = {
    severity: 'error',
    code: 'e',
    message: 'this is wrong',
    file: 'body.mjml',
    line: 3,
    column: 7,
  }
  await expect(approveCampaign(store.db, id, [warning, error], BY)).rejects.toMatchObject({
    code: 'check_failed',
    message: `campaign ${id} cannot be approved:\nbody.mjml:3:7 this is wrong`,
  })
  expect((await findCampaign(store.db, id)).state).toBe('draft')
  await approveCampaign(store.db, id, [warning], BY)
  expect((await findCampaign(store.db, id)).state).toBe('approved')
})

test.each(['2026-01-05T11:59:59Z', '2026-01-05T12:00:00Z'])(
  'a launch time that is not ahead is refused: %s',
  async (at) => {
    const id = await approvedCampaign(store.db)
    await expect(scheduleCampaign(store.db, id, new Date(at), null, BY)).rejects.toMatchObject({
      code: 'bad_time',
      kind: 'usage',
      message: expect.stringContaining(at.replace('Z', '.000Z')),
    })
    expect(await findCampaign(store.db, id)).toMatchObject({ state: 'approved', launch_at: null })
  },
)

test('a launch time taken back leaves the approval, and taking it back twice is no harm', async () => {
  const id = await approvedCampaign(store.db)
  await scheduleCampaign(store.db, id, LATER, 2, BY)
  expect(await findCampaign(store.db, id)).toMatchObject({ launch_at: LATER, launch_expect: 2 })
  await unscheduleCampaign(store.db, id, 'too early', BY)
  await unscheduleCampaign(store.db, id, 'too early', BY)
  expect(await findCampaign(store.db, id)).toMatchObject({
    state: 'approved',
    launch_at: null,
    launch_expect: null,
    approved_by: 'tester',
  })
  const log = await campaignEvents(store.db, id)
  expect(log.filter(({ act }) => act === 'unscheduled')).toHaveLength(1)
})

test('a pause keeps its reason until the campaign goes on', async () => {
  const id = await INTO.paused(store.db)
  expect((await findCampaign(store.db, id)).pause_reason).toBe('a doubt')
  await resumeCampaign(store.db, id, BY)
  expect((await findCampaign(store.db, id)).pause_reason).toBeNull()
})

test('T19: of two who pause at once only one is in the log', async () => {
  const id = await INTO.sending(store.db)
  const ends = await Promise.allSettled(['first', 'second'].map((reason) => pauseCampaign(store.db, id, reason, BY)))
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect((await campaignEvents(store.db, id)).filter(({ act }) => act === 'paused')).toHaveLength(1)
})

test('the log tells who did what and when, in order', async () => {
  const id = await INTO.paused(store.db)
  await resumeCampaign(store.db, id, BY)
  await cancelCampaign(store.db, id, { ...BY, actor: 'Grace' })
  const log = await campaignEvents(store.db, id)
  expect(log.map(({ act, actor }) => `${actor} ${act}`)).toEqual([
    'tester created',
    'tester approved',
    'Ada launched',
    'Ada paused',
    'Ada resumed',
    'Grace cancelled',
  ])
  expect(log.find(({ act }) => act === 'launched')?.detail).toMatchObject({ audience: 2, transports: ['file'] })
  expect(log.find(({ act }) => act === 'paused')).toMatchObject({ detail: { reason: 'a doubt' }, at: NOW.now() })
  await expect(campaignEvents(store.db, 'nobody')).rejects.toMatchObject({ code: 'no_campaign' })
})
