// /u/TOKEN: RFC 8058's POST in every shape, the button, the way back, and tokens that are no good (T9, T11).
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signToken, tokenKeys, type Purpose } from '../../src/core/token.ts'
import type { Store } from '../../src/store/connect.ts'
import { createWeb } from '../../src/web/app.tsx'
import { launchedCampaign } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { SECRET } from '../support/reference-campaign.ts'
import { bodyOf, linkIn, openWeb, statementCounter, type Web } from '../support/web.ts'

let store: Store
let web: Web
let people: { delivery: string; subscriber: string }[]
const keys = tokenKeys(SECRET)

beforeAll(async () => {
  store = await testDatabase()
  web = await openWeb(store)
  const id = await launchedCampaign(store.db, {
    addresses: Array.from({ length: 12 }, (_, n) => `seed${n}@example.org`),
  })
  const { rows } = await sql<{ delivery: string; subscriber: string }>`
    SELECT id AS delivery, subscriber_id AS subscriber FROM delivery WHERE campaign_id = ${id} ORDER BY id`.execute(
    store.db,
  )
  people = rows
})
afterAll(async () => {
  await web?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
})

function tokenOf(n: number, purpose: Purpose = 'unsubscribe'): string {
  const person = people[n]
  if (person === undefined) throw new Error(`there is no person ${n}`)
  return signToken(keys, purpose, { deliveryId: BigInt(person.delivery), subscriberId: BigInt(person.subscriber) })
}

async function suppressionOf(n: number) {
  const { rows } = await sql<{ reason: string; channel: string }>`
    SELECT p.reason, p.channel FROM suppression p JOIN subscriber s USING (address_key) WHERE s.address = ${`seed${n}@example.org`}`.execute(
    store.db,
  )
  return rows[0]
}

const MULTIPART = [
  '--cut',
  'Content-Disposition: form-data; name="List-Unsubscribe"',
  '',
  'One-Click',
  '--cut--',
  '',
].join('\r\n')
const SHAPES: [name: string, init: RequestInit][] = [
  [
    'urlencoded',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' },
  ],
  ['multipart', { headers: { 'content-type': 'multipart/form-data; boundary=cut' }, body: MULTIPART }],
  ['no content type', { body: Buffer.from('List-Unsubscribe=One-Click') }],
  ['text/plain', { headers: { 'content-type': 'text/plain' }, body: 'List-Unsubscribe=One-Click' }],
]

test.each(SHAPES.map(([name, init], index) => ({ name, init, index })))(
  'a one-click POST that is $name, without Origin, suppresses before it answers: 200, no redirect, no cookie',
  async ({ init, index }) => {
    const response = await web.app.request(`/u/${tokenOf(index)}`, { method: 'POST', ...init })
    expect(await suppressionOf(index)).toEqual({ reason: 'unsubscribe', channel: 'one_click' })
    expect(response.status).toBe(200)
    expect(response.headers.get('location')).toBeNull()
    expect(response.headers.get('set-cookie')).toBeNull()
    expect((await response.text()).length).toBeLessThan(5_000)
  },
)

test('a second POST is 200 as well, and changes nothing', async () => {
  const place = `/u/${tokenOf(4)}`
  await web.post(place, { 'List-Unsubscribe': 'One-Click' })
  const again = await web.post(place)
  expect(again.status).toBe(200)
  expect(await suppressionOf(4)).toEqual({ reason: 'unsubscribe', channel: 'one_click' })
})

test('the button of the page is a POST without fields, noted as the page', async () => {
  const page = await bodyOf(web.app.request(`/u/${tokenOf(5)}`))
  expect(page).toContain('<form method="post">')
  expect(await suppressionOf(5)).toBeUndefined()
  await web.post(`/u/${tokenOf(5)}`)
  expect(await suppressionOf(5)).toEqual({ reason: 'unsubscribe', channel: 'page' })
})

test('GET, HEAD and OPTIONS change nothing (T10)', async () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS']) await web.app.request(`/u/${tokenOf(6)}`, { method })
  expect(await suppressionOf(6)).toBeUndefined()
})

test('T9: damaged, foreign, previewed and vanished tokens get one answer, whatever is asked', async () => {
  const good = tokenOf(7)
  const flipped = `${good.slice(0, -2)}${good.at(-2) === 'A' ? 'B' : 'A'}${good.at(-1)}`
  const bad = [
    'x',
    flipped,
    tokenOf(7, 'preferences'),
    signToken(tokenKeys('another secret of another house'), 'unsubscribe', { deliveryId: 1n, subscriberId: 1n }),
    signToken(keys, 'unsubscribe', { deliveryId: 0n, subscriberId: 0n }),
    signToken(keys, 'unsubscribe', { deliveryId: 999_999n, subscriberId: 999_999n }),
  ]
  for (const method of ['GET', 'POST']) {
    const answers = await Promise.all(
      bad.map(async (token) => {
        const response = await web.app.request(`/u/${token}`, { method })
        return [response.status, await response.text(), [...response.headers].map(([name]) => name)]
      }),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.[0]).toBe(404)
  }
  expect(await suppressionOf(7)).toBeUndefined()
})

