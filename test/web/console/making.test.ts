// The campaign manager's day in a real browser, from an empty list to the test message: every page looks right, wide and narrow.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../../src/store/connect.ts'
import { noBrowser, openBrowser } from '../../support/chromium.ts'
import type { Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { inspect } from '../../support/inspect-page.ts'
import { addSubscribers } from '../../support/reference-campaign.ts'
import { serveConsole, type ServedConsole } from '../../support/served-console.ts'

let store: Store
let served: ServedConsole
let browser: Browser
let page: Page
let person: Person

async function look(name: string): Promise<void> {
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 900 })
    await inspect(page, `${name}-${width}`)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}

/** The path below the console. */
function path(): string {
  return new URL(page.url()).pathname.replace('/console', '')
}

describe.skipIf(noBrowser() !== null)("the campaign manager's day", () => {
  const problems: string[] = []
  let id: string
  beforeAll(async () => {
    store = await testDatabase({ reference: true })
    served = await serveConsole(store)
    browser = await openBrowser()
    ;({ page, person } = await served.windowOf(browser, 'author'))
    page.on('console', (line) => line.type() === 'error' && problems.push(line.text()))
    page.on('pageerror', (error) => problems.push(error.message))
    await addSubscribers(
      store.db,
      [...Array.from({ length: 8 }, () => '97212'), '35203', '10001', null],
      'seeded-person',
    )
  })
  afterAll(async () => {
    await browser.close()
    await served[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })

  it('begins with an empty list that says what to do', async () => {
    await page.goto(`${served.url}/campaigns`)
    expect(await page.locator('.empty').innerText()).toContain('There is no campaign yet.')
    await look('campaigns-empty')
    await page.getByRole('link', { name: 'New campaign' }).first().click()
    await page.getByRole('heading', { name: 'From scratch' }).waitFor()
    await look('campaign-new')
  })

  it('a template makes a campaign, and the first page of it is its votes', async () => {
    const form = page.locator('#template form')
    await form.getByLabel('Template').selectOption('dream-act-2017')
    await form.getByLabel('Name').fill('Dreamers, the <b>second</b> "alert"')
    await form.getByRole('button').click()
    await page.getByRole('heading', { name: 'House roll call 708' }).waitFor()
    id = path().split('/')[2] ?? ''
    expect(path()).toBe(`/campaigns/${id}/votes`)
    expect(await page.locator('h1').innerText()).toBe('Dreamers, the <b>second</b> "alert"')
    const row = page.getByRole('region', { name: 'Tally of h708-115.2017' }).getByRole('row', { name: /^Nay/ })
    expect((await row.innerText()).replace(/\s+/g, ' ')).toMatch(/^Nay .*188 /)
    await look('campaign-votes')
  })

  it('the stance of an option is changed, an override set and taken back, each with its revision and reason', async () => {
    await page.getByLabel('What Present on s325-115.2017 means').selectOption('absent')
    await page.locator('[id="vote-s325-115.2017"]').getByRole('button', { name: 'Save what they mean' }).click()
    await page.getByText('This is revision 2.').waitFor()
    await page.getByLabel('Legislator').fill('Merkley')
    await page.getByLabel('Counts as').selectOption('champion')
    await page.getByLabel('Reason').fill('Spoke for them on the floor')
    await page.getByLabel('Legislator').fill('Jeff Merkley, M001176')
    await page.getByRole('button', { name: 'Judge by hand' }).click()
    await page.getByText('The override is set.').waitFor()
    await look('campaign-override')
    await page.getByRole('button', { name: 'Take it back' }).click()
    await page.getByText('The override is taken back').waitFor()
    expect(await page.locator('#overrides').innerText()).toContain('Nobody. The options decide about everyone.')
  })

  it('the form of the manifest changes what it says, and the preview follows the typing', async () => {
    await page.getByRole('link', { name: 'Compose' }).click()
    await page.locator('#preview iframe').waitFor()
    await look('compose-fields')
    await page.getByLabel('Subject').fill('Typed just now {{firstName}}')
    await page.locator('#preview').getByText('Typed just now Alex').waitFor()
    await page.getByRole('button', { name: 'Save as a revision' }).click()
    await page.getByText('Saved as revision 3.').waitFor()
    expect(await page.getByLabel('Subject').inputValue()).toBe('Typed just now {{firstName}}')
  })

  it('a mistake in a file is shown at its line while it is typed, saved as a draft, and refused by the check', async () => {
    await page.getByRole('link', { name: '› who.mjml' }).click()
    const editor = page.getByRole('textbox', { name: 'partials/who.mjml' })
    await editor.fill(`${(await editor.inputValue()).trimEnd()}\n{{nobody}}\n`)
    const place = page.locator('#problems').getByRole('link', { name: /^partials\/who\.mjml:2:/ })
    await place.waitFor()
    await page.getByText('There is no message to show').waitFor()
    await look('compose-problem')
    await place.click()
    expect(new URL(page.url()).hash).toBe('#L2')
    const asked = page.waitForEvent('dialog')
    const leaving = page.getByRole('link', { name: 'Fields' }).click({ noWaitAfter: true })
    const dialog = await asked
    expect(dialog.type()).toBe('beforeunload')
    await dialog.dismiss()
    await leaving
    expect(await editor.inputValue()).toContain('{{nobody}}')
    await page.getByRole('button', { name: 'Save as a revision' }).click()
    await page.getByText('Saved as revision 4.').waitFor()
    await page.getByRole('link', { name: 'Check' }).click()
    await page.getByText('The check has not passed').waitFor()
    await look('check-failed')
    await page.getByRole('link', { name: /^Mend partials\/who\.mjml:2:/ }).click()
    await editor.waitFor()
    expect(new URL(page.url()).hash).toBe('#L2')
  })

  it('an earlier revision is looked at, and its content comes back as a new one', async () => {
    await page.getByRole('link', { name: /All 4 revisions/ }).click()
    await look('revisions')
    await page.getByRole('link', { name: 'Revision 3' }).click()
    await page.locator('.diff-added', { hasText: '{{nobody}}' }).waitFor()
    await look('revision')
    await page.getByRole('button', { name: 'Go back to revision 3' }).click()
    await page.getByText('Revision 5 says what revision 3 said.').waitFor()
    expect(path()).toBe(`/campaigns/${id}/compose`)
  })

  it('every combination of the audience can be paged through, on a phone and as text and source', async () => {
    await page.locator('#preview iframe').waitFor()
    expect(await page.locator('#combinations label').innerText()).toMatch(/^Combination 1 of \d/)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.locator('#combinations label', { hasText: 'Combination 2 of' }).waitFor()
    await page.getByLabel('Phone').check()
    await page.locator('#preview iframe.phone').waitFor()
    expect((await page.locator('#preview iframe').boundingBox())?.width).toBe(375)
    await look('compose-phone')
    await page.getByLabel('Text', { exact: true }).check()
    await page.locator('#preview pre').getByText('HOW THE HOTLINE WORKS').waitFor()
    await page.getByLabel('A person').check()
    await page.getByLabel('Address of a subscriber').fill('seeded-person0@example.org')
    await page.locator('#preview pre').getByText('seeded-person0@example.org').waitFor()
    await page.getByLabel('Source').check()
    await page.locator('#preview pre').getByText('List-Unsubscribe-Post: List-Unsubscribe=One-Click').waitFor()
    await look('compose-source')
  })

  it('the check passes, and the test message arrives', async () => {
    await page.getByRole('link', { name: 'Check' }).click()
    await page.getByText('The check has passed').waitFor()
    expect(await page.getByLabel('To').inputValue()).toBe(person.email)
    await page.getByLabel('Which message').selectOption('every')
    await look('check-passed')
    await page.getByRole('button', { name: 'Send the test' }).click()
    const said = page.getByText(/^\d+ of \d+ test messages were accepted\.$/)
    await said.waitFor()
    expect(await said.innerText()).toBe('4 of 4 test messages were accepted.')
    await look('check-tested')
    expect((await served.web.mails()).map((mail) => mail.to?.[0]?.address)).toEqual(
      Array.from({ length: 4 }, () => person.email),
    )
  })

  it('the list shows it, finds it by name, and leads to a clone', async () => {
    await page.goto(`${served.url}/campaigns?name=second`)
    await page.getByRole('link', { name: 'Dreamers, the <b>second</b> "alert"', exact: true }).waitFor()
    await look('campaigns')
    await page.getByRole('link', { name: /^Clone Dreamers/ }).click()
    await page.locator('#clone').getByRole('button', { name: 'Clone' }).click()
    await page.getByText('The clone is there').waitFor()
    expect(path()).not.toContain(id)
  })

  it('no page of it has said an error to the browser', () => {
    expect(problems).toEqual([])
  })
})
