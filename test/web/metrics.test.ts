// What machines ask of the server: metrics and readiness.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { connect, type Store } from '../../src/store/connect.ts'
import { createWeb } from '../../src/web/app.tsx'
import { serveWeb } from '../../src/web/serve.ts'
import { openApi } from '../support/api.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { openWeb, type Web } from '../support/web.ts'

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

test('the metrics are for a key that may read settings, and for nobody else', async () => {
  const api = await openApi(web)
  const ask = (key: string) => web.app.request('/metrics', { headers: { authorization: `Bearer ${key}` } })
  expect((await web.app.request('/metrics')).status).toBe(401)
  expect((await ask((await api.as('viewer')).key)).status).toBe(403)
  expect((await ask((await api.as('approver')).key)).status).toBe(200)
})

test('they count requests by route, status and method, and tell the state of the ledger and the queue', async () => {
  const campaignId = await launchedCampaign(store.db, { addresses: 2 })
  const { key } = await (await openApi(web)).as('admin')
  const headers = { authorization: `Bearer ${key}` }
  await web.app.request('/api/v1/campaigns', { headers })
  await web.app.request('/u/some-secret-token')
  await web.app.request('/healthz', { method: 'BREW' })
  const text = await (await web.app.request('/metrics', { headers })).text()
  expect(text).toMatch(
    /rollcall_http_request_seconds_count\{method="GET",route="\/api\/v1\/campaigns",status="200"\} 1/,
  )
  expect(text).toContain('method="other"')
  expect(text).toContain(`rollcall_campaign_deliveries{campaign="${campaignId}",state="pending"} 2`)
  expect(text).toMatch(/rollcall_jobs_waiting\{queue="deliver"\} \d/)
  expect(text).not.toContain('some-secret-token')
})

test('on the machine itself no key is asked for, unless a proxy stands before the server', async () => {
  const { config } = web.site
  const status = async (proxies: number, headers: Record<string, string> = {}): Promise<number> => {
    await using app = await compose({ ...config, DATABASE_URL: store.url, ROLLCALL_PROXIES: proxies })
    await using server = await serveWeb(app, { host: '127.0.0.1', port: 0 })
    return (await fetch(`${server.url}/metrics`, { headers })).status
  }
  expect(await status(0)).toBe(200)
  expect(await status(0, { 'x-forwarded-for': '192.0.2.1' })).toBe(401)
  expect(await status(1)).toBe(401)
})

test('a server is ready when database, schema and queue are', async () => {
  const answer = await web.app.request('/readyz')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ ready: true, database: 'ok', schema: 'ok', queue: 'ok' })
})

test('a schema that is behind is no readiness', async () => {
  const { rows } = await store.pool.query<{ name: string; sha256: string }>(
    'DELETE FROM migration WHERE name = (SELECT max(name) FROM migration) RETURNING name, sha256',
  )
  const answer = await web.app.request('/readyz')
  await store.pool.query('INSERT INTO migration (name, sha256) VALUES ($1, $2)', [rows[0]?.name, rows[0]?.sha256])
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ ready: false, database: 'ok', schema: 'behind' })
})

test('T25 what is away is named, and the reason with its host and password is not', async () => {
  await using nowhere = connect('postgres://someone:secret-word@127.0.0.1:1/nowhere')
  const app = await createWeb({
    ...web.site,
    store: nowhere,
    queues: () => Promise.reject(new Error('redis://someone:secret-word@127.0.0.1:2')),
  })
  const answer = await app.request('/readyz')
  expect(answer.status).toBe(503)
  expect(await answer.json()).toEqual({
    ready: false,
    database: 'unreachable',
    schema: 'unknown',
    queue: 'unreachable',
  })
})
