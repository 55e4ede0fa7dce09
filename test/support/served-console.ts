// The console on a port of this machine, and browsers that are signed in to it.
import { once } from 'node:events'
import { createAdaptorServer } from '@hono/node-server'
import type { Browser, Page } from 'playwright-core'
import type { Role } from '../../src/access/roles.ts'
import type { Store } from '../../src/store/connect.ts'
import { signedIn, type Person } from './console.ts'
import { openWeb, type Web } from './web.ts'

export interface ServedConsole extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/console` */
  url: string
  web: Web
  /** A browser window of somebody with this role. */
  windowOf(browser: Browser, role: Role, width?: number): Promise<{ page: Page; person: Person }>
}

/** Serves the application over a database, as `rollcall serve` does. */
export async function serveConsole(store: Store, settings: Record<string, string> = {}): Promise<ServedConsole> {
  let answer: (request: Request, env: unknown) => Response | Promise<Response> = () =>
    new Response(null, { status: 503 })
  const server = createAdaptorServer({ fetch: (request, env) => answer(request, env) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const web = await openWeb(store, origin, settings)
  answer = (request, env) => web.app.fetch(request, env)
  return {
    url: `${origin}/console`,
    web,
    async windowOf(browser, role, width = 1440) {
      const person = await signedIn(web, role)
      const context = await browser.newContext({ viewport: { width, height: 900 }, timezoneId: 'America/New_York' })
      const [name = '', value = ''] = person.cookie.split('=')
      await context.addCookies([{ name, value, url: origin }])
      return { page: await context.newPage(), person }
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
      await web[Symbol.asyncDispose]()
    },
  }
}
