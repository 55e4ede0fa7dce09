// The way of a list through the console: sent, looked at, checked, imported, its rejects taken home.
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startUploads } from '../../../src/audience/upload-runs.ts'
import { loadZipKnowledge } from '../../../src/campaign/zip-knowledge.ts'
import type { Store } from '../../../src/store/connect.ts'
import { landing, signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { openWeb, type Web } from '../../support/web.ts'

const LIST = [
  'E-mail,E-mail Address,Vorname,ZIP,Notes',
  ',ann@example.org,Ann,97212,x',
  ',bad address,Bo,97212,x',
  ',cy@example.org,Cy,801,=1+2',
  '',
].join('\n')

let store: Store
let web: Web
let author: Person
let runs: AsyncDisposable
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  web = await openWeb(store)
  author = await signedIn(web, 'author')
  const { db, clock, addressKey, config } = web.site
  runs = await startUploads({
    db,
    clock,
    log: pino({ level: 'silent' }),
    home: config.ROLLCALL_HOME,
    addressKeyKey: addressKey,
    loadKnownZip: () => loadZipKnowledge(db),
    lookEveryMs: 20,
  })
})
afterAll(async () => {
  await runs?.[Symbol.asyncDispose]()
  await web?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
})

async function send(person: Person, body: FormData): Promise<Response> {
  return web.app.request(`/console/subscribers/imports?csrf=${encodeURIComponent(person.csrf)}`, {
    method: 'POST',
    headers: { cookie: person.cookie, origin: 'https://alerts.rollcall.example' },
    body,
  })
}

function formWith(text: string, name: string): FormData {
  const body = new FormData()
  body.set('list', new File([text], name))
  return body
}

async function shows(place: string, words: string): Promise<string> {
  await expect.poll(() => author.page(place), { timeout: 20_000 }).toContain(words)
  return author.page(place)
}

test('a list goes from file to import, and what was refused comes back as a file', async () => {
  const sent = await send(author, formWith(LIST, '../../county fair.csv'))
  expect(sent.status).toBe(303)
  const place = landing(sent)
  const open = await author.page(place)
  expect(open).toContain('county fair.csv')
  expect(open).toContain('ann@example.org')
  // Two columns could be the address: nobody guesses.
  expect(open).toContain('<option value="" selected="">Choose a column</option>')
  expect(open).toContain('<option value="ZIP" selected="">ZIP</option>')

  const wrong = await author.post(`${place}/check`, { column_zip: 'ZIP', source: 'the county fair' })
  expect(wrong.status).toBe(422)
  const kept = await wrong.text()
  expect(kept).toContain('choose the column that holds the e-mail address')
  expect(kept).toContain('value="the county fair"')

  const choices = {
    column_email: 'E-mail Address',
    column_first_name: 'Vorname',
    column_zip: 'ZIP',
    source: 'the county fair',
  }
  expect(landing(await author.post(`${place}/check`, choices))).toBe(place)
  const checked = await shows(place, 'What an import would do')
  expect(checked).toContain('the address holds a blank')
  expect(checked).toContain('Import this list')

  // Another look at the zeros of ZIPs: checked again, and better.
  await author.post(`${place}/check`, { ...choices, pad_zip: 'on' })
  expect(await shows(place, 'with zeros put back')).toContain('Would be added')
  expect(landing(await author.post(`${place}/import`))).toBe(place)
  const imported = await shows(place, 'What the import did')
  expect(imported).not.toContain('Discard the list')
  const rejects = await author.get(`${place}/rejects`)
  expect(rejects.headers.get('content-disposition')).toBe('attachment; filename="county_fair.rejects.csv"')
  const text = await rejects.text()
  expect(text).toContain('bad address')
  expect(text).not.toContain('ann@example.org')
  const { rows } = await store.pool.query(`SELECT address, first_name, zip FROM subscriber ORDER BY address`)
  expect(rows).toEqual([
    { address: 'ann@example.org', first_name: 'Ann', zip: '97212' },
    { address: 'cy@example.org', first_name: 'Cy', zip: '00801' },
  ])
  const { rows: audit } = await store.pool.query(`SELECT actor FROM audit_entry WHERE act = 'import subscribers'`)
  expect(audit).toEqual([{ actor: `${author.name} #${author.id}` }])
  expect((await author.post(`${place}/import`)).status).toBe(422)
})

test('what moves is told by server-sent events until nothing moves any more', async () => {
  const place = landing(await send(author, formWith('email\nlive@example.org\n', 'live.csv')))
  await author.post(`${place}/check`, { column_email: 'email', source: 'live' })
  await shows(place, 'What an import would do')
  const events = await (await author.get(`${place}/live`, { accept: 'text/event-stream' })).text()
  expect(events).toContain('id="import-body"')
  expect(events).toContain('event: last')
})

test('T7 an archive is no list: the page says so, and the list can only be discarded', async () => {
  const place = landing(await send(author, formWith('PK\u0003\u0004rest', 'list.xlsx')))
  expect(await author.page(place)).toContain('a ZIP archive or an Excel workbook')
  expect(landing(await author.post(`${place}/discard`))).toBe(place)
  const gone = await author.page(place)
  expect(gone).toContain('This list was discarded')
  const files = await readdir(path.join(web.site.config.ROLLCALL_HOME, 'uploads'))
  expect(files.filter((name) => !/rejects|folder-id|^[a-z0-9]+\.csv$/.test(name))).toEqual([])
})

test('a form without a file, without our token, or of somebody who may not import brings nothing in', async () => {
  const before = (await store.pool.query('SELECT FROM upload')).rowCount
  expect((await send(author, new FormData())).status).toBe(422)
  expect((await send(author, formWith('', ''))).status).toBe(422)
  expect((await send({ ...author, csrf: 'made up' }, formWith(LIST, 'list.csv'))).status).toBe(403)
  const viewer = await signedIn(web, 'viewer')
  expect((await send(viewer, formWith(LIST, 'list.csv'))).status).toBe(403)
  const cut = await web.app.request(`/console/subscribers/imports?csrf=${encodeURIComponent(author.csrf)}`, {
    method: 'POST',
    headers: {
      cookie: author.cookie,
      origin: 'https://alerts.rollcall.example',
      'content-type': 'multipart/form-data; boundary=b',
    },
    body: '--b\r\nContent-Disposition: form-data; name="list"; filename="a.csv"\r\n\r\nemail\nann@exa',
  })
  expect(cut.status).toBe(422)
  expect((await store.pool.query('SELECT FROM upload')).rowCount).toBe(before)
  expect((await author.get('/subscribers/imports/999')).status).toBe(404)
  expect((await author.get('/subscribers/imports/999/rejects')).status).toBe(404)
})
