// The gate of the API: who gets in, what is refused, and in which words.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTemplateFolder } from '../../../src/campaign/folder.ts'
import { revokeKey } from '../../../src/access/api-keys.ts'
import { ROLES } from '../../../src/access/roles.ts'
import { grantable, KEY_SCOPES } from '../../../src/access/scopes.ts'
import { OPERATIONS } from '../../../src/web/api/operations.ts'
import { createWeb } from '../../../src/web/app.tsx'
import type { Operation } from '../../../src/web/api/operation.ts'
import type { Store } from '../../../src/store/connect.ts'
import { openApi, type Api, type Ask } from '../../support/api.ts'
import { testDatabase } from '../../support/database.ts'
import { TEMPLATE } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let api: Api
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  web = await openWeb(store)
  api = await openApi(web)
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

/** What a call of the operation needs beside the right to make it. */
function anyAsk({ params, body }: Operation): Ask {
  const names = Object.keys(params?.shape ?? {})
  const asked = { params: Object.fromEntries(names.map((name) => [name, '999999999'])) }
  if (body === null) return asked
  return body.kind === 'json' ? { ...asked, body: {} } : { ...asked, type: body.types[0] ?? '', body: 'nothing' }
}

describe('T16 every operation', () => {
  test.each(OPERATIONS.map((each) => [each.id, each] as const))(
    '%s is refused without a key',
    async (id, operation) => {
      for (const key of [null, `rck_${'A'.repeat(43)}`, 'rck_short', 'x@example.org']) {
        const { status, headers, json } = await api.with(key)(id, anyAsk(operation))
        expect(status).toBe(401)
        expect(headers.get('www-authenticate')).toContain('Bearer')
        expect(json['code']).toMatch(/^(no|bad)_key$/)
      }
    },
  )

  test('is refused to a key without one of its scopes, whatever else the key may do', async () => {
    for (const scope of KEY_SCOPES) {
      const others = KEY_SCOPES.filter((each) => each !== scope)
      const caller = await api.as('admin', others)
      for (const operation of OPERATIONS.filter(({ scopes }) => scopes.includes(scope))) {
        const { status, json, headers } = await caller(operation.id, anyAsk(operation))
        expect({ id: operation.id, status, code: json['code'] }).toEqual({
          id: operation.id,
          status: 403,
          code: 'scope_missing',
        })
        expect(headers.get('www-authenticate')).toContain('insufficient_scope')
      }
    }
  })

  test.each(ROLES)(
    'is open to a key of the role %s only as far as the role goes, even when the key says more',
    async (role) => {
      const caller = await api.as('admin')
      await store.db.updateTable('account').set({ role }).where('id', '=', caller.person.id).execute()
      const may = grantable(role)
      for (const operation of OPERATIONS) {
        const { status } = await caller(operation.id, anyAsk(operation))
        const isOpen = operation.scopes.every((scope) => may.includes(scope))
        expect({ id: operation.id, isForbidden: status === 403 }).toEqual({ id: operation.id, isForbidden: !isOpen })
      }
    },
  )

  test.each(OPERATIONS.filter(({ params }) => params !== null).map((each) => [each.id, each] as const))(
    '%s says that an object is not there',
    async (id, operation) => {
      const caller = await api.as('admin')
      const { status, json } = await caller(id, {
        ...anyAsk(operation),
        ...(operation.body?.kind === 'json' ? { body: bodies[id] ?? operation.example?.body ?? {} } : {}),
        query: Object.fromEntries(new URLSearchParams(operation.example?.query ?? '')),
      })
      expect({ status, code: json['code'] }).toMatchObject(words[id] ?? { status: 404 })
    },
  )
})

/** Where the example of the document is cut short, or of another day. */
const bodies: Readonly<Record<string, unknown>> = {
  updateCampaignFiles: { files: await readTemplateFolder(TEMPLATE) },
  launchCampaign: { expect: 0 },
  scheduleCampaign: { at: '2036-01-01T09:00:00Z', expect: 0 },
}

