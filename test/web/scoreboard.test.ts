// /votes, /a and /v: what a ZIP gets to see, the choice of a seat, and the message in the browser.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { approvedCampaign } from '../support/reference-campaign.ts'
import { launchedWeb, type LaunchedWeb } from '../support/launched-web.ts'
import { bodyOf } from '../support/web.ts'

let here: LaunchedWeb
beforeAll(async () => {
  here = await launchedWeb(['97212', '92373', '21912', null])
})
afterAll(() => here?.[Symbol.asyncDispose]())

function look(zip: string, query = ''): Promise<string> {
  return bodyOf(here.web.post(`/votes/${here.campaignId}${query}`, { zip }))
}

const text = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')

test('a ZIP of one district shows its three, how they voted, and the number to call', async () => {
  const page = text(await look('97212'))
  expect(page).toContain('Rep. Earl Blumenauer (D-OR) voted No')
  expect(page).toContain('Sen. Ron Wyden (D-OR) voted No')
  expect(page).toContain('Sen. Jeff Merkley (D-OR) voted No')
  expect(page.match(/Dream Hero/g)).toHaveLength(3)
  expect(page).toContain('Call Sen. Wyden: 1-855-980-2355')
  expect(page).not.toContain('would settle it')
  expect(page).toContain('Hello, my name is [your name] and I live in ZIP code 97212.')
  expect(page).toContain('Please thank Representative Blumenauer, who voted No.')
  expect(page).toContain('Please thank Senator Wyden, who voted No.')
})

test('a split ZIP shows every candidate, says so, and says what would settle it', async () => {
  const page = text(await look('92373'))
  expect(page).toMatch(/lies in \d districts/)
  expect(page).toContain('would settle it')
  const possible = page.slice(page.indexOf('Possibly yours'))
  expect(possible.match(/Rep\. /g)?.length).toBeGreaterThan(1)
  expect(page).not.toMatch(/your own/i)
})

test('a ZIP in two states gives no senator as certain', async () => {
  const page = text(await look('21912'))
  expect(page).toContain('more than one state')
  expect(page).not.toContain('Yours')
  expect(page).not.toContain('Call Sen.')
})

test('an unknown ZIP is said to be unknown, and what is no ZIP is refused', async () => {
  expect(text(await look('09001'))).toContain('cannot tell from this ZIP')
  const response = await here.web.post(`/votes/${here.campaignId}`, { zip: '9721' })
  expect(response.status).toBe(422)
  expect(await response.text()).toContain('Write the five digits')
})

test('in Spanish the clauses are Spanish, and the words of the campaign are marked as its own', async () => {
  const page = await look('97212', '?lang=es')
  expect(text(page)).toContain('Sen. Ron Wyden (D-OR) votó no')
  expect(page).toMatch(/<p class="stance" lang="en-US">/)
})

test('who asked for which ZIP is in no log, even when a link carries it', async () => {
  await here.web.app.request(`/votes/${here.campaignId}?zip=97212`)
  await look('92373')
  expect(here.web.log()).toContain('"route":"/votes/:campaign"')
  expect(here.web.log()).not.toMatch(/97212|92373/)
})

test('a draft and a campaign that does not exist look alike', async () => {
  const draft = await approvedCampaign(here.store.db)
  const answers = await Promise.all(
    [draft, 'no-such-thing', '..%2f..', 'x'.repeat(500)].map(async (id) => {
      const response = await here.web.app.request(`/votes/${id}`)
      return `${response.status} ${await response.text()}`
    }),
  )
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toMatch(/^404 /)
})

test('a person with a split ZIP chooses among its districts, and the choice is kept by hand, without a street', async () => {
  const page = await bodyOf(here.web.app.request(here.pathOf('a', 1)))
  const seats = [...page.matchAll(/value="(US-H-CA-\d\d)"/g)].map((match) => match[1])
  expect(seats.length).toBeGreaterThan(1)
  for (const own of [here.addressOf(1), '92373', 'Sample']) expect(page).not.toContain(own)
  expect((await here.web.post(here.pathOf('a', 1), { seat: 'US-H-NY-10' })).status).toBe(422)
  expect((await here.web.post(here.pathOf('a', 1))).status).toBe(422)
  expect((await here.web.post(here.pathOf('a', 1), { seat: seats[1] ?? '' })).status).toBe(200)
  expect((await here.web.post(here.pathOf('a', 1), { seat: seats[0] ?? '' })).status).toBe(200)
  const { rows } =
    await sql`SELECT map_id, seat_id, basis FROM subscriber_seat WHERE subscriber_id = ${here.subscriberOf(1)}`.execute(
      here.store.db,
    )
  expect(rows).toEqual([{ map_id: '115', seat_id: seats[0], basis: 'manual' }])
})

test('with one district, or no ZIP at all, there is nothing to choose', async () => {
  for (const person of [0, 3]) {
    expect(await bodyOf(here.web.app.request(here.pathOf('a', person)))).toContain('nothing to choose')
    await here.web.post(here.pathOf('a', person), { seat: 'US-H-OR-03' })
    const { rows } = await sql`SELECT FROM subscriber_seat WHERE subscriber_id = ${here.subscriberOf(person)}`.execute(
      here.store.db,
    )
    expect(rows).toEqual([])
  }
})

test('the message in the browser is what was sent, without the person, and may run or load nothing', async () => {
  const response = await here.web.app.request(here.pathOf('v', 0))
  const html = await response.text()
  const mail = await here.messageOf(0)
  expect(mail.html).toContain(here.addressOf(0))
  expect(text(html)).toContain('Sen. Ron Wyden')
  for (const own of [here.addressOf(0), 'Sam', 'Sample', '97212']) expect(html).not.toContain(own)
  for (const page of ['u', 'p', 'v', 'f', 'a'] as const) expect(html).not.toContain(`rollcall.example/${page}/`)
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain('sandbox')
  expect(policy).not.toContain('script-src')
  expect(response.headers.get('x-robots-tag')).toContain('noindex')
  expect(response.headers.get('cache-control')).toBe('no-store')
})

test('what was sent stays as it was when a position is corrected later', async () => {
  const before = await bodyOf(here.web.app.request(here.pathOf('v', 2)))
  await sql`UPDATE position SET option = 'yea', option_raw = 'Yea' WHERE roll_call_id = 's325-115.2017' AND option = 'nay'`.execute(
    here.store.db,
  )
  const other = await launchedCopy()
  expect(other).toBe(before)
})

/** The same page from a process that has kept nothing. */
async function launchedCopy(): Promise<string> {
  const { createWeb } = await import('../../src/web/app.tsx')
  return bodyOf((await createWeb(here.web.site)).request(here.pathOf('v', 2)))
}
