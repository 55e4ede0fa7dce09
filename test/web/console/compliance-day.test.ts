// A day at the compliance desk in a real browser: find, suppress, export, erase, verify; what came back; domains and settings.
/// <reference lib="dom" />
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchCampaign } from '../../../src/campaign/launch.ts'
import { verifyAudit } from '../../../src/store/audit-entries.ts'
import type { Store } from '../../../src/store/connect.ts'
import { noBrowser, openBrowser } from '../../support/chromium.ts'
import { testDatabase } from '../../support/database.ts'
import { inspect } from '../../support/inspect-page.ts'
import { ACT, addSubscribers, approvedCampaign, keyOf, SECRET } from '../../support/reference-campaign.ts'
import { serveConsole, type ServedConsole } from '../../support/served-console.ts'

const reason = noBrowser()
if (reason !== null) console.warn(`The desk is not looked at: ${reason}`)

let browser: Browser
let store: Store
let served: ServedConsole
beforeAll(async () => {
  if (reason !== null) return
  store = await testDatabase({ reference: true })
  await addSubscribers(store.db, ['97212', '92373', '20001', '10001', '60601', '30301'], 'desk')
  const campaign = await approvedCampaign(store.db)
  await launchCampaign(store.db, campaign, { ...ACT, expect: null, transports: ['file'] })
  await whatCameBack(campaign)
  served = await serveConsole(store)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await served?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
})

/** A bounce, a complaint and a delay, as the intake writes them down, an alarm, and wishes to be left alone. */
async function whatCameBack(campaign: string): Promise<void> {
  await sql`
    WITH mails AS (
      INSERT INTO feedback_mail (sha256, source, received_at, applied_at)
      SELECT sha256(n::text::bytea), 'smtp', now(), now() FROM generate_series(1, 3) n RETURNING id
    ), said AS (
      SELECT m.id, row_number() OVER (ORDER BY m.id) AS n FROM mails m
    ), theirs AS (
      -- Of people whom nobody erases in these tests.
      SELECT d.id, row_number() OVER (ORDER BY s.address) AS n FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id
      WHERE d.campaign_id = ${campaign} AND s.address IN ('desk0@example.org', 'desk1@example.org', 'desk3@example.org')
    )
    INSERT INTO feedback_report (mail_id, place, kind, class, status, sentence, delivery_id, campaign_id, proof, outcome, reported_at)
    SELECT s.id, 0, (ARRAY['bounce', 'complaint', 'delayed'])[s.n], (ARRAY['hard', NULL, 'soft'])[s.n], (ARRAY['5.1.1', NULL, '4.2.2'])[s.n],
      (ARRAY['the mailbox does not exist', 'the recipient complained (abuse)', 'the mailbox is full'])[s.n], t.id, ${campaign}, 'address',
      (ARRAY['suppressed', 'suppressed', 'noted'])[s.n], now()
    FROM said s JOIN theirs t USING (n)`.execute(store.db)
  await sql`
    INSERT INTO feedback_alarm (campaign_id, class, count, sentence, first_at, last_at)
    VALUES (${campaign}, 'block', 12, 'the receiver blocks our network', now(), now())`.execute(store.db)
  await sql`
    INSERT INTO opt_out (address_key, channel, requested_at, effective_at)
    SELECT sha256(n::text::bytea), 'one_click', now() - make_interval(mins => n), now() - make_interval(mins => n) + make_interval(secs => 0.004 * n)
    FROM generate_series(1, 60) n`.execute(store.db)
}

async function find(page: Page, address: string): Promise<void> {
  await page.getByLabel('Address, or beginning of a key').fill(address)
  await page.getByRole('button', { name: 'Find' }).click()
  await page.getByText('One address, by its keyed hash').waitFor()
  expect(page.url()).not.toContain('@')
  expect(page.url()).not.toContain('%40')
}