/** A ZIP that nobody has is an answer, too; a transport is a word of the settings. */
const words: Readonly<Record<string, object>> = {
  lookUpZip: { status: 200 },
  pauseTransport: { status: 422, code: 'no_transport' },
  resumeTransport: { status: 422, code: 'no_transport' },
}

describe('a key', () => {
  test('that was revoked, or whose owner is disabled, or that is past its day, is nobody’s', async () => {
    const [revoked, disabled, late] = [await api.as('admin'), await api.as('admin'), await api.as('admin')]
    const idOf = async (caller: typeof revoked) => String((await caller('getKey')).json['id'])
    await revokeKey(store.db, await idOf(revoked), 'test', web.clock.now())
    await store.db
      .updateTable('account')
      .set({ disabled_at: new Date() })
      .where('id', '=', disabled.person.id)
      .execute()
    const id = await idOf(late)
    const past = new Date(web.clock.now().getTime() - 1)
    const made = new Date(past.getTime() - 1000)
    await store.db.updateTable('api_key').set({ expires_at: past, made_at: made }).where('id', '=', id).execute()
    for (const caller of [revoked, disabled, late]) expect((await caller('getKey')).status).toBe(401)
  })

  test('has a number of calls a minute, which the answers tell', async () => {
    const caller = await api.as('viewer')
    const first = await caller('getKey')
    expect(first.headers.get('ratelimit-policy')).toBe('"calls";q=600;w=60')
    expect(first.headers.get('ratelimit')).toMatch(/^"calls";r=599;t=\d+$/)
    const id = String(first.json['id'])
    await store.db.updateTable('api_budget').set({ used: 600 }).where('key_id', '=', id).execute()
    const last = await caller('getKey')
    expect({ status: last.status, code: last.json['code'] }).toEqual({ status: 429, code: 'too_many_calls' })
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
    await store.pool.query(`UPDATE api_budget SET window_at = now() - interval '61 seconds' WHERE key_id = $1`, [id])
    expect((await caller('getKey')).status).toBe(200)
  })
})

describe('T18 a foreign page', () => {
  test('can do nothing: no cookie counts, and no answer lets another origin read it', async () => {
    const { person } = await api.as('admin')
    for (const init of [
      { method: 'POST', body: '{"reason":"x"}', headers: { 'content-type': 'application/json' } },
      { method: 'POST', body: '{"reason":"x"}', headers: { 'content-type': 'text/plain' } },
      { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } },
    ]) {
      const headers = { ...init.headers, cookie: person.cookie, origin: 'https://evil.example' }
      const answer = await web.app.request('/api/v1/kill-switch/engage', { ...init, headers })
      expect([401, 405]).toContain(answer.status)
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })
})

