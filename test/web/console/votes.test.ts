// The votes of a campaign: what is shown of them, and what changing them does to the manifest, the rules and an approval.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { currentRevision, findCampaign } from '../../../src/campaign/campaigns.ts'
import { approveCampaign, campaignEvents } from '../../../src/campaign/control.ts'
import { launchCampaign } from '../../../src/campaign/launch.ts'
import { listOverrides } from '../../../src/campaign/overrides.ts'
import type { Store } from '../../../src/store/connect.ts'
import { landing, signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { ACT, addSubscribers, draftCampaign } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let author: Person
let id: string
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  web = await openWeb(store)
  author = await signedIn(web, 'author')
  await addSubscribers(store.db, ['97212'], 'seeded-person')
})
beforeEach(async () => {
  id = await draftCampaign(store.db)
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

function act(what: string, fields: Record<string, string>): Promise<Response> {
  return author.post(`/campaigns/${id}/votes/${what}`, { revision: '1', ...fields })
}

async function manifest(): Promise<string> {
  return (await currentRevision(store.db, await findCampaign(store.db, id))).files['campaign.yaml'] ?? ''
}

async function rules(rollCall: string): Promise<Record<string, string>> {
  const rows = await store.db
    .selectFrom('stance_rule')
    .select(['option', 'stance'])
    .where('campaign_id', '=', id)
    .where('roll_call_id', '=', rollCall)
    .execute()
  return Object.fromEntries(rows.map(({ option, stance }) => [option, stance]))
}

describe('the page', () => {
  it('shows tallies by party, off-party positions and vacancies', async () => {
    const page = await author.page(`/campaigns/${id}/votes`)
    const text = page.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
    expect(text).toMatch(/Yea .*231 217 14/)
    expect(text).toMatch(/Nay .*188 16 172/)
    expect(text).toContain('30 voted against most of their party on h708-115.2017')
    expect(text).toContain('US-H-AZ-08, US-H-MI-13, US-H-PA-18')
    expect(text).toContain('Terri A. Sewell')
  })

  it('T16: has no buttons for a viewer', async () => {
    const viewer = await signedIn(web, 'viewer')
    const page = await viewer.page(`/campaigns/${id}/votes`)
    expect(page).not.toContain('Save what they mean')
    expect(page).not.toContain('Judge by hand')
  })
})

describe('stances', () => {
  const STANCES = {
    'option.nay': 'opponent',
    'option.yea': 'champion',
    'option.not_voting': 'absent',
    'option.present': 'neutral',
  }

  it('change in the rules and in two lines of the manifest, and void the approval', async () => {
    await approveCampaign(store.db, id, [], ACT)
    const before = await manifest()
    const answer = await act('stances', { rollCall: 'h708-115.2017', ...STANCES })
    expect(await author.page(landing(answer))).toContain('This is revision 2. The approval is void.')
    expect(await rules('h708-115.2017')).toMatchObject({ nay: 'opponent', yea: 'champion' })
    expect(await rules('s325-115.2017')).toMatchObject({ nay: 'champion', yea: 'opponent' })
    const after = await manifest()
    expect(after.split('\n').filter((line, index) => line !== before.split('\n')[index])).toEqual([
      '    stances: { nay: opponent, yea: champion, not_voting: absent, present: neutral }',
    ])
  })

  it('of somebody who looked at an older revision are refused, and the page shows the new one', async () => {
    await act('stances', { rollCall: 'h708-115.2017', ...STANCES })
    const late = await act('stances', { rollCall: 's325-115.2017', ...STANCES })
    expect(late.status).toBe(422)
    expect(await late.text()).toContain('has changed the campaign meanwhile')
    expect(await rules('s325-115.2017')).toMatchObject({ nay: 'champion' })
  })

  it('an option that nothing is said about stops the campaign, and is said', async () => {
    await act('stances', { rollCall: 'h708-115.2017', 'option.nay': 'champion' })
    const page = await author.page(`/campaigns/${id}/votes`)
    expect(page).toContain('With these votes the campaign cannot be sent')
    expect(page).toContain('not said yet')
  })
})

describe('roll calls', () => {
  it('are taken out and added again, the good vote named', async () => {
    await act('remove', { rollCall: 's325-115.2017' })
    expect(await manifest()).not.toContain('s325')
    const answer = await act('add', { revision: '2', rollCall: 's325-115.2017', good: 'yea', role: 'primary' })
    expect(answer.status).toBe(303)
    expect(await rules('s325-115.2017')).toEqual({
      nay: 'opponent',
      yea: 'champion',
      not_voting: 'absent',
      present: 'neutral',
    })
  })

  it('the last one stays: a campaign without any is refused in place', async () => {
    await act('remove', { rollCall: 's325-115.2017' })
    const last = await act('remove', { revision: '2', rollCall: 'h708-115.2017' })
    expect(last.status).toBe(422)
    expect(await last.text()).toContain('name at least one roll call')
  })

  it('that are not imported, or that nobody voted so on, are refused with what was chosen', async () => {
    expect(await (await act('add', { rollCall: 'h1-1.1789', good: 'nay' })).text()).toContain(
      'h1-1.1789 is not imported',
    )
    const guilty = await act('add', { rollCall: 'h708-115.2017', good: 'guilty' })
    expect(await guilty.text()).toContain('nobody voted &quot;guilty&quot;')
  })
})

describe('overrides', () => {
  it('need a reason, are set in the name of whoever set them, and are taken back into the log', async () => {
    const without = await act('override', { legislator: 'Jeff Merkley, M001176', stance: 'opponent', reason: ' ' })
    expect(without.status).toBe(422)
    const page = await without.text()
    expect(page).toContain('an override needs a reason')
    expect(page).toContain('value="Jeff Merkley, M001176"')
    await act('override', { legislator: 'Jeff Merkley, M001176', stance: 'opponent', reason: 'said otherwise' })
    expect(await listOverrides(store.db, id)).toMatchObject([
      { bioguide: 'M001176', name: 'Jeff Merkley', stance: 'opponent', setBy: `${author.name} #${author.id}` },
    ])
    await approveCampaign(store.db, id, [], ACT)
    await act('take-back', { bioguide: 'M001176' })
    expect(await listOverrides(store.db, id)).toEqual([])
    expect(await findCampaign(store.db, id)).toMatchObject({ state: 'draft', approved_by: null })
    expect((await campaignEvents(store.db, id)).at(-1)).toMatchObject({
      act: 'override taken back',
      detail: { bioguide: 'M001176', stance: 'opponent', reason: 'said otherwise' },
    })
  })

  it('of nobody are refused', async () => {
    const unknown = await act('override', { legislator: 'Z999999', stance: 'neutral', reason: 'x' })
    expect(await unknown.text()).toContain('no legislator with the Bioguide id &quot;Z999999&quot;')
    expect(await (await act('take-back', { bioguide: 'M001176' })).text()).toContain('judged by hand')
  })

  it('T19: of a campaign that is sent change nothing', async () => {
    await approveCampaign(store.db, id, [], ACT)
    await launchCampaign(store.db, id, { ...ACT, expect: null, transports: ['file'] })
    const late = await act('override', { legislator: 'M001176', stance: 'opponent', reason: 'too late' })
    expect(late.status).toBe(422)
    expect(await listOverrides(store.db, id)).toEqual([])
    expect(await author.page(`/campaigns/${id}/votes`)).toContain('its content is frozen')
  })
})
