// The page of API keys: made, shown once, used, revoked.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../../src/store/connect.ts'
import { openApi } from '../../support/api.ts'
import { landing, signedIn } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
beforeAll(async () => {
  store = await testDatabase()
  web = await openWeb(store)
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const WISH = { name: 'nightly import', life: '90', 'scope:congress.read': 'on' }

test('an admin makes a key, sees it once, and a program uses it until it is revoked', async () => {
  const admin = await signedIn(web, 'admin')
  expect(await admin.page('/settings/keys')).toContain('No program may call yet')
  const made = await (await admin.post('/settings/keys', WISH)).text()
  const [key = ''] = /rck_[A-Za-z0-9_-]{43}/.exec(made) ?? []
  const list = await admin.page('/settings/keys')
  expect(list).toContain('nightly import')
  expect(list).toContain(`rck_…${key.slice(-4)}`)
  expect(list).not.toContain(key)
  const caller = (await openApi(web)).with(key)
  const { json } = await caller('getKey')
  expect(json).toMatchObject({ name: 'nightly import', scopes: ['congress.read'], owner: `${admin.name} #${admin.id}` })
  expect((await caller('listCampaigns')).status).toBe(403)
  const revoked = await admin.post(`/settings/keys/${String(json['id'])}/revoke`)
  expect(landing(revoked)).toBe('/settings/keys')
  expect((await caller('getKey')).status).toBe(401)
  expect(await admin.page('/settings/keys')).toContain('revoked')
})

test('a mistake is said in its place, and what was typed is kept', async () => {
  const admin = await signedIn(web, 'admin')
  const nameless = await admin.post('/settings/keys', { ...WISH, name: ' ' })
  expect(nameless.status).toBe(422)
  expect(await nameless.text()).toMatch(/A key needs a name.*checked/s)
  const useless = await admin.post('/settings/keys', { name: 'watcher <b>', life: '30' })
  expect(useless.status).toBe(422)
  const page = await useless.text()
  expect(page).toContain('A key without a scope can do nothing')
  expect(page).toContain('value="watcher &lt;b&gt;"')
})

test('a key lives as long as was chosen', async () => {
  const admin = await signedIn(web, 'admin')
  for (const life of ['', '365', 'whatever'])
    await admin.post('/settings/keys', { ...WISH, name: `life ${life}`, life })
  const rows = await store.db
    .selectFrom('api_key')
    .select(['name', 'expires_at'])
    .where('name', 'like', 'life%')
    .orderBy('id')
    .execute()
  expect(rows.map((row) => row.expires_at?.toISOString() ?? null)).toEqual([
    null,
    '2019-01-03T12:00:00.000Z',
    '2018-02-02T12:00:00.000Z',
  ])
})

test('T16 nobody but an admin makes or revokes keys', async () => {
  for (const role of ['viewer', 'author', 'approver', 'compliance'] as const) {
    const person = await signedIn(web, role)
    expect((await person.get('/settings/keys')).status).toBe(403)
    expect((await person.post('/settings/keys', WISH)).status).toBe(403)
    expect((await person.post('/settings/keys/1/revoke')).status).toBe(403)
  }
})

test('a key that is not there is not found', async () => {
  const admin = await signedIn(web, 'admin')
  expect((await admin.post('/settings/keys/x/revoke')).status).toBe(404)
})