describe('a request that is not as it must be', () => {
  const ask = async (path: string, init: RequestInit = {}) => {
    const { key } = await api.as('admin')
    const headers = {
      authorization: `Bearer ${key}`,
      'idempotency-key': 'k1',
      ...(init.headers as Record<string, string>),
    }
    const answer = await web.app.request(`/api/v1${path}`, { ...init, headers })
    return { answer, problem: (await answer.json()) as Record<string, unknown> }
  }
  const json = { 'content-type': 'application/json' }
  const post = (body: string, headers: Record<string, string> = json): RequestInit => ({
    method: 'POST',
    body,
    headers,
  })

  test.each<[string, string, RequestInit, number, string]>([
    ['a path that nothing lives at', '/nothing', {}, 404, 'no_operation'],
    ['a method that is not possible', '/campaigns', { method: 'DELETE' }, 405, 'wrong_method'],
    ['a fixed path is no id', '/subscribers/export', { method: 'PATCH' }, 405, 'wrong_method'],
    ['a body of another type', '/campaigns', post('a=b', { 'content-type': 'text/plain' }), 415, 'wrong_type'],
    ['a body without a type', '/suppressions/imports', { method: 'POST' }, 415, 'wrong_type'],
    ['no JSON', '/campaigns', post('{'), 400, 'bad_json'],
    ['bytes that are no UTF-8', '/campaigns', post('\uD800'), 400, 'bad_json'],
    ['a field too many', '/kill-switch/engage', post('{"reason":"x","more":1}'), 422, 'invalid_request'],
    ['a field of another kind', '/kill-switch/engage', post('{"reason":1}'), 422, 'invalid_request'],
    ['a parameter that is none', '/campaigns?colour=red', {}, 422, 'invalid_request'],
    ['a limit beyond the limit', '/campaigns?limit=501', {}, 422, 'invalid_request'],
    ['a cursor that is none', '/campaigns?cursor=abc', {}, 422, 'bad_cursor'],
    ['a cursor made by hand', `/audit?cursor=${Buffer.from('["x"]').toString('base64url')}`, {}, 422, 'bad_cursor'],
    [
      'a cursor of another list',
      `/campaigns?cursor=${Buffer.from('["x","y"]').toString('base64url')}`,
      {},
      422,
      'bad_cursor',
    ],
    ['a body too large', '/kill-switch/engage', post(`{"reason":"${'x'.repeat(300_000)}"}`), 413, 'too_large'],
    [
      'a POST without a key of its own',
      '/kill-switch/engage',
      post('{"reason":"x"}', { ...json, 'idempotency-key': '' }),
      422,
      'idempotency_key',
    ],
  ])('%s', async (_, path, init, status, code) => {
    const { answer, problem } = await ask(path, init)
    expect({ status: answer.status, code: problem['code'], said: problem['status'] }).toEqual({
      status,
      code,
      said: status,
    })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(problem).toMatchObject({ type: 'about:blank', requestId: answer.headers.get('x-request-id') })
    expect(String(problem['detail']).length).toBeGreaterThan(10)
  })

  test('names every field that does not fit', async () => {
    const { problem } = await ask('/suppressions', post('{"addresses":[1],"reason":"spite"}'))
    expect(problem['errors']).toEqual([
      { in: 'body', field: '/addresses/0', message: expect.any(String) },
      { in: 'body', field: '/reason', message: expect.any(String) },
    ])
  })
})

test('T20 a request id is taken when it is sane, and the log has it with route, status and key, and nothing personal', async () => {
  const caller = await api.as('admin')
  const address = 'canary-address@example.org'
  const taken = await caller('lookUpSubscriber', { body: { address }, headers: { 'x-request-id': 'trace-12345678' } })
  expect(taken.headers.get('x-request-id')).toBe('trace-12345678')
  const made = await caller('getKey', { headers: { 'x-request-id': 'canary-address@example.org' } })
  expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  await caller('addSuppressions', { body: { addresses: [address], note: address } })
  const line = web
    .log()
    .split('\n')
    .find((each) => each.includes('trace-12345678'))
  expect(JSON.parse(line ?? '{}')).toMatchObject({
    method: 'POST',
    route: '/api/v1/subscribers/lookup',
    status: 404,
    keyId: expect.any(String),
  })
  expect(web.log()).not.toContain('canary-address')
  expect(web.log()).not.toContain(caller.key)
})

test('T20 a failure of ours is a 500 without its reason, and the log has the reason without addresses', async () => {
  const { key } = await api.as('admin')
  const fails = () => Promise.reject(new Error('a row of canary-two@example.org broke'))
  const app = await createWeb({ ...web.site, launch: fails })
  const answer = await app.request('/api/v1/campaigns/some-campaign/launch', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'idempotency-key': 'f1', 'content-type': 'application/json' },
    body: '{"expect":1}',
  })
  const text = await answer.text()
  expect({ status: answer.status, code: (JSON.parse(text) as { code: string }).code }).toEqual({
    status: 500,
    code: 'bug',
  })
  expect(text).not.toContain('broke')
  const line = web
    .log()
    .split('\n')
    .find((each) => each.includes('an operation of the API failed'))
  expect(line).toContain('broke')
  expect(line).toContain(answer.headers.get('x-request-id'))
  expect(web.log()).not.toContain('canary-two')
})

test('without a mailbox in the settings there is nothing to poll', async () => {
  expect((await (await api.as('admin'))('pollMailbox')).json).toMatchObject({ status: 422, code: 'no_mailbox' })
})
