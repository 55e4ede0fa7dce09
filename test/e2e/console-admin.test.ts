// An admin's day in a real browser: the first visit, the second factor, the team, a lost phone. axe finds nothing on the way.
import { Secret, TOTP } from 'otpauth'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { noBrowser, openBrowser } from '../support/chromium.ts'
import { testDatabase } from '../support/database.ts'
import { inspect } from '../support/inspect-page.ts'
import { serveConsole, type ServedConsole } from '../support/served-console.ts'
import { linkIn } from '../support/web.ts'

const reason = noBrowser()
if (reason !== null) console.warn(`The console is not looked at: ${reason}`)

const PASSWORD = 'plum tractor echo nine'
let browser: Browser
let store: Store
let served: ServedConsole

beforeAll(async () => {
  if (reason !== null) return
  store = await testDatabase()
  served = await serveConsole(store)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await served?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
})

async function open(width: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 } })
  return await context.newPage()
}

/** Types the code that an app would show for the secret on the page. */
async function enrol(page: Page): Promise<string> {
  const secret = ((await page.locator('code').first().textContent()) ?? '').replaceAll(' ', '')
  await page.getByLabel('Code', { exact: true }).fill(codeOf(secret))
  await page.getByRole('button', { name: 'Set it up' }).click()
  await page.getByRole('heading', { name: 'Keep these codes' }).waitFor()
  return secret
}

function codeOf(secret: string): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: served.web.clock.now().getTime() })
}

async function newPerson(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByLabel('The same password again').fill(PASSWORD)
}

describe.skipIf(reason !== null)('an admin’s day', { timeout: 120_000 }, () => {
  it('goes from the first visit to a team, at 1440 px', async () => {
    const page = await open(1440)
    await page.goto(`${served.url}/settings/team`)
    await inspect(page, 'setup-1440')
    await page.getByLabel('Your e-mail address').fill('ada@staff.example')
    await newPerson(page, 'Ada Lind')
    await page.getByRole('button', { name: 'Make the admin’s account' }).click()
    await inspect(page, 'second-factor-1440')
    const secret = await enrol(page)
    await inspect(page, 'recovery-codes-1440')

    await page.goto(`${served.url}/settings/team`)
    await inspect(page, 'team-1440')
    await page.getByLabel('E-mail address').fill('ben@staff.example')
    await page.getByLabel('Role', { exact: true }).selectOption('approver')
    await page.getByRole('button', { name: 'Send the invitation' }).click()
    await inspect(page, 'invited-1440')
    const mails = await served.web.mails()
    const link = linkIn(
      mails.find((mail) => mail.to?.[0]?.address === 'ben@staff.example'),
      '/console/invitation/',
    )

    // The invited approver, on a phone.
    const phone = await open(360)
    await phone.goto(served.url.replace('/console', link))
    await inspect(phone, 'invitation-360')
    await newPerson(phone, 'Ben Oduya')
    await phone.getByRole('button', { name: 'Make the account' }).click()
    await inspect(phone, 'second-factor-360')
    await enrol(phone)
    await phone.goto(`${served.url}/me`)
    await inspect(phone, 'me-360')

    // Ben's phone is lost: the admin removes its factor, and Ben is out.
    await page.goto(`${served.url}/settings/team`)
    await inspect(page, 'team-of-two-1440')
    await page.getByRole('button', { name: 'Phone lost: remove' }).click()
    await page.getByRole('status').filter({ hasText: 'Ben Oduya signs in with the password alone' }).waitFor()
    await phone.goto(`${served.url}/me`)
    expect(new URL(phone.url()).pathname).toBe('/console/sign-in')
    await inspect(phone, 'sign-in-360')

    // The admin signs out and in again, with a code.
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('E-mail address').fill('ada@staff.example')
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Address or password is wrong.').waitFor()
    await inspect(page, 'sign-in-wrong-1440')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await inspect(page, 'code-1440')
    served.web.clock.advance(30_000)
    await page.getByLabel('Code', { exact: true }).fill(codeOf(secret))
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.goto(`${served.url}/me`)
    await inspect(page, 'me-1440')
    await page.getByLabel('Present password').fill(PASSWORD)
    await page.getByLabel('New password', { exact: true }).fill('seven quiet lanterns')
    await page.getByLabel('The new one again').fill('seven quiet lanterns')
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.waitForLoadState()
    // Still signed in here, with a new session, and nowhere else.
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Ada Lind')
    expect((await store.pool.query('SELECT 1 FROM session')).rowCount).toBe(1)
  })
})
