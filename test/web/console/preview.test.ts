// Previews of unsaved text: what they show, to whom, and that what is in them can do nothing (threats T13, T16).
import { serve } from '@hono/node-server'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { keepPreview } from '../../../src/campaign/kept-previews.ts'
import type { Store } from '../../../src/store/connect.ts'
import { noBrowser, openBrowser } from '../../support/chromium.ts'
import { signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { addSubscribers, draftCampaign } from '../../support/reference-campaign.ts'
import { openWeb, type Web } from '../../support/web.ts'

let store: Store
let web: Web
let author: Person
let viewer: Person
let id: string
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  web = await openWeb(store)
  author = await signedIn(web, 'author')
  viewer = await signedIn(web, 'viewer')
  await addSubscribers(store.db, ['97212', '97212', '35203', null], 'seeded-person')
  id = await draftCampaign(store.db)
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

/** The part of the page that changes, as the script asks for it. */
async function preview(person: Person, fields: Record<string, string>): Promise<string> {
  const answer = await web.app.request(`/console/campaigns/${id}/compose/preview`, {
    method: 'POST',
    headers: { cookie: person.cookie, origin: 'https://alerts.rollcall.example', 'sec-fetch-dest': 'empty' },
    body: new URLSearchParams({ csrf: person.csrf, file: 'body.mjml', ...fields }),
  })
  expect(answer.status).toBe(200)
  return answer.text()
}

function frameOf(html: string): string {
  const [, path = ''] = /<iframe[^>]*src="\/console([^"]+)"/.exec(html) ?? []
  return path
}

