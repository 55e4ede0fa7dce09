// From the last look to the report, in a browser: a second person approves, launches, watches, pauses, resumes, and takes the CSV.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { checkCampaign } from '../../../src/campaign/check.ts'
import { findCampaign } from '../../../src/campaign/campaigns.ts'
import { setCampaignSegment } from '../../../src/campaign/segments.ts'
import { compose, type App } from '../../../src/compose.ts'
import { resolveConfig } from '../../../src/config/load.ts'
import { throttleCampaign } from '../../../src/delivery/throttles.ts'
import type { Store } from '../../../src/store/connect.ts'
import { noBrowser, openBrowser } from '../../support/chromium.ts'
import { signedIn } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { inspect } from '../../support/inspect-page.ts'
import { ACT, addSubscribers, draftCampaign, SECRET } from '../../support/reference-campaign.ts'
import { serveConsole, type ServedConsole } from '../../support/served-console.ts'

const WIDTHS = [360, 1440]
const PEOPLE = 240
const ZIPS = ['97212', '98101', '20001', '35203', null, '10001']

let store: Store
let console: ServedConsole
let browser: Browser
let app: App
let home: string
const reason = noBrowser()

beforeAll(async () => {
  store = await testDatabase({ reference: true })
  await addSubscribers(
    store.db,
    Array.from({ length: PEOPLE }, (_, index) => ZIPS[index % ZIPS.length] ?? null),
  )
  console = await serveConsole(store)
  // The worker of this test lives in our time, and removes sessions of 2018.
  console.web.clock.advance(Date.now() - console.web.clock.now().getTime())
  if (reason === null) browser = await openBrowser()
  home = await mkdtemp(path.join(tmpdir(), 'rollcall-send-'))
  const config = await resolveConfig({
    ROLLCALL_HOME: home,
    ROLLCALL_SECRET: SECRET,
    ROLLCALL_TRANSPORT: 'file',
    LOG_LEVEL: 'silent',
  })
  app = await compose({ ...config, DATABASE_URL: store.url })
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await app[Symbol.asyncDispose]()
  await console[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

async function look(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 })
    await inspect(page, `${name}-${width}`)
  }
}

const sent = async (page: Page) =>
  Number(/Sent\s*([\d,]+)/.exec(await page.locator('#live-figures').innerText())?.[1]?.replace(',', ''))

describe.skipIf(reason !== null)('a send', () => {
  test('T16, T19: a second person approves it, launches it, watches it move, pauses, resumes, and reads the report', async () => {
    const id = await draftCampaign(store.db)
    const { page } = await console.windowOf(browser, 'approver')
    await page.goto(`${console.url}/campaigns/${id}/send`)
    await look(page, 'send-draft')
    await page.getByRole('button', { name: `Approve for ${PEOPLE} subscribers` }).click()
    await page.getByText('Approved. It can be launched now.').waitFor()
    await look(page, 'send-approved')

    await page.getByLabel(/How many subscribers/).fill('239')
    await page.getByRole('button', { name: 'Launch now, without a way back' }).click()
    await page.getByText('you typed 239, and there are 240 subscribers in the audience').waitFor()
    expect((await findCampaign(store.db, id)).state).toBe('approved')

    // Slow enough to be watched.
    await throttleCampaign(store.db, id, 15, ACT)
    await using worker = await app.work()
    void worker
    await page.getByLabel(/How many subscribers/).fill(String(PEOPLE))
    await page.getByRole('button', { name: 'Launch now, without a way back' }).click()
    await page.waitForURL(`**/campaigns/${id}/live`)
    // The page moves by itself.
    await vi.waitFor(async () => expect(await sent(page)).toBeGreaterThan(0), { timeout: 20_000, interval: 200 })
    const before = await sent(page)
    await vi.waitFor(async () => expect(await sent(page)).toBeGreaterThan(before), { timeout: 20_000, interval: 200 })

    await page.getByLabel('Reason for a pause').fill('a wrong figure in the text')
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Paused: a wrong figure in the text.').waitFor()
    expect(await findCampaign(store.db, id)).toMatchObject({
      state: 'paused',
      pause_reason: 'a wrong figure in the text',
    })
    await look(page, 'live-paused')

    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('It goes on where it was.').waitFor()
    await vi.waitFor(async () => expect((await findCampaign(store.db, id)).state).toBe('finished'), {
      timeout: 60_000,
      interval: 200,
    })
    // The page knows without being loaded again, and has no button to pause any more.
    await page.locator('#standing', { hasText: 'finished' }).waitFor()
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0)

    await page.goto(`${console.url}/campaigns/${id}/report`)
    expect(await page.getByRole('definition').nth(1).innerText()).toContain('240')
    await look(page, 'report')
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'CSV' }).click()
    const stream = await (await download).createReadStream()
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    expect(text.trim().split('\r\n')).toHaveLength(PEOPLE + 1)
    expect(text).toContain('person0@example.org')

    await page.goto(`${console.url}/campaigns/${id}/report`)
    await page.getByLabel('Find an address').fill('person7@example.org')
    await page.getByRole('button', { name: 'Find' }).click()
    await page.waitForURL(/report\?delivery=\d+#who$/)
    expect(await page.locator('#who tbody tr').count()).toBe(1)
    expect(page.url()).not.toContain('person7')
  }, 180_000)

  test('T19: a launch that waits is taken back with one button, and one that is not taken back goes out by the worker', async () => {
    const id = await draftCampaign(store.db)
    await setCampaignSegment(store.db, id, { states: { not: false, values: ['OR'] } }, ACT)
    const { page } = await console.windowOf(browser, 'approver')
    await page.goto(`${console.url}/campaigns/${id}/send`)
    await page.getByRole('button', { name: 'Approve for 40 subscribers' }).click()
    await page.getByLabel(/How many subscribers/).fill('40')
    await page.getByRole('button', { name: 'Set the launch' }).click()
    await page.getByText('The launch is set.').waitFor()
    await look(page, 'send-scheduled')
    await page.getByRole('button', { name: 'Take the launch back' }).click()
    await page.getByText('The launch is taken back. Nothing was sent.').waitFor()
    expect(await findCampaign(store.db, id)).toMatchObject({ state: 'approved', launched_at: null })

    await page.getByLabel(/How many subscribers/).fill('40')
    await page.getByRole('button', { name: 'Set the launch' }).click()
    await page.getByText('The launch is set.').waitFor()
    await store.pool.query('UPDATE campaign SET launch_at = now() WHERE id = $1', [id])
    await using worker = await app.work()
    void worker
    await vi.waitFor(async () => expect((await findCampaign(store.db, id)).audience).toBe(40), {
      timeout: 30_000,
      interval: 200,
    })
  }, 120_000)

  test('the audience is edited as a form, counted while somebody types, and said in words', async () => {
    const id = await draftCampaign(store.db)
    const { page } = await console.windowOf(browser, 'author')
    await page.goto(`${console.url}/campaigns/${id}/audience`)
    expect(await page.locator('#live-count').innerText()).toContain('240 subscribers: Everyone')
    await page.getByText('Edit the segment').click()
    await page.getByLabel('States: which').fill('or, wa')
    await page.locator('#live-count', { hasText: '80 subscribers: Everyone in Oregon or Washington' }).waitFor()
    await page.getByLabel('States: which').fill('XX')
    await page.getByRole('button', { name: 'Use this segment' }).click()
    await page.getByText('"XX" is no state; write two letters: OR').first().waitFor()
    await page.getByLabel('States: which').fill('OR')
    await page.getByLabel('Save it under a name, too').fill('Oregon')
    await page.getByRole('button', { name: 'Use this segment' }).click()
    await page.getByText('The campaign goes to: Everyone in Oregon.').waitFor()
    await page.getByText('Edit the segment').click()
    await look(page, 'audience')
  }, 120_000)

  test('home and transports show what there is, at every width', async () => {
    const { page } = await console.windowOf(browser, 'author')
    await page.goto(console.url)
    await page.getByRole('heading', { name: 'To look at now' }).waitFor()
    await look(page, 'home')
    await page.goto(`${console.url}/transports`)
    await look(page, 'transports')
    await page.getByLabel('Why').fill('the relay is being moved')
    await page.getByRole('button', { name: 'Pause file' }).click()
    await page.getByText('Nothing goes through file for 30 minutes.').waitFor()
    await page.goto(console.url)
    await page.getByText('Nothing goes through file: the relay is being moved.').waitFor()
    await page.goto(`${console.url}/transports`)
    await page.getByRole('button', { name: 'Open file now' }).click()
    await page.getByText('file is open.').waitFor()
    await page.goto(console.url)
    expect(await page.locator('#home-alarms').innerText()).not.toContain('file')
  }, 120_000)
})

