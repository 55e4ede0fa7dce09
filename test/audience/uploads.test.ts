// Lists that came through the console: checked and imported in the background, once, whatever dies in between.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addSuppression } from '../../src/audience/suppressions.ts'
import { openUploadFolder, readListHead, type UploadFolder } from '../../src/audience/upload-files.ts'
import { startUploads, type UploadDeps } from '../../src/audience/upload-runs.ts'
import { readChoices, type Upload, type UploadChoices } from '../../src/audience/upload.ts'
import {
  claimUpload,
  discardUpload,
  findUpload,
  insertUpload,
  pageUploads,
  startStep,
} from '../../src/audience/uploads.ts'
import { DATA_CLASSES } from '../../src/compliance/retention.ts'
import { runRetention } from '../../src/compliance/retention-runs.ts'
import { addressKey } from '../../src/core/address.ts'
import { systemClock } from '../../src/core/clock.ts'
import { deriveKey } from '../../src/core/token.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

const KEY = deriveKey('the secret of these tests', 'rollcall address key v1')
const CHOICES: UploadChoices = {
  columns: { email: 'Mail', last_name: 'Name', zip: 'ZIP' },
  source: 'county fair 2017',
  padZip: false,
  consentUntil: null,
}

let store: Store
let home: string
let folder: UploadFolder
beforeAll(async () => {
  store = await testDatabase()
  home = await mkdtemp(path.join(tmpdir(), 'rollcall-uploads-'))
  folder = await openUploadFolder(home)
})
afterAll(async () => {
  await store?.[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})
beforeEach(() =>
  store.pool.query(
    'TRUNCATE upload, subscriber, suppression, consent_event, subscriber_import RESTART IDENTITY CASCADE',
  ),
)

function deps(): UploadDeps {
  return {
    db: store.db,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    home,
    addressKeyKey: KEY,
    loadKnownZip: async () => () => 'known',
    lookEveryMs: 20,
  }
}

async function* bytesOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

async function upload(text: string): Promise<string> {
  const { storedAs, bytes } = await folder.take(bytesOf(text), 1_000_000)
  return insertUpload(store.db, {
    fileName: 'fair.csv',
    storedAs,
    home: folder.home,
    bytes,
    by: 'Ann#1',
    now: new Date(),
  })
}

async function reaches(id: string, ...states: Upload['state'][]): Promise<Upload> {
  return expect
    .poll(async () => findUpload(store.db, id).then((found) => (states.includes(found.state) ? found : null)), {
      timeout: 90_000,
    })
    .not.toBeNull()
    .then(() => findUpload(store.db, id))
}

const go = (id: string, step: 'checking' | 'importing', choices?: UploadChoices) =>
  startStep(store.db, id, step, { actor: 'Ann#1', now: new Date(), ...(choices ? { choices } : {}) })

const LIST =
  'Mail,Name,ZIP,e-mail\na@example.org,Ames,97212,x\nb@example.org,Bell,9721,x\nc@example.org,Cole,,x\na@example.org,Ames,97212,x\n'

test('a list is checked, imported once in the name of who asked, and its file goes while its rejects stay', async () => {
  await using _runs = await startUploads(deps())
  await addSuppression(store.db, {
    addressKey: addressKey(KEY, 'c@example.org'),
    reason: 'unsubscribe',
    channel: 'page',
    note: '',
    setBy: 'subscriber',
    setAt: new Date(),
  })
  const id = await upload(LIST)
  await go(id, 'checking', CHOICES)
  const checked = await reaches(id, 'checked')
  expect(checked.report).toMatchObject({
    dryRun: true,
    rows: 4,
    added: 1,
    suppressed: 1,
    rejected: 2,
    duplicates: 1,
    file: 'fair.csv',
  })
  expect(checked.report?.columns).toEqual({
    email: 'Mail',
    first_name: null,
    last_name: 'Name',
    zip: 'ZIP',
    plus4: null,
  })
  expect((await store.pool.query('SELECT FROM subscriber')).rowCount).toBe(0)
  await go(id, 'importing')
  const imported = await reaches(id, 'imported')
  expect(imported.report).toMatchObject({
    dryRun: false,
    added: 1,
    suppressed: 1,
    rejected: 2,
    source: 'county fair 2017',
  })
  expect(imported.importId).toBe('1')
  await expect
    .poll(() =>
      access(folder.pathOf(imported.storedAs)).then(
        () => 'there',
        () => 'gone',
      ),
    )
    .toBe('gone')
  expect(await readFile(folder.rejectsOf(imported.storedAs), 'utf8')).toContain('b@example.org')
  const { rows } = await store.pool.query(`SELECT actor FROM audit_entry WHERE object = 'subscriber_import/1'`)
  expect(rows).toEqual([{ actor: 'Ann#1' }])
  await expect(go(id, 'importing')).rejects.toMatchObject({ code: 'upload_elsewhere' })
})

test('a file that is no list fails with why, and can be given up', async () => {
  await using _runs = await startUploads(deps())
  const id = await upload('Mail,Name,ZIP\n"a@example.org,Ames,97212\n')
  await go(id, 'checking', CHOICES)
  expect((await reaches(id, 'failed')).problem).toContain('quotation mark')
  await discardUpload(store.db, id, { actor: 'Ann#1', now: new Date() })
  const found = await findUpload(store.db, id)
  expect(found).toMatchObject({ state: 'discarded', isCleared: true, problem: null })
  expect((await pageUploads(store.db, { limit: 5 })).rows.map((each) => each.id)).toEqual([id])
})

test('two processes do not work on one list, and a lease that ran out is taken over', async () => {
  const id = await upload(LIST)
  await go(id, 'checking', CHOICES)
  expect((await claimUpload(store.db, folder.home, 'one'))?.id).toBe(id)
  expect(await claimUpload(store.db, folder.home, 'two')).toBeNull()
  expect(await claimUpload(store.db, 'another machine', 'three')).toBeNull()
  await store.pool.query(`UPDATE upload SET lease_until = now() - interval '1 second'`)
  expect(await claimUpload(store.db, folder.home, 'four')).toMatchObject({ id, runs: 2 })
})

test('an import that was discarded while it ran writes nothing', async () => {
  const id = await upload(LIST)
  await go(id, 'checking', CHOICES)
  await (async () => {
    await using _first = await startUploads(deps())
    await reaches(id, 'checked')
  })()
  await go(id, 'importing')
  await using held = await holdSubscribers()
  await using _runs = await startUploads(deps())
  // The import stands before the table that somebody else has locked: all is read, nothing is written.
  await expect.poll(async () => (await findUpload(store.db, id)).isWriting, { timeout: 20_000 }).toBe(true)
  await discardUpload(store.db, id, { actor: 'Ben#2', now: new Date() })
  await held.release()
  await expect
    .poll(() => readdir(path.join(home, 'uploads')).then((names) => names.filter((name) => name.endsWith('.partial'))))
    .toEqual([])
  await expect
    .poll(
      async () =>
        (
          await store.pool.query(
            `SELECT FROM pg_locks WHERE relation = 'subscriber'::regclass AND mode = 'ShareRowExclusiveLock'`,
          )
        ).rowCount,
    )
    .toBe(0)
  expect((await store.pool.query('SELECT FROM subscriber')).rowCount).toBe(0)
  expect((await store.pool.query('SELECT FROM subscriber_import')).rowCount).toBe(0)
  expect((await findUpload(store.db, id)).state).toBe('discarded')
})

async function holdSubscribers() {
  const client = await store.pool.connect()
  await client.query('BEGIN')
  await client.query('LOCK TABLE subscriber IN SHARE ROW EXCLUSIVE MODE')
  let isHeld = true
  const release = async () => {
    if (!isHeld) return
    isHeld = false
    await client.query('ROLLBACK')
    client.release()
  }
  return { release, [Symbol.asyncDispose]: release }
}

test('a process killed in mid-import leaves nothing; after a restart the list is imported, once and whole', async () => {
  const rows = Array.from({ length: 60_000 }, (_, index) => `person${index}@example.org,Name ${index % 97},97212,x`)
  const id = await insertUpload(store.db, {
    ...(await folder.take(bytesOf(`Mail,Name,ZIP,e-mail\n${rows.join('\n')}\nno address,X,97212,x\n`), 10_000_000)),
    fileName: 'large.csv',
    home: folder.home,
    by: 'Ann#1',
    now: new Date(),
  })
  await go(id, 'checking', CHOICES)
  await store.pool.query(`UPDATE upload SET state = 'importing' WHERE id = $1`, [id])
  const program = path.resolve(import.meta.dirname, '../support/upload-process.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, store.url, home], { stdio: 'inherit' })
  await expect
    .poll(async () => (await findUpload(store.db, id)).rowsRead, { timeout: 60_000, interval: 50 })
    .toBeGreaterThan(1_000)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const killed = await findUpload(store.db, id)
  expect(killed).toMatchObject({ state: 'importing', runs: 1 })
  expect((await store.pool.query('SELECT FROM subscriber')).rowCount).toBe(0)
  await using _runs = await startUploads(deps())
  const imported = await reaches(id, 'imported')
  expect(imported.report).toMatchObject({ rows: 60_001, added: 60_000, rejected: 1 })
  expect(imported.rowsRead).toBe(60_001)
  expect((await store.pool.query('SELECT FROM subscriber')).rowCount).toBe(60_000)
  expect((await store.pool.query('SELECT FROM subscriber_import')).rowCount).toBe(1)
  expect((await store.pool.query('SELECT FROM consent_event')).rowCount).toBe(60_000)
})

test('a process that is stopped gives its list back at once', async () => {
  const rows = Array.from({ length: 60_000 }, (_, index) => `person${index}@example.org,Name,97212,x`)
  const { storedAs, bytes } = await folder.take(bytesOf(`Mail,Name,ZIP,e-mail\n${rows.join('\n')}\n`), 10_000_000)
  const id = await insertUpload(store.db, {
    storedAs,
    bytes,
    fileName: 'large.csv',
    home: folder.home,
    by: 'Ann#1',
    now: new Date(),
  })
  await go(id, 'checking', CHOICES)
  const runs = await startUploads(deps())
  await expect.poll(async () => (await findUpload(store.db, id)).runs, { interval: 10 }).toBe(1)
  await runs[Symbol.asyncDispose]()
  expect((await claimUpload(store.db, folder.home, 'next'))?.id).toBe(id)
})

test('T7 a file over the cap is refused as it comes, and nothing of it stays', async () => {
  const before = await readdir(path.join(home, 'uploads'))
  await expect(folder.take(bytesOf('x'.repeat(2_000)), 1_000)).rejects.toMatchObject({ code: 'file_too_large' })
  expect(await readdir(path.join(home, 'uploads'))).toEqual(before)
})

test('T20 after seven days a list, its rejects and what its report quotes are gone; its counts stay', async () => {
  const id = await upload(LIST)
  await go(id, 'checking', CHOICES)
  await (async () => {
    await using _runs = await startUploads(deps())
    await reaches(id, 'checked')
  })()
  const { storedAs } = await findUpload(store.db, id)
  const stray = path.join(home, 'uploads', 'stray.partial')
  await writeFile(stray, 'left by a process that died')
  const long = new Date(Date.now() - 2 * 3_600_000)
  for (const file of [folder.pathOf(storedAs), folder.rejectsOf(storedAs), stray]) await utimes(file, long, long)
  const classes = DATA_CLASSES.filter(({ name }) => name === 'uploaded lists')
  expect(await runRetention(store.db, new Date(Date.now() + 6 * 86_400_000), 'test', classes)).toMatchObject([
    { removed: 0 },
  ])
  expect(await runRetention(store.db, new Date(Date.now() + 8 * 86_400_000), 'test', classes)).toMatchObject([
    { removed: 1 },
  ])
  await using _runs = await startUploads(deps())
  await expect
    .poll(async () =>
      readdir(path.join(home, 'uploads')).then((names) =>
        names.filter((name) => name === 'stray.partial' || name.startsWith(storedAs)),
      ),
    )
    .toEqual([])
  const { report, state } = await findUpload(store.db, id)
  expect(state).toBe('discarded')
  expect(report).toMatchObject({ rows: 4 })
  expect(report).not.toHaveProperty('sample')
})

test('the first rows are shown without reading the rest, and choices are held to the columns there are', async () => {
  const { storedAs } = await findUpload(store.db, await upload(LIST))
  const head = await readListHead(folder.pathOf(storedAs), 2)
  expect(head).toEqual({
    header: ['Mail', 'Name', 'ZIP', 'e-mail'],
    rows: [
      ['a@example.org', 'Ames', '97212', 'x'],
      ['b@example.org', 'Bell', '9721', 'x'],
    ],
  })
  expect(
    readChoices({ column_email: 'Mail', source: ' fair ', pad_zip: 'on', consent_until: '2028-05-31' }, head.header),
  ).toEqual({
    columns: { email: 'Mail' },
    source: 'fair',
    padZip: true,
    consentUntil: '2028-05-31',
  })
  expect(() =>
    readChoices({ column_email: 'Nail', column_zip: 'Nail', consent_until: '31.5.2028' }, head.header),
  ).toThrow(/no column "Nail"\n.*no column "Nail"\none column.*\nsay where.*\n"31.5.2028" is no day/)
})

test('T7 what the database keeps in no text does not stop a list: a NUL, half of a character at a cut', async () => {
  await using _runs = await startUploads(deps())
  const half = `${'x'.repeat(79)}😀`
  const id = await upload(
    `Mail,Name,ZIP,no\0te\na@example.org,A\0b,97212,x\n${half},Ames,97212,x\nb@example.org,Bell,97212,x\n`,
  )
  await go(id, 'checking', CHOICES)
  const { report } = await reaches(id, 'checked')
  expect(report).toMatchObject({ rows: 3, added: 1, rejected: 2, ignoredColumns: ['no\ufffdte'] })
  expect(report?.sample?.map(({ value }) => value)).toEqual(['A\ufffdb', `${'x'.repeat(79)}\ufffd`])
})
