// The post office: behind the back of whoever asked, through the first transport that takes it, never twice, never silently.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setKillSwitch } from '../../src/delivery/kill-switch.ts'
import { openPostOffice } from '../../src/delivery/post-office.ts'
import type { Transport } from '../../src/delivery/transport.ts'
import { createTransport } from '../../src/delivery/transports/create.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { sampleMessage } from '../support/sample-message.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

let store: Store
let sink: SmtpSink
let home: string
/** A file transport whose folder cannot be made, since a file is in its place. */
let broken: Transport
let working: Transport

beforeAll(async () => {
  store = await testDatabase()
  sink = await startSmtpSink()
  home = await mkdtemp(path.join(tmpdir(), 'rollcall-post-'))
  await writeFile(path.join(home, 'taken'), '')
  broken = createTransport('file', { directory: path.join(home, 'taken') })
  working = smtp(sink.url)
})
afterAll(async () => {
  await working?.[Symbol.asyncDispose]()
  await sink?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

function smtp(url: string): Transport {
  return createTransport('smtp', { url, connections: 2, messagesPerConnection: 100, dkim: null, allowedDomains: null })
}

function office(transports: readonly Transport[], retryMs: readonly number[] = []) {
  const log = memoryLog()
  return { log, post: openPostOffice({ db: store.db, transports: async () => transports, log, retryMs }) }
}

/** Posts to one mailbox and returns what was logged and how often the server took it. */
async function send(to: string, transports: readonly Transport[], retryMs: readonly number[] = []) {
  const { log, post } = office(transports, retryMs)
  post.post('join', sampleMessage({ to, deliveryId: `letter-${to.split('@')[0]}` }))
  await post.drained()
  const said = log.lines.map(({ level, message }) => `${level}: ${message}`)
  expect(JSON.stringify(log.lines)).not.toContain(to)
  return { said, taken: sink.accepted.filter(({ recipient }) => recipient === to).length }
}

test('a letter goes out after the caller has gone on', async () => {
  const { said, taken } = await send('fine@example.org', [working])
  expect(said).toEqual(['info: a letter was sent'])
  expect(taken).toBe(1)
})

test('the next transport takes what the first could not, and a round later the first may', async () => {
  const { said, taken } = await send('second@example.org', [broken, working])
  expect(said).toEqual(['info: a letter was sent'])
  expect(taken).toBe(1)
  const later = await send('grey@example.org', [working], [1])
  expect(later.said).toEqual([expect.stringContaining('warn: a letter was refused: 4'), 'info: a letter was sent'])
  expect(later.taken).toBe(1)
})

test('a mailbox that is not there is not asked again, and what may have arrived is not sent twice', async () => {
  const refused = await send('unknown-550@example.org', [working, working], [1])
  expect(refused.said).toEqual([expect.stringContaining('a letter was refused: 550')])
  const lost = await send('drop-after-dot@example.org', [working, working], [1])
  expect(lost.said).toEqual([expect.stringContaining('a letter may be lost')])
  expect(lost.taken).toBe(1)
})

test('what no transport takes is given up aloud', async () => {
  const { said } = await send('nowhere@example.org', [broken], [1])
  expect(said.at(-1)).toBe('error: a letter was given up: no transport took it')
  expect((await send('none@example.org', [])).said.at(-1)).toBe('error: a letter was given up: no transport took it')
})

test('the kill switch holds letters, too (T19)', async () => {
  await setKillSwitch(store.db, true, 'test', 'tester')
  const { said, taken } = await send('held@example.org', [working])
  await setKillSwitch(store.db, false, '', 'tester')
  expect(said).toEqual(['warn: a letter was not sent: the kill switch is engaged'])
  expect(taken).toBe(0)
})

test('a flood of letters goes out over few connections, and each of them once', async () => {
  const { log, post } = office([working])
  const to = Array.from({ length: 40 }, (_, n) => `flood${n}@example.org`)
  for (const [n, each] of to.entries()) post.post('join', sampleMessage({ to: each, deliveryId: `letter-flood-${n}` }))
  await post.drained()
  expect(log.lines.map(({ message }) => message)).toEqual(Array(40).fill('a letter was sent'))
  expect(new Set(sink.accepted.map(({ recipient }) => recipient).filter((each) => each.startsWith('flood'))).size).toBe(
    40,
  )
  expect(sink.open()).toBeLessThanOrEqual(2)
})

test('closing lets what is in the air land and waits for no further round', async () => {
  const { log, post } = office([broken], [3_600_000])
  post.post('join', sampleMessage({ to: 'patient@example.org' }))
  const other = office([working])
  other.post.post('join', sampleMessage({ to: 'slow@example.org', deliveryId: 'letter-slow' }))
  await post[Symbol.asyncDispose]()
  await other.post[Symbol.asyncDispose]()
  expect(log.lines.at(-1)?.message).toContain('given up')
  expect(other.log.lines.map(({ message }) => message)).toEqual(['a letter was sent'])
})
