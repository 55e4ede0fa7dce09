// T15 over HTTP: the webhook keeps what SendGrid signed, before it answers, and nothing else.
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { openWeb, type Web } from '../support/web.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const SETTINGS = { ROLLCALL_SENDGRID_WEBHOOK_KEY: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') }

let store: Store
let web: Web
beforeAll(async () => {
  store = await testDatabase()
  web = await openWeb(store, undefined, SETTINGS)
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})
beforeEach(() => store.pool.query('TRUNCATE sendgrid_event'))

function events(count: number): Buffer {
  const list = Array.from({ length: count }, () => ({
    sg_event_id: randomUUID(),
    event: 'delivered',
    timestamp: 1_514_980_800,
    email: 'ana@canary.example.net',
    padding: 'x'.repeat(300),
  }))
  return Buffer.from(`${JSON.stringify(list)}\r\n`)
}

/** Calls the hook with a body that was signed as `signed`. */
async function call(body: Buffer, signed = body): Promise<Response> {
  const timestamp = String(Math.floor(web.clock.now().getTime() / 1_000))
  const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), signed]), privateKey).toString('base64')
  return await web.app.request('/hooks/sendgrid', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'X-Twilio-Email-Event-Webhook-Signature': signature,
      'X-Twilio-Email-Event-Webhook-Timestamp': timestamp,
    },
    body: new Uint8Array(body),
  })
}

const kept = async () =>
  Number((await store.pool.query<{ n: string }>('SELECT count(*) AS n FROM sendgrid_event')).rows[0]?.n)

test('T15: a signed batch, larger than any page takes, is kept before the answer; the same again adds nothing', async () => {
  const body = events(1_000)
  expect(body.length).toBeGreaterThan(300_000)
  expect([(await call(body)).status, await kept()]).toEqual([200, 1_000])
  expect([(await call(body)).status, await kept()]).toEqual([200, 1_000])
})

test('T15: one byte changed, the last line end gone, no signature, or too much: refused, and nothing is kept', async () => {
  const body = events(2)
  const changed = Buffer.from(body.toString().replace('delivered', 'delivereD'))
  expect((await call(changed, body)).status).toBe(403)
  expect((await call(body.subarray(0, -2), body)).status).toBe(403)
  expect((await web.app.request('/hooks/sendgrid', { method: 'POST', body: body.toString() })).status).toBe(403)
  expect((await call(Buffer.alloc(5_000_001, 32))).status).toBe(413)
  expect((await call(Buffer.from('no list'))).status).toBe(400)
  expect((await web.app.request('/hooks/sendgrid')).status).toBe(404)
  expect(await kept()).toBe(0)
})

test('T20: the log of the hook holds no address', async () => {
  await call(events(1))
  await call(events(1), Buffer.from('other'))
  expect(web.log()).toContain('a call of the webhook was refused')
  expect(web.log()).not.toContain('canary.example.net')
})

test('without a key there is no hook', async () => {
  await using bare = await openWeb(store)
  expect((await bare.app.request('/hooks/sendgrid', { method: 'POST', body: '[]' })).status).toBe(404)
})
