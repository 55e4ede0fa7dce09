// The web application on a test database, with the mails it sends kept as files.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import type { Hono } from 'hono'
import type { KyselyPlugin } from 'kysely'
import { pino } from 'pino'
import PostalMime, { type Email } from 'postal-mime'
import { compose } from '../../src/compose.ts'
import { resolveConfig } from '../../src/config/load.ts'
import { fixedClock } from '../../src/core/clock.ts'
import type { Store } from '../../src/store/connect.ts'
import { createWeb } from '../../src/web/app.tsx'
import { createSite, type Site } from '../../src/web/site.ts'
import { SECRET } from './reference-campaign.ts'

export interface Web extends AsyncDisposable {
  app: Hono
  site: Site
  clock: ReturnType<typeof fixedClock>
  /** Everything that was logged, as it would stand in a file. */
  log(): string
  /** Returns the mails sent since the last call, oldest first. */
  mails(): Promise<Email[]>
  /** Posts a form as a browser does. */
  post(path: string, fields?: Record<string, string>): Promise<Response>
}

/** Returns the application as `rollcall serve` makes it, at a time that stands still. */
export async function openWeb(
  store: Store,
  baseUrl = 'https://alerts.rollcall.example',
  settings: Record<string, string> = {},
): Promise<Web> {
  const home = await mkdtemp(path.join(tmpdir(), 'rollcall-web-'))
  const outbox = path.join(home, 'outbox')
  const config = await resolveConfig({
    ROLLCALL_HOME: home,
    ROLLCALL_SECRET: SECRET,
    ROLLCALL_BASE_URL: baseUrl,
    ROLLCALL_TRANSPORT: 'file',
    ROLLCALL_ORGANISATION: 'Indivisible Project',
    LOG_LEVEL: 'silent',
    ...settings,
  })
  const clock = fixedClock('2018-01-03T12:00:00Z')
  let logged = ''
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString()
      done()
    },
  })
  const parts = await compose({ ...config, DATABASE_URL: store.url })
  const site = createSite({ ...parts, clock, log: pino({ level: 'trace' }, sink), db: store.db })
  const app = await createWeb(site)
  const seen = new Set<string>()
  return {
    app,
    site,
    clock,
    log: () => logged,
    async mails() {
      await site.post.drained()
      const names = await readdir(outbox).catch(() => [])
      const fresh = names.filter((name) => name.endsWith('.eml') && !seen.has(name))
      for (const name of fresh) seen.add(name)
      return Promise.all(fresh.map(async (name) => PostalMime.parse(await readFile(path.join(outbox, name)))))
    },
    async post(place, fields = {}) {
      return app.request(place, { method: 'POST', body: new URLSearchParams(fields) })
    },
    async [Symbol.asyncDispose]() {
      await site.post[Symbol.asyncDispose]()
      await parts[Symbol.asyncDispose]()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Returns a function that counts the statements a request costs the database. */
export async function statementCounter(site: Site): Promise<(path: string, init: RequestInit) => Promise<number>> {
  let statements = 0
  const counting: KyselyPlugin = {
    transformQuery: ({ node }) => {
      statements += 1
      return node
    },
    transformResult: async ({ result }) => result,
  }
  // The post office works behind the page's back: what it asks does not count.
  const app = await createWeb({ ...site, db: site.db.withPlugin(counting) })
  return async (path, init) => {
    statements = 0
    await app.request(path, init)
    return statements
  }
}

/** Returns the path and query of the link to us in a mail, the first one that contains `part`. */
export function linkIn(mail: Email | undefined, part: string): string {
  const found = [...(mail?.text ?? '').matchAll(/https?:\/\/\S+/g)]
    .map(([url]) => url)
    .find((url) => url.includes(part))
  if (found === undefined) throw new Error(`no link with ${part} in: ${mail?.text ?? '(no mail)'}`)
  const { pathname, search } = new URL(found)
  return pathname + search
}

/** Returns the headers of an answer without the one that differs from each answer to the next: the id of the request. */
export function headersOf(response: Response): [string, string][] {
  return [...response.headers].filter(([name]) => name !== 'x-request-id')
}

/** Returns the answer as text, without what differs from language to language switch. */
export async function bodyOf(response: Response | Promise<Response>): Promise<string> {
  return (await response).text()
}
