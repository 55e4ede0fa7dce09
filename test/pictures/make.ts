// Makes the pictures of the README: the real product with the reference campaign, seen by a real browser. `npm run pictures`.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import type { Browser, Page } from 'playwright-core'
import { approveCampaign } from '../../src/campaign/control.ts'
import { checkCampaign } from '../../src/campaign/check.ts'
import { createSampleCampaign, loadSampleCongress, loadSampleSubscribers } from '../../src/cli/sample.ts'
import { compose, type App } from '../../src/compose.ts'
import { resolveConfig } from '../../src/config/load.ts'
import { campaignStatus } from '../../src/delivery/report.ts'
import { throttleCampaign } from '../../src/delivery/throttles.ts'
import { createWeb } from '../../src/web/app.tsx'
import { createSite } from '../../src/web/site.ts'
import { startCluster } from '../bench/cluster.ts'
import { openBrowser } from '../support/chromium.ts'
import { signedIn } from '../support/console.ts'

const FOLDER = import.meta.dirname
const ACT = 'rollcall'

/** Serves the console on a free port and returns a browser's way in. */
async function serve(stack: AsyncDisposableStack): Promise<{ app: App; origin: string; cookie: string }> {
  const home = await mkdtemp(path.join(tmpdir(), 'rollcall-pictures-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const cluster = await startCluster(home, stack)
  await cluster.create('pictures')
  const server = createAdaptorServer({ fetch: (request, env) => answer(request, env) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const settings = {
    ROLLCALL_HOME: home,
    DATABASE_URL: await cluster.url('pictures'),
    ROLLCALL_SECRET: 'a secret of the pictures',
    ROLLCALL_BASE_URL: origin,
    ROLLCALL_ORGANISATION: 'Indivisible Project',
    ROLLCALL_TRANSPORT: 'file',
    ROLLCALL_CANARY_PERCENT: '0',
    LOG_LEVEL: 'silent',
  }
  const app = stack.use(await compose(await resolveConfig(settings)))
  const site = createSite(app)
  stack.defer(() => site.post[Symbol.asyncDispose]())
  const web = await createWeb(site)
  function answer(request: Request, env: object): Response | Promise<Response> {
    return web.fetch(request, env)
  }
  stack.defer(async () => {
    site.stopping.abort()
    const closed = new Promise((resolve) => server.close(resolve))
    if ('closeAllConnections' in server) server.closeAllConnections()
    await closed
  })
  const { cookie } = await signedIn({ site, app: web }, 'admin')
  return { app, origin, cookie }
}

const silent = { note: (words: string) => void process.stderr.write(`${words}\n`) }

async function approved(app: App): Promise<string> {
  const id = await createSampleCampaign({ app })
  const { problems } = await checkCampaign(app.db, id, app.sender, app.clock)
  await approveCampaign(app.db, id, problems, { actor: ACT, clock: app.clock })
  return id
}

async function take(page: Page, url: string, name: string, { whole = false } = {}): Promise<void> {
  await page.goto(url, { waitUntil: 'load' })
  await sleep(1_500) // frames and live parts
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`), fullPage: whole })
  silent.note(`${name}.png`)
}

async function pageOf(browser: Browser, origin: string, cookie: string, width: number, height: number): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    timezoneId: 'America/New_York',
    reducedMotion: 'reduce',
  })
  const [name = '', value = ''] = cookie.split('=')
  await context.addCookies([
    { name, value, url: origin },
    { name: 'rollcall-zone', value: 'America/New_York', url: origin },
  ])
  return await context.newPage()
}

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const { app, origin, cookie } = await serve(stack)
  const stage = { app, terminal: silent }
  await loadSampleCongress(stage)
  await loadSampleSubscribers(stage)
  const draft = await createSampleCampaign({ app })
  const sending = await approved(app)
  await app.work()
  await throttleCampaign(app.db, sending, 40, { actor: ACT, clock: app.clock })
  await app.launch(sending, { expect: null, actor: ACT })
  await sentAtLeast(app, sending, 600)

  const browser = await openBrowser()
  stack.defer(() => browser.close())
  const at = (place: string) => `${origin}/console${place}`
  const desk = await pageOf(browser, origin, cookie, 1280, 900)
  await take(desk, at(`/campaigns/${sending}/live`), 'live')
  await take(desk, at(''), 'home')
  await take(desk, at(`/campaigns/${draft}/compose`), 'compose')
  await take(desk, at(`/campaigns/${draft}/send`), 'send')
  await take(desk, at('/subscribers'), 'subscribers')
  await take(desk, at('/compliance'), 'compliance')
  const phone = await pageOf(browser, origin, cookie, 390, 844)
  await phone.emulateMedia({ colorScheme: 'dark' })
  await take(phone, at(`/campaigns/${sending}/live`), 'live-phone')
  await throttleCampaign(app.db, sending, null, { actor: ACT, clock: app.clock })
}

async function sentAtLeast(app: App, id: string, count: number): Promise<void> {
  for (let left = 600; left > 0; left--) {
    if ((await campaignStatus(app.db, id)).deliveries.sent >= count) return
    await sleep(100)
  }
  throw new Error(`the campaign ${id} does not move`)
}

await main()
