// The compliance desk over HTTP: finding, suppressing, releasing, requests, logs and downloads, without an address in any URL.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../../src/store/connect.ts'
import { BOM } from '../../../src/audience/csv-cell.ts'
import { landing, signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { addSubscribers, keyOf } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let officer: Person
let addresses: string[]
beforeAll(async () => {
  store = await testDatabase()
  web = await openWeb(store)
  officer = await signedIn(web, 'compliance')
  addresses = await addSubscribers(store.db, ['97212', '92373', '20001', null, null, null])
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const addressOf = (person: number) => addresses[person] ?? ''
const hexOf = (person: number) => keyOf(addressOf(person)).toString('hex')

/** Takes in a request and returns its path. */
async function request(kind: string, person: number): Promise<string> {
  const answer = await officer.post('/compliance/requests', { kind, address: addressOf(person), note: 'by letter' })
  expect(answer.status).toBe(303)
  return landing(answer)
}

const upload = (text: string) => {
  const body = new FormData()
  body.set('csrf', officer.csrf)
  body.set('file', new File([text], 'list.csv', { type: 'text/csv' }))
  return web.app.request('/console/compliance/suppressions/upload', {
    method: 'POST',
    headers: { cookie: officer.cookie, origin: 'https://alerts.rollcall.example' },
    body,
  })
}

describe('suppressions', () => {
  test('T20 a person is found by address, and the URL holds the keyed hash alone', async () => {
    const answer = await officer.post('/compliance/find', {
      to: '/compliance/suppressions',
      who: ' Person0@Example.org ',
    })
    expect(landing(answer)).toBe(`/compliance/suppressions?key=${hexOf(0)}`)
    const page = await officer.page(landing(answer))
    expect(page).toContain('Nobody who fits is suppressed')
    expect(page).not.toContain(addressOf(0))
  })

  test('what is no address, and a key that is too short, are told at the field', async () => {
    for (const [who, says] of [
      ['nobody', 'nobody'],
      ['abc', 'too little of a key'],
    ] as const) {
      const answer = await officer.post('/compliance/find', { to: '/compliance/consents', who })
      expect(answer.status).toBe(422)
      const text = await answer.text()
      expect(text).toContain(says)
      expect(text).toContain(`value="${who}"`)
    }
    expect((await officer.post('/compliance/find', { to: 'https://evil.example', who: 'a@example.org' })).status).toBe(
      404,
    )
  })

  test('addresses are suppressed as typed, once each; one bad line and nothing is done', async () => {
    const bad = await officer.post('/compliance/suppressions/add', {
      addresses: `${addressOf(0)}\nnot an address`,
      reason: 'manual',
    })
    expect(bad.status).toBe(422)
    expect(await bad.text()).toContain('Nothing was suppressed')
    const good = await officer.post('/compliance/suppressions/add', {
      addresses: `${addressOf(0)}, ${addressOf(1)}\n${addressOf(1).toUpperCase()}`,
      reason: 'manual',
      note: 'by phone',
    })
    expect(landing(good)).toBe('/compliance/suppressions')
    const page = await officer.page('/compliance/suppressions?reason=manual')
    expect(page).toContain('2 suppressed')
    expect(page).toContain(hexOf(0).slice(0, 12))
    expect(page).toContain(officer.name)
    expect(await officer.page('/compliance/suppressions?reason=legal')).toContain('Nobody is suppressed')
    expect(await officer.page(`/compliance/suppressions?key=${hexOf(1).slice(0, 8)}`)).toContain(hexOf(1).slice(0, 12))
  })

  test('one is lifted only with a reason, which is in the ledger', async () => {
    const path = `/compliance/suppressions/${hexOf(1)}/release`
    const empty = await officer.post(path, { why: ' ' })
    expect(empty.status).toBe(422)
    expect(await empty.text()).toContain('Say what the person did')
    await officer.post(path, { why: 'asked by phone on 3 January' })
    expect(await officer.page(`/compliance/suppressions?key=${hexOf(1)}`)).toContain('may be written to again')
    const ledger = await officer.page(`/compliance/consents?key=${hexOf(1)}`)
    expect(ledger).toContain('asked by phone on 3 January')
    expect(ledger).toContain('May be written to')
    expect((await officer.post(path, { why: 'again' })).status).toBe(404)
  })

  test('a list is taken as a file; refused rows are shown; what is no list is told at the field', async () => {
    const answer = await upload(`email,reason\r\nzz1@example.net,complaint\r\nbroken,\r\n`)
    expect(answer.status).toBe(200)
    const text = await answer.text()
    expect(text).toContain('2 rows: 1 suppressed, 0 were already, 1 refused')
    expect(text).toContain('broken')
    const none = await upload('first,second\r\na,b\r\n')
    expect(none.status).toBe(422)
    expect(await none.text()).toContain('Nothing was suppressed')
  })

  test('the download reads back as it is, the keys hold no address, and both are in the audit log', async () => {
    const csv = await (await officer.get('/compliance/suppressions/download.csv')).text()
    expect(csv.startsWith(`${BOM}address_key,email,reason`) || csv.startsWith('address_key,email,reason')).toBe(true)
    expect(csv).toContain(addressOf(0))
    expect(await (await upload(csv)).text()).toContain('0 suppressed, 2 were already, 0 refused')
    const keys = await officer.get('/compliance/suppressions/keys.txt')
    expect(keys.headers.get('content-disposition')).toContain('attachment')
    expect((await keys.text()).split('\n')).toContain(hexOf(0))
    const log = await officer.page('/compliance/audit?act=download+suppressions')
    expect(log).toContain('download suppressions')
  })
})

describe('data requests', () => {
  test('an export is taken in, made once, and fetched as JSON and CSV for seven days, each time in the audit log', async () => {
    const path = await request('export', 2)
    const open = await officer.page('/compliance/requests')
    expect(open).toContain('30 days left')
    expect(open).toContain('by letter')
    expect((await officer.get(`${path}/files/everything.json`)).status).toBe(404)
    await officer.post(`${path}/export`)
    expect((await officer.post(`${path}/export`)).status).toBe(422)
    const page = await officer.page(path)
    expect(page).toContain('everything.json')
    const json = await officer.get(`${path}/files/everything.json`)
    expect(json.headers.get('cache-control')).toContain('no-store')
    expect(JSON.parse(await json.text())).toMatchObject({ profile: [{ address: addressOf(2), zip: '20001' }] })
    expect(await (await officer.get(`${path}/files/profile.csv`)).text()).toContain(addressOf(2))
    expect((await officer.get(`${path}/files/other.csv`)).status).toBe(404)
    const id = path.split('/').at(-1)
    const log = await officer.page(`/compliance/audit?object=data-request%2F${id}`)
    expect(log).toContain('download export')
    await sql`UPDATE data_request SET done_at = done_at - interval '8 days' WHERE id = ${id}`.execute(store.db)
    expect((await officer.get(`${path}/files/profile.csv`)).status).toBe(404)
  })

  test('a request in the name of nobody or of the future is told at its field, and what was typed stays', async () => {
    const answer = await officer.post('/compliance/requests', {
      kind: 'erase',
      address: 'nobody',
      requestedOn: '2099-01-01',
      note: 'kept note',
    })
    expect(answer.status).toBe(422)
    const text = await answer.text()
    expect(text).toContain('is no day up to today')
    expect(text).toContain('value="nobody"')
    expect(text).toContain('kept note')
  })

  test('what is wrong is corrected, and a bad ZIP leaves the request open', async () => {
    const path = await request('rectify', 3)
    const bad = await officer.post(`${path}/rectify`, { zip: '9721', firstName: 'Ada' })
    expect(bad.status).toBe(422)
    expect(await bad.text()).toContain('value="Ada"')
    const none = await officer.post(`${path}/rectify`)
    expect(await none.text()).toContain('Nothing is given')
    await officer.post(`${path}/rectify`, { zip: '97212-1234', firstName: 'Ada' })
    expect(await officer.page(path)).toContain('first name, zip, plus4')
    const person = await store.db
      .selectFrom('subscriber')
      .select(['first_name', 'zip'])
      .where('address', '=', addressOf(3))
      .executeTakeFirst()
    expect(person).toEqual({ first_name: 'Ada', zip: '97212' })
  })

  test('erasing needs the word; then the person is gone and stays suppressed', async () => {
    const path = await request('erase', 4)
    const without = await officer.post(`${path}/erase`, { typed: 'yes' })
    expect(without.status).toBe(422)
    expect(await without.text()).toContain('nothing was erased')
    await officer.post(`${path}/erase`, { typed: 'erase' })
    const page = await officer.page(path)
    expect(page).toContain('The person is erased')
    expect(page).toContain('no subscriber has this address')
    expect(await officer.page(`/compliance/suppressions?key=${hexOf(4)}`)).toContain('erased or legal')
    const left = await sql<{
      count: number
    }>`SELECT count(*)::int AS count FROM subscriber WHERE address = ${addressOf(4)}`.execute(store.db)
    expect(left.rows).toEqual([{ count: 0 }])
  })

  test('a late request is marked, first in the list, and counted on the overview', async () => {
    await officer.post('/compliance/requests', { kind: 'export', address: addressOf(5), requestedOn: '2017-11-01' })
    expect(await officer.page('/compliance/requests')).toContain('overdue by')
    expect(await officer.page('/compliance')).toMatch(/Requests overdue<\/dt><dd>1</)
    expect(await officer.page(`/compliance/requests?key=${hexOf(5)}`)).toContain('overdue by')
  })
})

describe('the records', () => {
  test('the proof over the whole ledger is run, kept with its date, and shown', async () => {
    expect(await officer.page('/compliance')).toContain('It has not been run yet')
    await officer.post('/compliance/check')
    const page = await officer.page('/compliance')
    expect(page).toContain('something does not hold')
    expect(page).toContain(`run by ${officer.name}`)
    expect(page).toContain('the chain holds')
  })

  test('the chain is verified, against a head that was written down, too', async () => {
    const whole = await (await officer.post('/compliance/audit/verify')).text()
    expect(whole).toContain('the chain holds')
    const [, head = ''] = /<code>([0-9a-f]{64})<\/code>/.exec(whole) ?? []
    expect(await (await officer.post('/compliance/audit/verify', { expected: head })).text()).toContain(
      'the chain holds',
    )
    expect(await (await officer.post('/compliance/audit/verify', { expected: 'f'.repeat(64) })).text()).toContain(
      'Broken at entry',
    )
    expect((await officer.post('/compliance/audit/verify', { expected: 'abc' })).status).toBe(422)
  })

  test('the audit log is narrowed down by who, what and to what, and downloaded so', async () => {
    const actor = encodeURIComponent(`${officer.name} #${officer.id}`)
    expect(await officer.page(`/compliance/audit?actor=${actor}`)).toContain('<td class="">take erase request</td>')
    expect(await officer.page('/compliance/audit?actor=nobody')).toContain('Nothing in the log fits')
    const csv = await (await officer.get(`/compliance/audit.csv?act=suppress`)).text()
    const acts = csv
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',')[4])
    expect(new Set(acts)).toEqual(new Set(['suppress']))
  })

  test('opt-outs show how long each took, by channel, and as CSV', async () => {
    await sql`INSERT INTO opt_out (address_key, channel, requested_at, effective_at) VALUES (${keyOf(addressOf(0))}, 'reply', now() - interval '1 s', now() - interval '0.75 s')`.execute(
      store.db,
    )
    const page = await officer.page('/compliance/opt-outs?channel=reply')
    expect(page).toContain('250 ms')
    expect(await officer.page('/compliance/opt-outs?channel=mailto')).toContain('No wish fits')
    const csv = await (await officer.get('/compliance/opt-outs.csv?channel=reply')).text()
    expect(csv).toContain(`,${hexOf(0)},reply,`)
  })

  test('retention is run by hand, and each run is there to read', async () => {
    expect(await officer.page('/compliance/retention')).toContain('late')
    await officer.post('/compliance/retention/run')
    const page = await officer.page('/compliance/retention')
    expect(page).toContain('kinds of data were looked through')
    expect(page).toContain('in time')
    expect(page).toContain(`${officer.name} #${officer.id}`)
  })

  test('T20 no page of the desk and no log line holds an address that was typed', async () => {
    for (const path of [
      '',
      '/suppressions',
      '/opt-outs',
      '/feedback',
      '/requests?show=all',
      '/consents',
      '/audit',
      '/retention',
    ])
      expect(await officer.page(`/compliance${path}`)).not.toMatch(/person\d@example\.org/)
    expect(web.log()).not.toMatch(/person\d@|%40/)
  })
})
