// A POST happens once: what a repetition gets, and what may not be repeated.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../../src/store/connect.ts'
import { openApi, type Api, type Caller } from '../../support/api.ts'
import { testDatabase } from '../../support/database.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let api: Api
let caller: Caller
beforeAll(async () => {
  store = await testDatabase()
  web = await openWeb(store)
  api = await openApi(web)
  caller = await api.as('admin')
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const engage = (by: Caller, key: string, reason = 'x') =>
  by('engageKillSwitch', { body: { reason }, headers: { 'idempotency-key': key } })

const entries = async (act: string): Promise<number> => {
  const rows = await store.db.selectFrom('audit_entry').select('id').where('act', '=', act).execute()
  return rows.length
}

test('a repetition gets the same answer, marked, and nothing is done again', async () => {
  const first = await engage(caller, 'once-1')
  const second = await engage(caller, 'once-1')
  expect(second.json).toEqual(first.json)
  expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true'])
  expect(await entries('engage kill switch')).toBe(1)
})

test('quoted, as the draft writes it, it is the same key', async () => {
  await engage(caller, 'once-2')
  expect((await engage(caller, '"once-2"')).headers.get('idempotency-replayed')).toBe('true')
})

test('another body, another operation or a missing key is refused', async () => {
  await engage(caller, 'once-3')
  expect((await engage(caller, 'once-3', 'y')).json).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
  const other = await caller('releaseKillSwitch', { body: { reason: 'x' }, headers: { 'idempotency-key': 'once-3' } })
  expect(other.json).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
})

test('two keys of the API do not know of each other', async () => {
  const other = await api.as('admin')
  await engage(caller, 'once-4')
  expect((await engage(other, 'once-4')).headers.get('idempotency-replayed')).toBeNull()
})

test('what was refused may be tried again under the same key', async () => {
  const headers = { 'idempotency-key': 'once-5' }
  const refused = await caller('releaseSuppression', { body: { address: 'no address', reason: 'x' }, headers })
  expect(refused.json).toMatchObject({ status: 422, code: 'bad_address' })
  const done = await caller('releaseSuppression', { body: { address: 'ada@example.org', reason: 'x' }, headers })
  expect(done.json).toEqual({ removed: false })
})

test('of many at the same moment one does it; the others hear that it is at work, or get its answer', async () => {
  const before = await entries('engage kill switch')
  const replies = await Promise.all(Array.from({ length: 12 }, () => engage(caller, 'once-6')))
  expect(replies.filter(({ status }) => status === 200 || status === 409)).toHaveLength(12)
  expect(replies.some(({ status }) => status === 200)).toBe(true)
  expect(await entries('engage kill switch')).toBe(before + 1)
})

test('a call that is at work holds its key, and one whose process died gives it back after its lease', async () => {
  await engage(caller, 'once-7')
  const row = store.db.updateTable('api_call').where('idempotency_key', '=', 'once-7')
  await row
    .set({
      answered_at: null,
      status: null,
      body: null,
      content_type: null,
      lease_until: new Date(Date.now() + 60_000),
    })
    .execute()
  expect((await engage(caller, 'once-7')).json).toMatchObject({ status: 409, code: 'call_in_progress' })
  await row.set({ lease_until: new Date(0) }).execute()
  expect((await engage(caller, 'once-7')).headers.get('idempotency-replayed')).toBeNull()
})

test('after a day the key is new again', async () => {
  await engage(caller, 'once-8')
  await store.pool.query(
    `UPDATE api_call SET answered_at = now() - interval '25 hours' WHERE idempotency_key = 'once-8'`,
  )
  expect((await engage(caller, 'once-8')).headers.get('idempotency-replayed')).toBeNull()
})

test('a file is compared to its last byte, and an answer with personal data is not kept (T20)', async () => {
  const send = (body: string) =>
    caller('importSubscribers', { type: 'text/csv', body, headers: { 'idempotency-key': 'once-9' } })
  expect((await send('email\nada@example.org\n')).json).toMatchObject({ added: 1 })
  expect((await send('email\nada@example.org\n')).json).toMatchObject({ status: 409, code: 'answer_not_kept' })
  expect((await send('email\neda@example.org\n')).json).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
  const { rows } = await store.pool.query(`SELECT 1 FROM api_call c WHERE c::text LIKE '%example.org%'`)
  expect(rows).toEqual([])
})
