// /join: nobody is on the list without the click, and nobody can be bombed with confirmations (T22).
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { consentHistory } from '../../src/audience/consents.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { addSubscribers, keyOf } from '../support/reference-campaign.ts'
import { bodyOf, headersOf, linkIn, openWeb, statementCounter, type Web } from '../support/web.ts'

let store: Store
let web: Web
beforeAll(async () => {
  store = await testDatabase()
  web = await openWeb(store)
})
afterAll(async () => {
  await web?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
})

const AGREED = { first_name: 'Ada', last_name: '', zip: '97212', consent: 'yes' }

async function personOf(address: string) {
  const { rows } = await sql<{ first_name: string; zip: string | null }>`
    SELECT first_name, zip FROM subscriber WHERE address_key = ${keyOf(address)}`.execute(store.db)
  return rows[0]
}

test('the click behind the mailed link subscribes, and the ledger keeps the version of the words', async () => {
  const response = await web.post('/join', { ...AGREED, address: 'New@example.org' })
  expect(response.status).toBe(200)
  expect(await personOf('new@example.org')).toBeUndefined()
  const [mail] = await web.mails()
  expect(mail?.to?.[0]?.address).toBe('New@example.org')
  const link = linkIn(mail, '/c/')
  expect(await bodyOf(web.app.request(link))).toContain('Yes, put me on the list')
  expect(await personOf('new@example.org')).toBeUndefined()
  expect((await web.post(link)).status).toBe(200)
  expect(await personOf('new@example.org')).toEqual({ first_name: 'Ada', zip: '97212' })
  expect(await consentHistory(store.db, keyOf('new@example.org'))).toMatchObject([
    { act: 'subscribed', basis: 'double opt-in', wording: 'join-2026-1', evidence: { form: 'join', language: 'en' } },
  ])
  expect((await web.post(link)).status).toBe(404)
})

test('a link that confirms does not work as one that refuses', async () => {
  await web.post('/join', { ...AGREED, address: 'mixed-up@example.org' })
  const [mail] = await web.mails()
  const wrong = linkIn(mail, '/c/').replace('/c/', '/o/')
  expect((await web.app.request(wrong)).status).toBe(404)
  expect((await web.post(wrong)).status).toBe(404)
  const { rows } = await sql`SELECT FROM suppression WHERE address_key = ${keyOf('mixed-up@example.org')}`.execute(
    store.db,
  )
  expect(rows).toEqual([])
})

test('T22: 1,000 sign-ups for one address send one mail', async () => {
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        web.post('/join', { ...AGREED, address: n % 2 === 0 ? 'target@example.org' : 'TARGET@EXAMPLE.ORG' }),
      ),
    )
  }
  expect(await web.mails()).toHaveLength(1)
  web.clock.advance(86_400_000)
  await web.post('/join', { ...AGREED, address: 'target@example.org' })
  expect(await web.mails()).toHaveLength(1)
})

test('the answer is the same for a new, a known and a suppressed address, and the last gets nothing', async () => {
  await addSubscribers(store.db, ['20001'], 'known')
  await sql`INSERT INTO suppression (address_key, reason, channel, set_by, set_at) VALUES (${keyOf('gone@example.org')}, 'unsubscribe', 'page', 'test', now())`.execute(
    store.db,
  )
  const answers: unknown[] = []
  for (const address of ['brand-new@example.org', 'known0@example.org', 'gone@example.org', 'gone@example.org']) {
    const response = await web.post('/join', { ...AGREED, address })
    answers.push(JSON.stringify([response.status, await response.text(), headersOf(response)]))
  }
  expect(new Set(answers).size).toBe(1)
  await sql`INSERT INTO suppression (address_key, reason, channel, set_by, set_at) VALUES (${keyOf('left@example.org')}, 'complaint', 'complaint', 'test', now())`.execute(
    store.db,
  )
  const cost = await statementCounter(web.site)
  const form = (address: string) => ({ method: 'POST', body: new URLSearchParams({ ...AGREED, address }) })
  expect(await cost('/join', form('left@example.org'))).toBe(await cost('/join', form('right@example.org')))
  const mails = await web.mails()
  expect(new Set(mails.map((mail) => mail.to?.[0]?.address))).toEqual(
    new Set(['brand-new@example.org', 'known0@example.org', 'right@example.org']),
  )
  const known = mails.find((mail) => mail.to?.[0]?.address === 'known0@example.org')
  await web.post(linkIn(known, '/c/'))
  expect(await personOf('known0@example.org')).toEqual({ first_name: 'Ada', zip: '97212' })
})

test('an opt-out between mail and click wins', async () => {
  await web.post('/join', { ...AGREED, address: 'second-thoughts@example.org' })
  const [mail] = await web.mails()
  await sql`INSERT INTO suppression (address_key, reason, channel, set_by, set_at) VALUES (${keyOf('second-thoughts@example.org')}, 'unsubscribe', 'mailto', 'test', now())`.execute(
    store.db,
  )
  expect((await web.post(linkIn(mail, '/c/'))).status).toBe(404)
  expect(await personOf('second-thoughts@example.org')).toBeUndefined()
})

test('a link that is a day old does nothing any more, and what it carried is cleared away in time', async () => {
  await web.post('/join', { ...AGREED, address: 'late@example.org' })
  const [mail] = await web.mails()
  web.clock.advance(86_400_000)
  expect((await web.post(linkIn(mail, '/c/'))).status).toBe(404)
  web.clock.advance(86_400_001)
  await web.post('/join', { ...AGREED, address: 'later@example.org' })
  const { rows } = await sql`SELECT FROM page_link WHERE detail->>'address' = 'late@example.org'`.execute(store.db)
  expect(rows).toEqual([])
})

test('without a mark, an address or five digits the form comes back and nothing is sent', async () => {
  await web.mails()
  for (const fields of [{ consent: '' }, { address: 'nobody' }, { zip: '972' }, { first_name: 'a'.repeat(101) }]) {
    const response = await web.post('/join', { ...AGREED, address: 'form@example.org', ...fields })
    expect(response.status).toBe(422)
    expect(await response.text()).toContain('needs another look')
  }
  expect(await web.mails()).toEqual([])
})

test.each([
  ['multipart/form-data', 'no boundary at all'],
  ['multipart/form-data; boundary=cut', '--cut\r\nbroken'],
  ['application/x-www-form-urlencoded', '%ff=%00&&&=&address=%'],
  ['application/json', '{"address":"a@example.org"}'],
  ['nonsense', 'nonsense'],
])('a body of type %s that is no form brings the form back', async (type, body) => {
  const response = await web.app.request('/join', { method: 'POST', headers: { 'content-type': type }, body })
  expect(response.status).toBe(422)
})

test('a visitor who reads Spanish gets the page and the mail in Spanish, and ?lang= beats the browser', async () => {
  const spanish = { 'accept-language': 'es-MX,es;q=0.9,en;q=0.5' }
  expect(await bodyOf(web.app.request('/join', { headers: spanish }))).toContain('<html lang="es">')
  expect(await bodyOf(web.app.request('/join?lang=en', { headers: spanish }))).toContain('<html lang="en">')
  await web.post('/join?lang=es', { ...AGREED, address: 'amigo@example.org' })
  const [mail] = await web.mails()
  expect(mail?.subject).toContain('Confirme')
  expect(mail?.headers.find(({ key }) => key === 'content-language')?.value).toBe('es')
  expect(linkIn(mail, '/c/')).toMatch(/\?lang=es$/)
})