test('a person who is erased can still press the link in the mail they have', async () => {
  await sql`DELETE FROM subscriber WHERE address = 'seed7@example.org'`.execute(store.db)
  const page = await web.app.request(`/u/${tokenOf(7)}`)
  expect(page.status).toBe(200)
  expect((await web.post(`/u/${tokenOf(7)}`)).status).toBe(200)
  expect((await web.app.request(`/p/${tokenOf(7, 'preferences')}`)).status).toBe(404)
  expect((await web.post(`/u/${tokenOf(7)}/undo`)).status).toBe(404)
})

test('T9: a bad token costs the database exactly what a good one does', async () => {
  const count = await statementCounter(web.site)
  const cost = (path: string, method: string): Promise<number> => count(path, { method })
  const good = tokenOf(11)
  for (const bad of ['x', `${good}A`, tokenOf(11, 'preferences')]) {
    expect(await cost(`/u/${bad}`, 'GET')).toBe(await cost(`/u/${good}`, 'GET'))
    expect(await cost(`/p/${bad}A`, 'GET')).toBe(await cost(`/p/${tokenOf(11, 'preferences')}`, 'GET'))
    expect(await cost(`/u/${bad}`, 'POST')).toBe(1)
  }
  expect(await cost(`/u/${good}`, 'GET')).toBe(1)
  expect(await cost(`/u/${good}`, 'POST')).toBe(1)
})

test('an earlier secret still opens its links', async () => {
  const old = tokenKeys('an earlier secret of this house')
  const rotated = { ...web.site, keys: tokenKeys(SECRET, ['an earlier secret of this house']) }
  const app = await createWeb(rotated)
  const person = people[8]
  const token = signToken(old, 'unsubscribe', {
    deliveryId: BigInt(person?.delivery ?? 0),
    subscriberId: BigInt(person?.subscriber ?? 0),
  })
  expect((await app.request(`/u/${token}`, { method: 'POST' })).status).toBe(200)
  expect(await suppressionOf(8)).toBeDefined()
})

test('undo: a link goes to the address alone, works once, within 30 minutes, and not for a complaint', async () => {
  const token = tokenOf(9)
  await web.post(`/u/${token}`)
  await web.mails()
  const asked = await web.post(`/u/${token}/undo`)
  const [mail] = await web.mails()
  expect(mail?.to?.[0]?.address).toBe('seed9@example.org')
  expect(mail?.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated')
  const link = linkIn(mail, '/c/')
  expect(await asked.text()).not.toContain(link)
  expect(await bodyOf(web.app.request(link))).toContain('Keep me on the list')
  expect(await suppressionOf(9)).toBeDefined()
  expect((await web.post(link)).status).toBe(200)
  expect(await suppressionOf(9)).toBeUndefined()
  expect((await web.post(link)).status).toBe(404)

  await web.post(`/u/${token}`)
  await web.post(`/u/${token}/undo`)
  const [late] = await web.mails()
  web.clock.advance(30 * 60_000)
  expect((await web.post(linkIn(late, '/c/'))).status).toBe(404)
  expect(await suppressionOf(9)).toBeDefined()

  await sql`UPDATE suppression SET reason = 'complaint' WHERE address_key = (SELECT address_key FROM subscriber WHERE address = 'seed9@example.org')`.execute(
    store.db,
  )
  await web.post(`/u/${token}/undo`)
  expect(await web.mails()).toEqual([])
})

test('no more than three undo mails go to an address in a day', async () => {
  const token = tokenOf(10)
  await web.post(`/u/${token}`)
  await Promise.all(Array.from({ length: 8 }, () => web.post(`/u/${token}/undo`)))
  expect(await web.mails()).toHaveLength(3)
})

test('the log has the pattern of the route, and neither tokens nor addresses (T20)', async () => {
  const token = tokenOf(11)
  await web.app.request(`/u/${token}`)
  await web.post(`/u/${token}`)
  const log = web.log()
  expect(log).toContain('"route":"/u/:token"')
  expect(log).not.toContain(token)
  expect(log).not.toContain('@example.org')
})

test('every answer carries the headers that keep its link to itself', async () => {
  for (const place of [`/u/${tokenOf(0)}`, '/u/nonsense', '/nowhere', '/help', '/join']) {
    const { headers } = await web.app.request(place)
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-robots-tag')).toContain('noindex')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
  }
})

test('a body of more than 64 KB is refused unread', async () => {
  const response = await web.app.request('/join', {
    method: 'POST',
    body: 'a'.repeat(70_000),
    headers: { 'content-length': '70000' },
  })
  expect(response.status).toBe(413)
})
