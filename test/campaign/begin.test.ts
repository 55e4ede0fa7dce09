// Ways to begin a campaign: the starter passes the check with any roll call, templates are found, a clone is a draft of its own.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginFromScratch, beginFromTemplate, cloneCampaign, listTemplates } from '../../src/campaign/begin.ts'
import { currentRevision, findCampaign } from '../../src/campaign/campaigns.ts'
import { checkCampaign } from '../../src/campaign/check.ts'
import { overrideStance } from '../../src/campaign/create.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { listOverrides } from '../../src/campaign/overrides.ts'
import { parseSegment } from '../../src/campaign/segment.ts'
import { setCampaignSegment } from '../../src/campaign/segments.ts'
import { listRevisions } from '../../src/campaign/revisions.ts'
import { usualStances } from '../../src/campaign/roll-call-choices.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { ACT, SENDER, addSubscribers, approvedCampaign } from '../support/reference-campaign.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  await addSubscribers(store.db, ['97212', '35203', '20001', '96910', null, '59001'])
})
afterAll(() => store[Symbol.asyncDispose]())

const OREGON = { states: { values: ['OR'] } }

const ORGANISATION = {
  organisation: 'Indivisible Project',
  postalAddress: 'PO Box 43884, Washington, DC 20010',
  from: 'alerts@rollcall.example',
  replyTo: 'hello@rollcall.example',
  listId: 'alerts.rollcall.example',
  listName: 'Action alerts',
  website: 'https://rollcall.example',
}

async function scratch(title: string, ...ids: string[]): Promise<string> {
  const rollCalls = await Promise.all(ids.map(async (id) => ({ id, stances: await usualStances(store.db, id, 'nay') })))
  return beginFromScratch(store.db, { ...ORGANISATION, title, rollCalls }, ACT)
}

test('a campaign from scratch passes the check, whichever chambers it is about', async () => {
  for (const ids of [['h708-115.2017', 's325-115.2017'], ['h708-115.2017'], ['s325-115.2017']]) {
    const id = await scratch(`Vote ${ids.length}`, ...ids)
    const { problems, audience } = await checkCampaign(store.db, id, SENDER, ACT.clock)
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(audience).toBe(6)
  }
})

test('a title of any kind makes an id', async () => {
  expect(await scratch('2017: ¿Qué pasó?', 'h708-115.2017')).toMatch(/^que-paso-[a-z0-9]{4}$/)
  expect(await scratch('投票', 'h708-115.2017')).toMatch(/^campaign-[a-z0-9]{4}$/)
})

test('what was not voted is refused by name', async () => {
  await expect(usualStances(store.db, 'h708-115.2017', 'guilty')).rejects.toMatchObject({
    code: 'no_option',
    message: 'nobody voted "guilty" on h708-115.2017',
  })
  await expect(usualStances(store.db, 'h1-1.1789', 'nay')).rejects.toMatchObject({ code: 'no_roll_call' })
})

test('the templates are listed by title, and one of them makes a campaign under a title of its own', async () => {
  expect(await listTemplates()).toContainEqual({
    name: 'dream-act-2017',
    title: 'The shutdown vote and the Dreamers',
  })
  const id = await beginFromTemplate(store.db, 'dream-act-2017', 'Once more: "Dreamers"', ACT)
  expect(await findCampaign(store.db, id)).toMatchObject({ name: 'Once more: "Dreamers"', state: 'draft' })
  await expect(beginFromTemplate(store.db, '../fixtures', '', ACT)).rejects.toMatchObject({ code: 'no_template' })
})

test('a clone of a launched campaign is a draft with its content and its overrides, by whoever cloned it', async () => {
  const from = await approvedCampaign(store.db)
  await overrideStance(store.db, from, { bioguide: 'M001176', stance: 'champion', reason: 'spoke for them' }, ACT)
  const id = await cloneCampaign(store.db, from, 'The second one', { ...ACT, actor: 'Ada #7' })
  expect(await findCampaign(store.db, id)).toMatchObject({ name: 'The second one', state: 'draft', revision: 1 })
  expect(await listOverrides(store.db, id)).toMatchObject([
    { bioguide: 'M001176', reason: 'spoke for them', setBy: 'Ada #7' },
  ])
  expect(await listRevisions(store.db, id)).toMatchObject([{ revision: 1, author: 'Ada #7' }])
  const [of, its] = await Promise.all(
    [from, id].map(async (each) => currentRevision(store.db, await findCampaign(store.db, each))),
  )
  expect(its?.files['body.mjml']).toBe(of?.files['body.mjml'])
})

test('a clone goes to whom the other one goes', async () => {
  const from = await approvedCampaign(store.db)
  await setCampaignSegment(store.db, from, parseSegment(OREGON), ACT)
  const id = await cloneCampaign(store.db, from, '', ACT)
  expect((await findCampaign(store.db, id)).segment).toEqual(parseSegment(OREGON))
})

test('a clone of one that was sent has nothing of its send', async () => {
  const from = await approvedCampaign(store.db)
  await launchCampaign(store.db, from, { ...ACT, expect: null, transports: ['file'] })
  const id = await cloneCampaign(store.db, from, '', ACT)
  expect(await findCampaign(store.db, id)).toMatchObject({
    name: 'The shutdown vote and the Dreamers',
    state: 'draft',
    launched_at: null,
    audience: null,
  })
})
