// A list, a person and a vote in a real browser: the parts of an author's and of compliance's day, and axe finds nothing on the way.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startUploads } from '../../src/audience/upload-runs.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { loadZipKnowledge } from '../../src/campaign/zip-knowledge.ts'
import type { Store } from '../../src/store/connect.ts'
import { noBrowser, openBrowser } from '../support/chromium.ts'
import { testDatabase } from '../support/database.ts'
import { inspect } from '../support/inspect-page.ts'
import { ACT, addSubscribers, approvedCampaign } from '../support/reference-campaign.ts'
import { serveConsole, type ServedConsole } from '../support/served-console.ts'

const reason = noBrowser()
if (reason !== null) console.warn(`The console is not looked at: ${reason}`)

let browser: Browser
let store: Store
let served: ServedConsole
let runs: AsyncDisposable
let folder: string

beforeAll(async () => {
  if (reason !== null) return
  store = await testDatabase({ reference: true })
  await addSubscribers(store.db, ['97212', '92373', '20001', '10001', null], 'walker')
  const campaign = await approvedCampaign(store.db)
  await launchCampaign(store.db, campaign, { ...ACT, expect: null, transports: ['file'] })
  served = await serveConsole(store)
  const { db, clock, addressKey, config } = served.web.site
  runs = await startUploads({
    db,
    clock,
    log: pino({ level: 'silent' }),
    home: config.ROLLCALL_HOME,
    addressKeyKey: addressKey,
    loadKnownZip: () => loadZipKnowledge(db),
    lookEveryMs: 50,
  })
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-lists-'))
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await runs?.[Symbol.asyncDispose]()
  await served?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
  if (folder) await rm(folder, { recursive: true, force: true })
})

describe.skipIf(reason !== null).each([360, 1440])('at %i px', { timeout: 170_000 }, (width) => {
  it('an author brings a list in, watches it, and takes the rejects home', async () => {
    const { page } = await served.windowOf(browser, 'author', width)
    const rows = Array.from({ length: 3_000 }, (_, index) => `walk${width}.${index}@example.org,Pat,Walker,97212`)
    const file = path.join(folder, `fair-${width}.csv`)
    await writeFile(file, `mail,first name,surname,zip code\n${rows.join('\n')}\nno address,Bo,Bell,97212\n`)
    await page.goto(`${served.url}/subscribers/imports`)
    await inspect(page, `imports-${width}`)
    await page.getByLabel('A CSV file in UTF-8').setInputFiles(file)
    await page.getByRole('button', { name: 'Send the file' }).click()
    await page.getByRole('heading', { name: 'Which column is what?' }).waitFor()
    await inspect(page, `import-columns-${width}`)
    await page.getByLabel('Where did these people sign up?').fill('county fair')
    await page.getByRole('button', { name: 'Check the list' }).click()
    await page.getByRole('heading', { name: 'What an import would do' }).waitFor()
    await inspect(page, `import-checked-${width}`)
    await page.getByRole('button', { name: 'Import this list' }).click()
    await page.getByRole('heading', { name: 'What the import did' }).waitFor()
    await inspect(page, `import-done-${width}`)
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download the rejected rows' }).click()
    expect((await download).suggestedFilename()).toBe(`fair-${width}.rejects.csv`)
    await page.goto(`${served.url}/subscribers/imports`)
    await inspect(page, `imports-done-${width}`)
    await page.context().close()
  })

  it('compliance finds a person, reads their history and stops all mail to them', async () => {
    const { page } = await served.windowOf(browser, 'compliance', width)
    await page.goto(`${served.url}/subscribers`)
    await inspect(page, `subscribers-${width}`)
    await page.getByLabel('Address, @domain or last name').fill('walker0')
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByText('walker0@example.org').waitFor()
    await inspect(page, `subscribers-found-${width}`)
    const person = width === 360 ? 'walker1@example.org' : 'walker2@example.org'
    await page.getByLabel('Address, @domain or last name').fill(person)
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByRole('heading', { name: 'What was sent' }).waitFor()
    await page.getByLabel('First name').fill('Samira')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    await page.getByLabel('What happened').fill('wrote to us')
    await page.getByLabel('To go on, type').fill('suppress')
    await page.getByRole('button', { name: 'Suppress' }).click()
    await page.getByText('nothing is sent to them any more').waitFor()
    expect(await page.getByText('suppressed: opted out').isVisible()).toBe(true)
    await inspect(page, `subscriber-${width}`)
    await page.context().close()
  })

  it('an author looks at votes, legislators and a ZIP', async () => {
    const { page } = await served.windowOf(browser, 'author', width)
    for (const [name, place] of [
      ['congress', '/congress'],
      ['roll-calls', '/congress/roll-calls'],
      ['roll-call', '/congress/roll-calls/h708-115.2017'],
      ['legislators', '/congress/legislators?text=b'],
      ['legislator', '/congress/legislators/B000574'],
      ['zip', '/congress/zip?zip=97212&on=2018-01-03'],
      ['congress-import', '/congress/import'],
    ]) {
      await page.goto(served.url + place)
      await inspect(page, `${name}-${width}`)
    }
    expect(await page.getByLabel('File').isVisible()).toBe(true)
    await page.context().close()
  })
})
