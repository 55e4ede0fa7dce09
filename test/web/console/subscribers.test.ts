// Subscribers in the console: found, corrected, suppressed, exported; each role sees and does what is its own.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keyOf } from '../../support/reference-campaign.ts'
import { landing, signedIn, type Person } from '../../support/console.ts'
import { launchedWeb, type LaunchedWeb } from '../../support/launched-web.ts'

let here: LaunchedWeb
let author: Person
let officer: Person
beforeAll(async () => {
  here = await launchedWeb(['97212', '92373', '20001', '10001', null])
  author = await signedIn(here.web, 'author')
  officer = await signedIn(here.web, 'compliance')
})
afterAll(() => here?.[Symbol.asyncDispose]())

const at = (person: number) => `/subscribers/${here.subscriberOf(person)}`

async function fieldsOf(person: number) {
  const { rows } = await sql<Record<string, string | null>>`
    SELECT address, first_name, last_name, zip, plus4 FROM subscriber WHERE id = ${here.subscriberOf(person)}`.execute(
    here.store.db,
  )
  return rows[0]
}

test('the list shows everybody with state and standing, and narrows by place and standing', async () => {
  const everybody = await author.page('/subscribers')
  expect(everybody).toContain('5 subscribers')
  expect(everybody).toContain('seeded-person0@example.org')
  expect(everybody).toContain('<td class="extra">OR</td>')
  const oregon = await author.page('/subscribers?state=OR')
  expect(oregon).toContain('1 subscriber')
  expect(oregon).not.toContain('seeded-person1@example.org')
  expect(await author.page('/subscribers?zip=923&sort=address')).toContain('seeded-person1@example.org')
  expect(await author.page('/subscribers?standing=suppressed')).toContain('Nobody matches')
})

