// How long the server works for each page of the console with a million subscribers: `npm run bench:console`.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { readFile } from 'node:fs/promises'
import type { Hono } from 'hono'
import { compose } from '../../src/compose.ts'
import { resolveConfig } from '../../src/config/load.ts'
import { createWeb } from '../../src/web/app.tsx'
import { createSite } from '../../src/web/site.ts'
import { signedIn, type Person } from '../support/console.ts'
import { fillDatabase, type LargeData } from './console-data.ts'
import { ROOT } from './root.ts'
import { startCluster } from './cluster.ts'

const ROUNDS = 15

/** The pages with what a person would look for on them. */
function pagesOf({ finished, draft, subscriberId, addressKey }: LargeData): string[] {
  return [
    '',
    '/campaigns',
    `/campaigns/${draft}/votes`,
    `/campaigns/${draft}/compose`,
    `/campaigns/${draft}/audience`,
    `/campaigns/${draft}/check`,
    `/campaigns/${draft}/send`,
    `/campaigns/${finished}/live`,
    `/campaigns/${finished}/report`,
    `/campaigns/${finished}/report?state=failed`,
    '/subscribers',
    '/subscribers?sort=address',
    '/subscribers?sort=last_name',
    '/subscribers?q=ma',
    '/subscribers?zip=972',
    '/subscribers?state=OR',
    '/subscribers?standing=suppressed',
    `/subscribers/${subscriberId}`,
    '/subscribers/imports',
    '/congress',
    '/congress/legislators',
    '/congress/zip?zip=97212',
    '/compliance',
    '/compliance/suppressions',
    '/compliance/suppressions?reason=complaint',
    `/compliance/suppressions?key=${addressKey}`,
    '/compliance/opt-outs',
    '/compliance/feedback',
    '/compliance/requests',
    '/compliance/consents',
    '/compliance/audit',
    '/compliance/retention',
    '/transports',
    '/settings/team',
    '/settings/keys',
    '/settings/values',
    '/me',
  ]
}

interface Line {
  page: string
  status: number
  medianMs: number
  p95Ms: number
  kilobytes: number
}

async function measure(app: Hono, person: Person, page: string): Promise<Line> {
  const times: number[] = []
  let status = 0
  let bytes = 0
  // The first look may count or compile something once; it is part of the 95th percentile.
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now()
    const answer = await app.request(`/console${page}`, { headers: { cookie: person.cookie } })
    bytes = (await answer.arrayBuffer()).byteLength
    times.push(performance.now() - startedAt)
    status = answer.status
  }
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round((sorted[Math.min(ROUNDS - 1, Math.floor(ROUNDS * share))] ?? 0) * 10) / 10
  return { page, status, medianMs: at(0.5), p95Ms: at(0.95), kilobytes: Math.round(bytes / 102.4) / 10 }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { people: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
  })
  const note = (words: string) => process.stderr.write(`${words}\n`)
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(path.join(tmpdir(), 'rollcall-bench-console-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const cluster = await startCluster(home, stack)
  await cluster.create('console')
  const app = stack.use(
    await compose(
      await resolveConfig({
        ROLLCALL_HOME: home,
        DATABASE_URL: await cluster.url('console'),
        ROLLCALL_SECRET: 'a secret of the benchmark',
        ROLLCALL_TRANSPORT: 'file',
        LOG_LEVEL: 'silent',
      }),
    ),
  )
  const data = await fillDatabase(app, Number(values.people), note)
  const site = createSite(app)
  stack.defer(() => site.post[Symbol.asyncDispose]())
  const web = await createWeb(site)
  const person = await signedIn({ site, app: web }, 'admin')
  const lines: Line[] = []
  for (const page of pagesOf(data)) {
    lines.push(await measure(web, person, page))
    note(`${page}: ${lines.at(-1)?.medianMs} ms`)
  }
  const files = await Promise.all(['console/console.css', 'console/browser.js', 'colours.css'].map(sizeOf))
  if (values.json) process.stdout.write(`${JSON.stringify({ people: Number(values.people), lines, files }, null, 2)}\n`)
  else print(lines, files)
}

interface FileSize {
  name: string
  bytes: number
  gzipped: number
}

async function sizeOf(name: string): Promise<FileSize> {
  const file = path.join(ROOT, 'src/web', name)
  return { name, bytes: (await stat(file)).size, gzipped: gzipSync(await readFile(file)).length }
}

function print(lines: readonly Line[], files: readonly FileSize[]): void {
  const out = (words: string) => process.stdout.write(`${words}\n`)
  out('| page | status | median ms | p95 ms | kB |\n|---|---|---|---|---|')
  for (const { page, status, medianMs, p95Ms, kilobytes } of lines)
    out(`| ${page.replace(/[0-9a-f]{64}/, 'KEY')} | ${status} | ${medianMs} | ${p95Ms} | ${kilobytes} |`)
  for (const { name, bytes, gzipped } of files) out(`${name}: ${bytes} bytes, ${gzipped} gzipped`)
}

await main()
