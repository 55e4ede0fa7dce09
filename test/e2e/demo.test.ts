// The demo as a new user runs it: nothing configured, the usual ports taken, a home that others cannot enter, twice.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import PostalMime from 'postal-mime'
import { choosePlace } from '../../src/store/embedded-place.ts'
import { runningPort } from '../../src/store/embedded-server.ts'
import { runCli } from '../support/cli.ts'

let home: string
const squatters: Server[] = []

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'rollcall-demo-')) // mode 0700
  for (const port of [5432, 6379]) squatters.push(await occupy(port))
})
afterAll(async () => {
  for (const squatter of squatters) squatter.close()
  await rm(path.dirname((await choosePlace(home)).data), { recursive: true, force: true })
  await rm(home, { recursive: true, force: true })
})

/** Takes a port; one that is taken already is as good. */
function occupy(port: number): Promise<Server> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('listening', () => resolve(server))
    server.once('error', () => resolve(server))
    server.listen(port, '127.0.0.1')
  })
}

interface DemoDocument {
  id: string
  state: string
  audience: number
  deliveries: Record<string, number>
  outcomes: { outcome: string; count: number }[]
  stances: { stance: string; label: string; seats: number }[]
  inbox: { folder: string; messages: number }
}

async function demo(): Promise<DemoDocument> {
  const run = await runCli(['demo', '--json'], { ROLLCALL_HOME: home })
  expect(run).toMatchObject({ code: 0 })
  return JSON.parse(run.stdout) as DemoDocument
}

test('the demo sends the reference campaign to everyone, and can be run again', { timeout: 300_000 }, async () => {
  const first = await demo()
  expect(first).toMatchObject({
    state: 'finished',
    audience: 2509,
    deliveries: { sent: 2509, pending: 0, failed: 0, in_doubt: 0 },
    inbox: { messages: 2509 },
  })
  expect(first.outcomes.map(({ outcome }) => outcome).sort()).toEqual([
    'all_champions',
    'all_opponents',
    'ambiguous',
    'mixed',
    'no_vote',
    'some_champions',
    'some_opponents',
    'unresolved',
  ])
  expect(first.stances).toContainEqual(expect.objectContaining({ stance: 'champion', label: 'Dream Hero' }))
  expect(path.dirname(first.inbox.folder)).toBe(home)

  const second = await demo()
  expect(second.id).not.toBe(first.id)
  expect(second).toMatchObject({ state: 'finished', audience: 2509, inbox: { messages: 2509 } })
  expect(await readdir(second.inbox.folder)).toHaveLength(2509)
  expect(await runningPort(await choosePlace(home))).toBeNull()
})

test('every message of the demo is whole: one recipient, both parts, the opt-out, an address of its own to bounce to', async () => {
  const folder = path.join(home, 'inbox')
  const files = (await readdir(folder)).filter((_, index) => index % 50 === 0)
  const ids = new Set<string | undefined>()
  for (const file of files) {
    const mail = await PostalMime.parse(await readFile(path.join(folder, file)))
    const header = (name: string) => mail.headers.filter(({ key }) => key === name).map(({ value }) => value)
    expect(mail.to, file).toHaveLength(1)
    expect(mail.html, file).toContain('</html>')
    expect(mail.text, file).toContain('PO Box 43884')
    expect(header('list-unsubscribe-post'), file).toEqual(['List-Unsubscribe=One-Click'])
    expect(header('list-unsubscribe')[0], file).toMatch(/^<http[^>]+\/u\/[\w-]+>, <mailto:unsub\+[a-z2-7]+@[^>]+>$/)
    ids.add(mail.messageId)
  }
  expect(ids.size).toBe(files.length)
})
