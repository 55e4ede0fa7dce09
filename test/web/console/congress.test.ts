// Congress in the console: what is known, how fresh it is, and what staff decide about it.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../../src/store/connect.ts'
import { asJson, sampleRollCall, withPositions } from '../../congress/sample-files.ts'
import { landing, signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let viewer: Person
let author: Person
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  web = await openWeb(store)
  viewer = await signedIn(web, 'viewer')
  author = await signedIn(web, 'author')
})
afterAll(async () => {
  await web?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
})

async function send(person: Person, text: string, name: string, fields: Record<string, string> = {}) {
  const body = new FormData()
  for (const [field, value] of Object.entries(fields)) body.set(field, value)
  body.set('file', new File([text], name))
  return web.app.request(`/console/congress/import?csrf=${encodeURIComponent(person.csrf)}`, {
    method: 'POST',
    headers: { cookie: person.cookie, origin: 'https://alerts.rollcall.example' },
    body,
  })
}

test('the state of the data names every source, and a viewer decides nothing', async () => {
  const page = await viewer.page('/congress')
  expect(page).toContain('legislators')
  expect(page).toContain('zip-map')
  expect(page).toContain('115th')
  expect(page).toContain('Serve today')
  expect(page).not.toContain('Import a file')
  expect((await viewer.get('/congress/import')).status).toBe(403)
  expect((await send(viewer, '{}', 'x.json')).status).toBe(403)
  expect((await viewer.post('/congress/end-term', {})).status).toBe(403)
})

test('roll calls are found by words, bill and chamber; one shows tallies by party and who voted off-party', async () => {
  const all = await viewer.page('/congress/roll-calls')
  expect(all).toContain('House 708')
  expect(all).toContain('Senate 325')
  const house = await viewer.page('/congress/roll-calls?chamber=house&text=hr1370')
  expect(house).toContain('House 708')
  expect(house).not.toContain('Senate 325')
  expect(await viewer.page('/congress/roll-calls?text=%25')).toContain('No roll call fits')
  const one = await viewer.page('/congress/roll-calls/h708-115.2017')
  expect(one).toContain('231')
  expect(one).toMatch(/Off-party/)
  expect(one).toContain('All 432 positions')
  expect((await viewer.get('/congress/roll-calls/h1-115.2017')).status).toBe(404)
})

test('legislators are found by any part of a name or by an id, with terms and positions', async () => {
  const found = await viewer.page('/congress/legislators?text=blumenauer')
  expect(found).toContain('/congress/legislators/B000574')
  expect(await viewer.page('/congress/legislators?text=B000574')).toContain('Blumenauer')
  const page = await viewer.page('/congress/legislators/B000574')
  expect(page).toContain('House OR-3')
  expect(page).toContain('/congress/roll-calls/h708-115.2017')
  expect((await viewer.get('/congress/legislators/X000000')).status).toBe(404)
  const serving = await viewer.page('/congress/legislators?serving=on')
  expect(serving.match(/\/congress\/legislators\/[A-Z]\d{6}/g)).toHaveLength(50)
})

test('a ZIP is looked up on a day; a split one shows candidates', async () => {
  const certain = await viewer.page('/congress/zip?zip=97212&on=2018-01-03')
  expect(certain).toContain('Blumenauer')
  expect(certain).not.toContain('a candidate')
  const { rows } = await sql<{ zip: string }>`
    SELECT zip FROM zip_seat WHERE map_id = '115' GROUP BY zip HAVING count(*) = 2 ORDER BY zip LIMIT 1`.execute(
    store.db,
  )
  expect(await viewer.page(`/congress/zip?zip=${rows[0]?.zip}&on=2018-01-03`)).toContain('a candidate')
  const bad = await viewer.get('/congress/zip?zip=9721')
  expect(bad.status).toBe(422)
  expect(await bad.text()).toContain('is no ZIP code')
  expect((await viewer.get('/congress/zip?zip=97212&on=1990-01-01')).status).toBe(422)
})

test('a file is imported in the name of who sent it; what it could not say is an issue until somebody settles it', async () => {
  const known = sampleRollCall('h708-115.2017')
  const spoiled = withPositions({ ...known, id: 'h709-115.2017', number: 709 }, ([first, ...others]) =>
    first === undefined ? [] : [{ ...first, memberId: 'Z999999' }, ...others],
  )
  const answer = await send(author, asJson(spoiled), 'data.json')
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('data.json')
  const { rows } = await sql<{ actor: string }>`
    SELECT actor FROM audit_entry WHERE act = 'import congress data' ORDER BY id DESC LIMIT 1`.execute(store.db)
  expect(rows).toEqual([{ actor: `${author.name} #${author.id}` }])
  expect(await viewer.page('/congress/roll-calls/h709-115.2017')).toContain('Z999999')

  const { rows: issues } = await sql<{ id: string }>`
    SELECT id FROM import_issue WHERE roll_call_id = 'h709-115.2017' AND resolved_at IS NULL ORDER BY id`.execute(
    store.db,
  )
  const [issue] = issues
  expect(await author.page('/congress')).toContain(`/congress/issues/${issue?.id}/resolve`)
  expect((await viewer.post(`/congress/issues/${issue?.id}/resolve`, { reason: 'seen' })).status).toBe(403)
  expect((await author.post(`/congress/issues/${issue?.id}/resolve`, { reason: ' ' })).status).toBe(422)
  expect(landing(await author.post(`/congress/issues/${issue?.id}/resolve`, { reason: 'a typo of the file' }))).toBe(
    '/congress',
  )
  expect((await author.post(`/congress/issues/${issue?.id}/resolve`, { reason: 'again' })).status).toBe(422)
})

test('T7 what is no file of ours is refused with why, and a form without our token is not read', async () => {
  const refused = await send(author, '<html>not found</html>', 'page.xml')
  expect(refused.status).toBe(422)
  expect(await refused.text()).toContain('Nothing of the file was taken')
  expect((await send({ ...author, csrf: 'made up' }, 'x', 'x.csv')).status).toBe(403)
  const empty = await web.app.request(`/console/congress/import?csrf=${encodeURIComponent(author.csrf)}`, {
    method: 'POST',
    headers: { cookie: author.cookie, origin: 'https://alerts.rollcall.example', 'content-type': 'text/plain' },
    body: 'x',
  })
  expect(empty.status).toBe(422)
})

test('staff end a term that the files end too late, with a reason', async () => {
  const page = '/congress/legislators/B000574'
  const fields = { bioguide: 'B000574', seat: 'US-H-OR-03', end: '2018-06-01', reason: 'a trial' }
  expect((await author.post('/congress/end-term', { ...fields, reason: '' })).status).toBe(422)
  expect(landing(await author.post('/congress/end-term', fields))).toBe(page)
  expect(await author.page(page)).toContain('said by staff')
})