test('T19: of two clicks on approve, schedule or launch one counts, and the other says so', async () => {
  const id = await draftCampaign(store.db)
  const approver = await signedIn(console.web, 'approver')
  const { hash } = await checkCampaign(store.db, id, console.web.site.sender, ACT.clock)
  expect((await approver.post(`/campaigns/${id}/approve`, { hash })).status).toBe(303)
  const answers = await Promise.all(
    [1, 2].map(() => approver.post(`/campaigns/${id}/launch`, { typed: String(PEOPLE) })),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 422])
})

test('T16: an author cannot approve, an admin cannot approve their own, and compliance cannot launch', async () => {
  const [author, admin, compliance] = [
    await signedIn(console.web, 'author'),
    await signedIn(console.web, 'admin'),
    await signedIn(console.web, 'compliance'),
  ]
  const id = await draftCampaign(store.db)
  expect((await admin.post(`/campaigns/${id}/audience`, { states: 'OR' })).status).toBe(303)
  expect((await author.post(`/campaigns/${id}/approve`, {})).status).toBe(403)
  const { hash } = await checkCampaign(store.db, id, console.web.site.sender, ACT.clock)
  const own = await admin.post(`/campaigns/${id}/approve`, { hash })
  expect(own.status).toBe(422)
  expect(await own.text()).toContain('somebody else has to approve it')
  expect((await compliance.post(`/campaigns/${id}/launch`, { typed: '1' })).status).toBe(403)
  expect((await findCampaign(store.db, id)).state).toBe('draft')
})

test('the kill switch is engaged with a reason and released by typing; compliance engages it and cannot release it', async () => {
  const [compliance, approver] = [await signedIn(console.web, 'compliance'), await signedIn(console.web, 'approver')]
  expect((await compliance.post('/kill-switch/on', {})).status).toBe(422)
  expect((await compliance.post('/kill-switch/on', { reason: 'the wrong list' })).status).toBe(303)
  expect(await approver.page('')).toContain('the wrong list')
  expect((await compliance.post('/kill-switch/off', { typed: 'go on' })).status).toBe(403)
  expect((await approver.post('/kill-switch/off', { typed: 'yes' })).status).toBe(422)
  expect((await approver.post('/kill-switch/off', { typed: 'go on' })).status).toBe(303)
  expect(await approver.page('')).not.toContain('the wrong list')
})
