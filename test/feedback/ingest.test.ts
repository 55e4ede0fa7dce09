// `rollcall feedback ingest` as a process of its own.
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listMailFiles } from '../../src/feedback/mail-files.ts'
import { splitMailbox } from '../../src/feedback/mailbox.ts'
import type { Store } from '../../src/store/connect.ts'
import { ended, runCli, startCli, type Run } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { complaint, dsn, letter } from './mails.ts'
import { deliveryState, SECRET, sentDelivery, suppressions } from './sent-campaign.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-feedback-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const bounce = dsn({ diagnostic: '550 5.1.1 User unknown' })

async function put(name: string, bytes: Buffer): Promise<string> {
  const file = path.join(folder, name)
  await writeFile(file, bytes)
  return file
}

const linesOf = (run: Run): unknown[] =>
  run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

test('--dry-run prints a line for each report and opens no database', async () => {
  const home = path.join(folder, 'home')
  const file = await put('bounce.eml', bounce)
  const feed = await put('feed.eml', complaint('abuse'))
  const other = await put('other.eml', letter('From: ana@example.net\nSubject: Re: x', 'hello'))
  const run = await runCli(['feedback', 'ingest', '--dry-run', '--json', file, feed, other], { ROLLCALL_HOME: home })
  expect(run.code).toBe(0)
  expect(linesOf(run)).toEqual([
    {
      file,
      kind: 'bounce',
      class: 'hard',
      recipient: 'ana@example.net',
      status: '5.1.1',
      reply: '550',
      sentence: 'there is no such mailbox: 550 5.1.1 User unknown',
    },
    {
      file: feed,
      kind: 'complaint',
      class: null,
      recipient: 'ana@example.net',
      status: null,
      reply: null,
      sentence: 'the recipient complained (abuse)',
    },
    expect.objectContaining({ file: other, kind: 'other', class: null }),
  ])
  expect(existsSync(home)).toBe(false)
})

test('a file that cannot be read is named, and the others are done', async () => {
  const file = await put('bounce.eml', bounce)
  const missing = path.join(folder, 'missing.eml')
  const run = await runCli(['feedback', 'ingest', '--dry-run', '--json', missing, file], {})
  expect(run.code).toBe(1)
  expect(run.stderr).toContain(missing)
  expect(linesOf(run)).toHaveLength(1)
})

test('nothing to read is wrong usage', async () => {
  const run = await runCli(['feedback', 'ingest', '--dry-run'], {})
  expect(run.code).toBe(2)
})

test('a folder gives its .eml files by name', async () => {
  const inside = await mkdtemp(path.join(folder, 'mails-'))
  for (const name of ['b.eml', 'a.eml', 'README.md', '.hidden.eml']) await writeFile(path.join(inside, name), bounce)
  expect(await listMailFiles(inside)).toEqual(['a.eml', 'b.eml'].map((name) => path.join(inside, name)))
  await expect(listMailFiles(path.join(inside, 'none'))).rejects.toThrow('cannot be read')
})

test('an mbox is many mails, a mail with a line that starts with From is one', () => {
  const line = 'From MAILER-DAEMON Thu Jan  4 10:00:00 2018\n'
  const one = dsn().toString().replaceAll('\r\n', '\n')
  expect(splitMailbox(Buffer.from(`${line}${one}\n${line}${one}`))).toHaveLength(2)
  expect(splitMailbox(Buffer.from(`${one}\n\nFrom here on 10:00 2018`))).toHaveLength(1)
})

test('without --dry-run it applies what the mail proves, once', async () => {
  await using store: Store = await testDatabase()
  const { id, bounceTo } = await sentDelivery(store.db, 'ana@example.net')
  const file = await put('ours.eml', dsn({ to: bounceTo, diagnostic: '550 5.1.1 User unknown' }))
  const settings = { DATABASE_URL: store.url, ROLLCALL_SECRET: SECRET, ROLLCALL_HOME: folder }
  const first = await runCli(['feedback', 'ingest', file], settings)
  expect([first.code, first.stdout.trim().endsWith('[suppressed]')]).toEqual([0, true])
  const second = await runCli(['feedback', 'ingest', file], settings)
  expect(second.stdout.trim().endsWith('[known]')).toBe(true)
  const blocked = await put(
    'blocked.eml',
    dsn({ to: (await sentDelivery(store.db, 'bo@example.net')).bounceTo, status: '5.7.1' }),
  )
  await runCli(['feedback', 'ingest', blocked], settings)
  const status = await runCli(['feedback', 'status'], settings)
  expect(status.stdout).toContain('2 reports in 30 days; 0 mails and 0 events wait')
  expect(status.stdout).toMatch(/bounce +hard +suppressed +1/)
  expect(status.stdout).toMatch(/alarm: \S+: 1 refused as block/)
  expect((await deliveryState(store.db, id)).state).toBe('bounced')
  expect(await suppressions(store.db)).toHaveLength(1)
})

test('listen takes mail until it is told to stop', async () => {
  await using store: Store = await testDatabase()
  const { id, bounceTo } = await sentDelivery(store.db, 'ana@example.net')
  const settings = { DATABASE_URL: store.url, ROLLCALL_SECRET: SECRET, ROLLCALL_HOME: folder }
  const child = startCli(['feedback', 'listen', '--port', '0'], settings)
  const run = ended(child)
  const port = await new Promise<number>((resolve) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /on port (\d+)/.exec(said)?.[1]
      if (found !== undefined) resolve(Number(found))
    })
  })
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true })
  await transport.sendMail({ envelope: { from: '', to: [bounceTo] }, raw: bounce })
  transport.close()
  child.kill('SIGTERM')
  expect((await run).code).toBe(0)
  expect((await deliveryState(store.db, id)).state).toBe('bounced')
})
