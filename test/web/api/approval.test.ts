// Two people and one send, by keys of the API.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeKey } from '../../../src/access/api-keys.ts'
import { readTemplateFolder } from '../../../src/campaign/folder.ts'
import type { Store } from '../../../src/store/connect.ts'
import { openApi, type Api } from '../../support/api.ts'
import { testDatabase } from '../../support/database.ts'
import { addSubscribers, TEMPLATE } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let api: Api
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  web = await openWeb(store)
  api = await openApi(web)
  await addSubscribers(store.db, ['97212', '02108', '33010'])
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const files = await readTemplateFolder(TEMPLATE)

test('T16 whoever wrote a campaign does not approve it, not with another key of theirs either', async () => {
  const author = await api.as('admin')
  const params = { id: String((await author('createCampaign', { body: { files } })).json['id']) }
  expect((await author('approveCampaign', { params, body: {} })).json).toMatchObject({
    status: 403,
    code: 'second_person',
  })
  const { id, name } = author.person
  const wish = { name: 'second', owner: { id, role: 'admin' as const }, scopes: ['campaigns.approve'], actor: name }
  const { key } = await makeKey(store.db, { ...wish, expiresAt: null, now: web.clock.now() })
  expect((await api.with(key)('approveCampaign', { params, body: {} })).status).toBe(403)
  expect((await (await api.as('approver'))('approveCampaign', { params, body: {} })).status).toBe(200)
})

test('T19 an approval is of what was looked at: an edit voids it, and an older hash is not approved', async () => {
  const [author, approver] = [await api.as('author'), await api.as('approver')]
  const params = { id: String((await author('createCampaign', { body: { files } })).json['id']) }
  const { hash, audience } = (await author('checkCampaign', { params })).json
  await author('setSegment', { params, body: { segment: { states: { values: ['OR'] } } } })
  expect((await approver('approveCampaign', { params, body: { hash } })).json).toMatchObject({
    status: 409,
    code: 'approval_void',
  })
  expect((await approver('approveCampaign', { params, body: {} })).status).toBe(200)
  await author('updateCampaignFiles', { params, body: { files } })
  const launched = await author('launchCampaign', { params, body: { expect: audience } })
  expect(launched.status).toBe(409)
  expect((await author('getCampaign', { params })).json).toMatchObject({ state: 'draft', approvedBy: null })
})

test('T19 of many launches at the same moment one starts the send', async () => {
  const [author, approver] = [await api.as('author'), await api.as('approver')]
  const params = { id: String((await author('createCampaign', { body: { files } })).json['id']) }
  const { audience } = (await approver('approveCampaign', { params, body: {} })).json
  const launch = () => author('launchCampaign', { params, body: { expect: audience } })
  const replies = await Promise.all([launch(), launch(), launch(), launch()])
  expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409])
  const { total } = await store.db
    .selectFrom('delivery')
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .where('campaign_id', '=', params.id)
    .executeTakeFirstOrThrow()
  expect(Number(total)).toBe(audience)
})