test('T20 a search for an address is a form, and no address comes into a URL', async () => {
  const exact = await author.post('/subscribers', { text: 'Seeded-Person2@example.org' })
  expect(landing(exact)).toBe(at(2))
  const begun = await (await author.post('/subscribers', { text: 'seeded-person', sort: 'address' })).text()
  expect(begun).toContain('5 subscribers')
  expect(landing(await author.post('/subscribers', { text: '', state: 'CA' }))).toBe('/subscribers?state=CA')
  for (const text of ['@example.o', 'sam', 'seeded-person3@']) {
    expect(await (await author.post('/subscribers', { text })).text()).toContain('seeded-person3@example.org')
  }
  for (const page of [begun, await author.page('/subscribers')]) {
    expect([...page.matchAll(/(?:href|action)="([^"]*)"/g)].filter(([, url]) => /@|%40/.test(url ?? ''))).toEqual([])
  }
  expect(here.web.log()).not.toMatch(/seeded-person/i)
})

test('the page of a person tells what was sent and, to compliance alone, what must be proved', async () => {
  const seen = await author.page(at(0))
  expect(seen).toContain('seeded-person0@example.org')
  expect(seen).toContain('for ZIP 97212')
  expect(seen).toContain('are for compliance')
  expect(seen).not.toContain('Stop all mail to them')
  const proven = await officer.page(at(0))
  expect(proven).toContain('Stop all mail to them')
  expect(proven).not.toContain('are for compliance')
  expect((await author.get('/subscribers/999999')).status).toBe(404)
  expect((await author.get('/subscribers/none')).status).toBe(404)
})

test('a correction is held to the rules of an import and stands in the audit log by field, without what is in it', async () => {
  const fields = {
    first_name: 'Alma',
    last_name: "O'Brien",
    zip: '97212',
    address: 'seeded-person0@example.org',
    why: '',
  }
  const wrong = await author.post(`${at(0)}/edit`, { ...fields, zip: '9721' })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('value="9721"')
  expect(landing(await author.post(`${at(0)}/edit`, fields))).toBe(at(0))
  expect(await fieldsOf(0)).toMatchObject({ first_name: 'Alma', last_name: "O'Brien", zip: '97212' })
  const { rows } = await sql`
    SELECT actor, reason FROM audit_entry WHERE object = ${`subscriber/${here.subscriberOf(0)}`}`.execute(here.store.db)
  expect(rows).toEqual([{ actor: `${author.name} #${author.id}`, reason: 'firstName, lastName' }])
  expect(await officer.page(at(0))).toContain('correct subscriber')
})

test('another address needs a reason and a free address, and the consent goes with it', async () => {
  const fields = { first_name: 'Sam', last_name: 'Sample', zip: '92373', address: 'new.one@example.org' }
  expect((await author.post(`${at(1)}/edit`, { ...fields, why: '' })).status).toBe(422)
  const taken = await author.post(`${at(1)}/edit`, {
    ...fields,
    address: 'seeded-person2@example.org',
    why: 'by phone',
  })
  expect(await taken.text()).toContain('another subscriber has it')
  expect(landing(await author.post(`${at(1)}/edit`, { ...fields, why: 'asked by phone' }))).toBe(at(1))
  expect((await fieldsOf(1))?.['address']).toBe('new.one@example.org')
  const { rows } =
    await sql`SELECT act, basis FROM consent_event WHERE address_key = ${keyOf('new.one@example.org')}`.execute(
      here.store.db,
    )
  expect(rows).toEqual([{ act: 'subscribed', basis: 'address changed by staff' }])
})

test('compliance suppresses with a typed word and a reason, once, in their own name', async () => {
  const fields = { reason: 'legal', what: 'letter of 2 January' }
  expect((await officer.post(`${at(2)}/suppress`, fields)).status).toBe(422)
  expect((await officer.post(`${at(2)}/suppress`, { ...fields, typed: 'suppress', what: ' ' })).status).toBe(422)
  expect((await author.post(`${at(2)}/suppress`, { ...fields, typed: 'suppress' })).status).toBe(403)
  expect(landing(await officer.post(`${at(2)}/suppress`, { ...fields, typed: 'suppress' }))).toBe(at(2))
  const page = await officer.page(at(2))
  expect(page).toContain('suppressed: legal')
  expect(page).toContain('letter of 2 January')
  expect(page).not.toContain('Stop all mail to them')
  const { rows } = await sql`
    SELECT reason, channel, set_by FROM suppression WHERE address_key = ${keyOf('seeded-person2@example.org')}`.execute(
    here.store.db,
  )
  expect(rows).toEqual([{ reason: 'legal', channel: 'console', set_by: `${officer.name} #${officer.id}` }])
  expect(await author.page('/subscribers?standing=suppressed')).toContain('1 subscriber')
})

test('everything about a person leaves as JSON, as an answered request', async () => {
  const answer = await officer.post(`${at(3)}/export`)
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="data-request-\d+\.json"$/)
  const document = (await answer.json()) as { profile: { address: string }[]; deliveries: unknown[] }
  expect(document.profile.map(({ address }) => address)).toEqual(['seeded-person3@example.org'])
  expect(document.deliveries).toHaveLength(1)
  const { rows } = await sql`SELECT kind, done_at IS NOT NULL AS done FROM data_request`.execute(here.store.db)
  expect(rows).toEqual([{ kind: 'export', done: true }])
  expect((await author.post(`${at(3)}/export`)).status).toBe(403)
})

test('T6 the list leaves as CSV without those who are suppressed, formulas disarmed, and the audit log says who took it', async () => {
  await sql`UPDATE subscriber SET last_name = '=1+2' WHERE id = ${here.subscriberOf(3)}`.execute(here.store.db)
  const answer = await officer.post('/subscribers/export')
  const lines = (await answer.text()).replace('\ufeff', '').trim().split('\r\n')
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="subscribers.csv"')
  expect(lines).toHaveLength(5)
  expect(lines).toContain("seeded-person3@example.org,Sam,'=1+2,10001")
  const { rows } = await sql`SELECT actor FROM audit_entry WHERE act = 'export subscribers'`.execute(here.store.db)
  expect(rows).toEqual([{ actor: `${officer.name} #${officer.id}` }])
  expect((await author.post('/subscribers/export')).status).toBe(403)
})