describe.skipIf(reason !== null).each([360, 1440])('at %i px', { timeout: 170_000 }, (width) => {
  const [suppressed, asked, leaving] = width === 360 ? ['desk0', 'desk1', 'desk2'] : ['desk3', 'desk4', 'desk5']
  const at = (name: string | undefined) => `${name ?? ''}@example.org`

  test('somebody is found by address, suppressed, and let back in with their reason', async () => {
    const { page } = await served.windowOf(browser, 'compliance', width)
    await page.goto(`${served.url}/compliance/suppressions`)
    await inspect(page, `suppressions-none-${width}`)
    await find(page, at(suppressed))
    await page.getByRole('link', { name: 'Suppress this address' }).click()
    await inspect(page, `suppress-${width}`)
    await page.getByLabel('Note').fill('asked by phone')
    await page.getByRole('button', { name: 'Suppress them' }).click()
    await page.getByText('1 suppressed').waitFor()
    await inspect(page, `suppressed-${width}`)
    await page.getByRole('link', { name: 'Their page and history' }).click()
    await page.getByText(at(suppressed)).first().waitFor()
    await page.goBack()
    await page.getByLabel('What the person did to come back').fill('asked by phone, the day after')
    await page.getByRole('button', { name: 'Lift it' }).click()
    await page.getByText('may be written to again').waitFor()
    await page.getByRole('link', { name: 'Consent ledger' }).last().click()
    await page.getByText('May be written to').waitFor()
    await inspect(page, `consents-of-one-${width}`)
    const key = keyOf(at(suppressed))
    const { rows } = await sql<{
      act: string
    }>`SELECT act FROM consent_event WHERE address_key = ${key} ORDER BY id`.execute(store.db)
    expect(rows.map(({ act }) => act).slice(-2)).toEqual(['suppressed', 'released'])
    await page.context().close()
  })

  test('a request for export is taken in, made, and its files come down', async () => {
    const { page } = await served.windowOf(browser, 'compliance', width)
    await page.goto(`${served.url}/compliance/requests`)
    await inspect(page, `requests-none-${width}`)
    await page.getByLabel('E-mail address').fill(at(asked))
    await page.getByLabel('Note').fill('by letter, passport seen')
    await page.getByRole('button', { name: 'Take it in' }).click()
    await page.getByText('is taken in').waitFor()
    await inspect(page, `request-export-${width}`)
    await page.getByRole('button', { name: 'Make the export' }).click()
    await page.getByText('The export is made').waitFor()
    await inspect(page, `request-exported-${width}`)
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'everything.json' }).click()
    const file = await (await download).path()
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ profile: [{ address: at(asked) }] })
    await page.context().close()
  })

  test('a request to be forgotten needs the word, and then the person is gone', async () => {
    const { page } = await served.windowOf(browser, 'compliance', width)
    await page.goto(`${served.url}/compliance/requests`)
    await page.getByLabel('E-mail address').fill(at(leaving))
    await page.getByLabel('What they ask for').selectOption('erase')
    await page.getByRole('button', { name: 'Take it in' }).click()
    await page.getByLabel('To go on, type').fill('forget')
    await page.getByRole('button', { name: 'Erase this person' }).click()
    await page.getByText('nothing was erased').waitFor()
    await inspect(page, `request-erase-${width}`)
    await page.getByLabel('To go on, type').fill('erase')
    await page.getByRole('button', { name: 'Erase this person' }).click()
    await page.getByText('The person is erased').waitFor()
    await inspect(page, `request-erased-${width}`)
    const { rows } = await sql<{
      reason: string
    }>`SELECT reason FROM suppression WHERE address_key = ${keyOf(at(leaving))}`.execute(store.db)
    expect(rows).toEqual([{ reason: 'legal' }])
    await page.goto(`${served.url}/compliance/requests?show=all`)
    await inspect(page, `requests-${width}`)
    await page.context().close()
  })

  test('the proof runs, the chain is verified, and the log says who did what', async () => {
    const { page } = await served.windowOf(browser, 'compliance', width)
    await page.goto(`${served.url}/compliance`)
    await page.getByRole('button', { name: /^Run/ }).click()
    await page.getByText('The whole ledger was read').waitFor()
    await inspect(page, `compliance-${width}`)
    await page.getByRole('link', { name: 'Audit log' }).click()
    await page.getByRole('button', { name: 'Verify the chain' }).click()
    await page.getByText('the chain holds').waitFor()
    await inspect(page, `audit-${width}`)
    expect((await verifyAudit(store.db)).broken).toBeNull()
    await page.context().close()
  })

  test('bounces, complaints, opt-outs and retention are lists that can be read', async () => {
    const { page } = await served.windowOf(browser, 'compliance', width)
    await page.goto(`${served.url}/compliance/feedback`)
    await page.getByText('the receiver blocks our network').waitFor()
    await inspect(page, `feedback-${width}`)
    await page.getByLabel('Kind').selectOption('complaint')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.waitForURL(/kind=complaint/)
    await page.getByText('the recipient complained').waitFor()
    expect(await page.getByText('the mailbox does not exist').count()).toBe(0)
    await page.getByRole('link', { name: 'Open' }).first().click()
    await page
      .getByText(/desk\d@example\.org/)
      .first()
      .waitFor()
    await page.goto(`${served.url}/compliance/opt-outs`)
    await inspect(page, `opt-outs-${width}`)
    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByRole('link', { name: 'Previous' }).waitFor()
    await page.goto(`${served.url}/compliance/consents`)
    await inspect(page, `consents-${width}`)
    await page.goto(`${served.url}/compliance/retention`)
    await page.getByRole('button', { name: 'Remove what is too old now' }).click()
    await page.getByText('kinds of data were looked through').waitFor()
    await inspect(page, `retention-${width}`)
    await page.context().close()
  })

  test('sending domains and settings can be read by an author', async () => {
    const { page } = await served.windowOf(browser, 'author', width)
    await page.goto(`${served.url}/settings/domains`)
    await page.getByRole('heading', { name: 'bounce.rollcall.example' }).waitFor()
    await inspect(page, `domains-${width}`)
    await page.goto(`${served.url}/settings/values`)
    await inspect(page, `values-${width}`)
    expect(await page.content()).not.toContain(SECRET)
    await page.context().close()
  })
})