describe('a preview', () => {
  it('of the commonest combination comes with the counts of all of them', async () => {
    const html = await preview(author, {})
    expect(html).toContain('Combination 1 of')
    expect(html).toContain('2 people: all champions')
    const next = await preview(author, { combination: '1' })
    expect(next).toContain('Combination 2 of')
  })

  it('of a ZIP is the message its people would get, from text that is not saved', async () => {
    const text = await preview(author, {
      file: 'body.txt.hbs',
      text: 'Hello {{default firstName "friend"}}, {{summary}}\n{{url unsubscribeUrl}}',
      who: 'zip',
      zip: '97212',
      view: 'text',
    })
    expect(text).toContain('Hello Alex, ')
    expect(text).toContain('Merkley')
    const wrong = await preview(author, { who: 'zip', zip: '9721' })
    expect(wrong).toContain('“9721”'.replace(/[“”]/g, '&quot;'))
  })

  it('of a person names them to whoever may see subscribers, and to nobody else', async () => {
    const wish = { who: 'person', address: 'seeded-person2@example.org', view: 'text' }
    expect(await preview(author, wish)).toContain('seeded-person2@example.org')
    expect(await preview(viewer, wish)).not.toContain('seeded-person2@example.org')
    expect(await preview(author, { ...wish, address: 'stranger@example.org' })).toContain(
      'this address is no subscriber',
    )
  })

  it('T1: a template that reaches for what is not its own, or never ends, ends in a sentence with its place', async () => {
    for (const tag of [
      '{{constructor}}',
      '{{lookup this "a"}}',
      '{{#each seats}}{{__proto__}}{{/each}}',
      '{{> (whichever)}}',
    ]) {
      const html = await preview(author, { file: 'body.txt.hbs', text: `one\n${tag}`, view: 'text' })
      expect(html).toMatch(/body\.txt\.hbs:2:\d+/)
      expect(html).toContain('There is no message to show')
    }
    const huge = await preview(author, { file: 'body.txt.hbs', text: 'x'.repeat(300_000) })
    expect(huge).toContain('body.txt.hbs exceeds 262144 characters')
    const circle = await preview(author, { file: 'partials/who.mjml', text: '{{> who}}' })
    expect(circle).toContain('partial who contains itself')
    const deep = await preview(author, { text: `<mjml><mj-body>${'<mj-section><mj-column>'.repeat(20_000)}` })
    expect(deep).toContain('There is no message to show')
  })

  it('T2, T3: what would leave its place in the HTML is refused with the line', async () => {
    const html = await preview(author, { file: 'partials/who.mjml', text: 'a\n{{{firstName}}}' })
    expect(html).toContain('partials/who.mjml:2:1')
    const script = await preview(author, { file: 'partials/who.mjml', text: '<script>alert(1)</script>' })
    expect(script).toContain('script')
    expect(script).toContain('There is no message to show')
  })

  it('T16: is for the account that asked for it, and for nobody else', async () => {
    const path = frameOf(await preview(author, {}))
    expect(path).toMatch(/^\/previews\/[\w-]{32}\/html$/)
    expect((await author.get(path)).status).toBe(200)
    expect((await viewer.get(path)).status).toBe(404)
    const nobody = await web.app.request(`/console${path}`)
    expect(nobody.status).toBe(303)
  })

  it('T20: lies in the database sealed: neither the person nor the words can be read there', async () => {
    await preview(author, { who: 'person', address: 'seeded-person2@example.org' })
    const { rows } = await store.pool.query<{ dump: string }>(
      `SELECT string_agg(encode(sealed, 'escape'), '') AS dump FROM kept_preview`,
    )
    expect(rows[0]?.dump).not.toContain('seeded-person2')
    expect(rows[0]?.dump).not.toContain('Dreamers')
  })

  it('is gone after a quarter of an hour, and one account keeps twenty', async () => {
    const now = web.clock.now()
    for (let n = 0; n < 25; n++)
      await keepPreview(store.db, '999', { html: '', text: '', eml: '' }, new Date(now.getTime() + n))
    const { rows } = await store.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM kept_preview WHERE account_id = '999'`,
    )
    expect(rows[0]?.count).toBe(20)
    const path = frameOf(await preview(author, {}))
    web.clock.advance(15 * 60_000)
    expect((await author.get(path)).status).toBe(404)
  })
})

const PAYLOADS = [
  '<script>document.cookie = "stolen=1"; fetch("/x-script"); parent.document.title = "taken"</script>',
  '<svg onload="fetch(\'/x-svg\')"><script>fetch("/x-svg-script")</script></svg>',
  '<img src="data:," onerror="fetch(\'/x-onerror\'); top.location = \'/x-top\'">',
  '<meta http-equiv="refresh" content="0;url=/x-refresh">',
  '<base href="/x-base/"><link rel="stylesheet" href="sheet.css">',
  '<form id="f" action="/x-form" method="post"><input name="a" autofocus onfocus="f.submit()"></form><script>f.submit()</script>',
  '<iframe src="/x-frame"></iframe><object data="/x-object"></object><embed src="/x-embed">',
  '<a href="javascript:fetch(\'/x-link\')">go</a><style>@import "/x-import"; body { background: url(/x-background) }</style>',
]

/** What a browser asks our server for while it shows this HTML: in the frame of the console, and alone in a tab. */
async function asksOf(html: string, defended: boolean): Promise<{ asked: string[]; title: string; cookies: string[] }> {
  const kept = await keepPreview(store.db, author.id, { html, text: '', eml: '' }, web.clock.now())
  const place = `/console/previews/${kept}/html`
  const asked: string[] = []
  const server = serve({
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname.includes('/x-')) asked.push(pathname)
      const frame = `<iframe ${defended ? 'sandbox=""' : ''} src="${place}"></iframe>`
      if (pathname === '/framing')
        return new Response(`<!doctype html><title>framing</title>${frame}`, {
          headers: { 'content-type': 'text/html' },
        })
      // Signed in, whatever the page does to its cookies.
      const answer = await web.app.request(pathname, { headers: { cookie: author.cookie } })
      if (!defended) for (const name of ['content-security-policy', 'x-frame-options']) answer.headers.delete(name)
      return answer
    },
  })
  await new Promise((ready) => server.once('listening', ready))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(base + place)
  await page.locator('#seen').waitFor()
  await page.goto(`${base}/framing`)
  await page.frameLocator('iframe').locator('#seen').waitFor()
  await (defended
    ? page.waitForLoadState('networkidle')
    : vi.waitUntil(() => asked.some((path) => path === '/x-onerror') && asked.some((path) => path === '/x-import')))
  const seen = { asked, title: await page.title(), cookies: (await context.cookies()).map(({ name }) => name) }
  await context.close()
  server.close()
  return seen
}

let browser: Browser
describe.skipIf(noBrowser() !== null)('in a browser', () => {
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  it('T13: whatever stands in a preview, nothing is asked for, no cookie is set, nothing is navigated', async () => {
    const html = `<!doctype html><title>planted</title><p id="seen">shown</p>${PAYLOADS.join('\n')}`
    expect(await asksOf(html, true)).toEqual({ asked: [], title: 'framing', cookies: [] })
  })

  it('T13: the same without the policy and the sandbox does reach the server, so the test would see it', async () => {
    const harmful = `<!doctype html><p id="seen">shown</p><script>document.cookie = 'stolen=1'; fetch('/x-script')</script><img src="data:," onerror="fetch('/x-onerror')"><style>@import "/x-import"</style>`
    const { asked, cookies } = await asksOf(harmful, false)
    expect(asked).toEqual(expect.arrayContaining(['/x-script', '/x-onerror', '/x-import']))
    expect(cookies).toContain('stolen')
  })
})
