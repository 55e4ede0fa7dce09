// What another site can do to somebody who is signed in, in a real browser: show no page of ours, press no button, read nothing.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { noBrowser, openBrowser } from '../support/chromium.ts'
import type { Person } from '../support/console.ts'
import { testDatabase } from '../support/database.ts'
import { serveConsole, type ServedConsole } from '../support/served-console.ts'

const reason = noBrowser()
if (reason !== null) console.warn(`The gate is not tried from a browser: ${reason}`)

let browser: Browser
let store: Store
let served: ServedConsole
let page: Page
let person: Person

beforeAll(async () => {
  if (reason !== null) return
  store = await testDatabase()
  served = await serveConsole(store)
  browser = await openBrowser()
  const window = await served.windowOf(browser, 'admin')
  page = window.page
  person = window.person
})
afterAll(async () => {
  await browser?.close()
  await served?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
})

/** Opens a page of another site in the window of somebody who is signed in; resolves when it has done its worst. */
async function visitForeign(html: string): Promise<AsyncDisposable> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  await page.goto(`http://localhost:${typeof address === 'object' ? address?.port : 0}/`, { waitUntil: 'networkidle' })
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe.skipIf(reason !== null)('another site', { timeout: 60_000 }, () => {
  it('T18 shows no page of the console in a frame: nobody is led to click on it', async () => {
    await page.goto(`${served.url}/me`)
    expect(await page.title()).toContain('Admin')
    const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'))
    await using _ = await visitForeign(`<iframe src="${served.url}/me"></iframe>`)
    expect((await refused).text()).toContain('has been blocked')
    const texts = await Promise.all(
      page.frames().map((frame) => frame.evaluate(() => document.body.innerText).catch(() => '')),
    )
    expect(texts.join()).not.toContain('Sign out')
  })

  it('T18 posts no form in their name, with every field guessed right', async () => {
    const form = `<form method="post" action="${served.url}/me/name">
      <input name="name" value="Changed"><input name="csrf" value="${person.csrf}"></form>
      <script>document.forms[0].submit()</script>`
    await using _ = await visitForeign(form)
    await page.waitForURL(/console/)
    await page.goto(`${served.url}/me`)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(person.name)
  })

  it('T18 reads nothing by script', async () => {
    await using _ = await visitForeign('<p>somewhere else</p>')
    const read = await page.evaluate(
      async (url) =>
        await fetch(url, { credentials: 'include' }).then(
          (answer) => answer.text(),
          (error: Error) => error.name,
        ),
      `${served.url}/me`,
    )
    expect(read).toBe('TypeError')
  })
})
