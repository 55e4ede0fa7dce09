// The pages about the API in a real browser: a key is made and copied, the page of the API is read.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { noBrowser, openBrowser } from '../support/chromium.ts'
import { testDatabase } from '../support/database.ts'
import { inspect, picture } from '../support/inspect-page.ts'
import { serveConsole, type ServedConsole } from '../support/served-console.ts'

describe.skipIf(noBrowser() !== null)('in a browser', () => {
  let store: Store
  let served: ServedConsole
  let browser: Browser
  beforeAll(async () => {
    store = await testDatabase()
    served = await serveConsole(store)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await served[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })

  test.each([360, 1440])(
    'an admin makes a key at %i px, and revokes it',
    async (width) => {
      const { page } = await served.windowOf(browser, 'admin', width)
      await page.goto(`${served.url}/settings/keys`)
      await inspect(page, `keys-empty-${width}`)
      await page.getByLabel('What it is for').fill(`nightly import ${width}`)
      await page.getByLabel(/congress\.read/).check()
      await page.getByLabel(/campaigns\.read/).check()
      await page.getByRole('button', { name: 'Make the key' }).click()
      expect(await page.locator('#key').textContent()).toMatch(/^rck_/)
      await inspect(page, `keys-new-${width}`)
      await page.getByRole('link', { name: 'I have put it away' }).click()
      await inspect(page, `keys-list-${width}`)
      await page.getByRole('button', { name: `Revoke nightly import ${width}` }).click()
      await page.getByText('The key is revoked').waitFor()
    },
    60_000,
  )

  test.each([360, 1440])(
    'the page of the API reads well at %i px, and needs no script',
    async (width) => {
      const context = await browser.newContext({ viewport: { width, height: 900 } })
      const page = await context.newPage()
      await page.goto(served.url.replace(/console$/, 'api/v1/docs'))
      expect(await page.locator('script').count()).toBe(0)
      await page.locator('#launchCampaign summary').click()
      await page.locator('#importSubscribers summary').click()
      await inspect(page, `api-docs-${width}`)
      await page.locator('#launchCampaign').scrollIntoViewIfNeeded()
      await picture(page, `api-docs-${width}`)
    },
    60_000,
  )
})
