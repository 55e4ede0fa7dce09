// bull-board in a real browser, on PostgreSQL and on Redis: jobs are seen, nothing can be changed, nothing is fetched from elsewhere.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { noBrowser, openBrowser } from '../support/chromium.ts'
import { signedIn } from '../support/console.ts'
import { testDatabase } from '../support/database.ts'
import { picture } from '../support/inspect-page.ts'
import { testRedis } from '../support/redis.ts'
import { serveConsole } from '../support/served-console.ts'
import { openWeb } from '../support/web.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

describe.skipIf(noBrowser() !== null)('in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  test.each(['postgres', 'redis'])(
    'an admin sees the jobs that wait, with the queue on %s',
    async (backend) => {
      await using redis = await testRedis()
      await using served = await serveConsole(store, backend === 'redis' ? { REDIS_URL: redis.url } : {})
      const queues = await served.web.site.queues()
      expect(queues.backend).toBe(backend)
      await queues.add('deliver', [{ campaignId: 'dream-act-2017-k3xp', shard: 3 }])
      const { page } = await served.windowOf(browser, 'admin')
      const foreign: string[] = []
      page.on(
        'request',
        (request) => void (request.url().startsWith(new URL(served.url).origin) || foreign.push(request.url())),
      )
      const failed: string[] = []
      page.on('pageerror', (error) => failed.push(error.message))
      await page.goto(`${served.url}/queue`)
      await page.getByText('rollcall-deliver').first().waitFor()
      await page.goto(`${served.url}/queue/queue/rollcall-deliver?status=waiting`)
      await page.getByText('deliver-dream-act-2017-k3xp-3').first().waitFor()
      await picture(page, `queue-${backend}`)
      expect(failed).toEqual([])
      // The browser asks for the web fonts, and its policy refuses before anything leaves.
      expect(foreign.filter((url) => !url.startsWith('https://fonts.googleapis.com/'))).toEqual([])
    },
    60_000,
  )
})

test('T16 only those who may look into the queue see it, and nobody changes it there', async () => {
  await using web = await openWeb(store)
  for (const role of ['viewer', 'author', 'approver', 'compliance'] as const) {
    const person = await signedIn(web, role)
    for (const path of ['/queue', '/queue/api/queues']) expect((await person.get(path)).status).toBe(403)
  }
  const admin = await signedIn(web, 'admin')
  const board = await admin.get('/queue')
  expect(board.status).toBe(200)
  expect(board.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(board.headers.get('content-security-policy')).not.toContain('unsafe-eval')
  expect(await (await admin.get('/queue/api/queues')).json()).toMatchObject({
    queues: [
      { name: 'rollcall-deliver', readOnlyMode: true },
      { name: 'rollcall-launch', readOnlyMode: true },
    ],
  })
  for (const act of ['pause', 'clean/waiting', 'empty', 'obliterate'])
    expect((await admin.post(`/queue/api/queues/rollcall-deliver/${act}`)).status).toBe(404)
})
