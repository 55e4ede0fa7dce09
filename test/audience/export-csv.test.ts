// Exports: safe to open in a spreadsheet, and the same people again when they are imported.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { exportSubscribers, exportSuppressions, writeCsvFile } from '../../src/audience/export-csv.ts'
import { importSubscribers } from '../../src/audience/import-csv.ts'
import { importSuppressions } from '../../src/audience/import-suppressions.ts'
import { countSubscribers } from '../../src/audience/subscribers.ts'
import { addSuppression } from '../../src/audience/suppressions.ts'
import { addressKey } from '../../src/core/address.ts'
import { fixedClock } from '../../src/core/clock.ts'
import { deriveKey } from '../../src/core/token.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

const key = deriveKey('the secret of these tests', 'rollcall address key v1')
const clock = fixedClock('2017-12-22T15:00:00Z')
const deps = { addressKeyKey: key, clock, knownZip: () => 'known' as const }
const SAMPLE = path.join(import.meta.dirname, '../../fixtures/subscribers/sample.csv')
let store: Store

beforeAll(async () => {
  store = await testDatabase()
})
afterAll(async () => store[Symbol.asyncDispose]())
beforeEach(empty)

async function empty(): Promise<void> {
  await store.pool.query('TRUNCATE subscriber, suppression, consent_event, subscriber_import RESTART IDENTITY CASCADE')
}

async function textOf(pieces: AsyncGenerator<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

async function* bytesOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

function importText(text: string) {
  return importSubscribers(store.db, { stream: bytesOf(text), name: 'list.csv' }, {}, deps)
}

async function people(): Promise<unknown[]> {
  const { rows } = await store.pool.query<Record<string, unknown>>(
    'SELECT address, first_name, last_name, zip, plus4 FROM subscriber ORDER BY address_key',
  )
  return rows
}

describe('an export of subscribers', () => {
  it('T6 imported into an empty database gives the same people, for the sample list', async () => {
    await importSubscribers(store.db, { path: SAMPLE }, {}, deps)
    const before = await people()
    const text = await textOf(exportSubscribers(store.db))
    await empty()
    expect(await importText(text)).toMatchObject({ added: before.length, rejected: 0 })
    expect(await people()).toEqual(before)
    expect(await textOf(exportSubscribers(store.db))).toBe(text)
  })

  it('T6 gives the same people again whatever their names are', async () => {
    const name = fc
      .tuple(
        fc.constantFrom('', "'", "''", '=', '+', '-', '@', '＝', '"', "'="),
        fc.string({ unit: 'grapheme', maxLength: 20 }),
      )
      .map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 8 }), async (names) => {
        await empty()
        const quote = (value: string): string => `"${value.replaceAll('"', '""')}"`
        await importText(
          `email,first_name,last_name\n${names.map(([first, last], index) => `p${index}@x.test,${quote(first)},${quote(last)}`).join('\n')}\n`,
        )
        const before = await people()
        const text = await textOf(exportSubscribers(store.db))
        await empty()
        await importText(text)
        expect(await people()).toEqual(before)
      }),
      { numRuns: 20 },
    )
  })

  it('T6 has no cell that a spreadsheet would run', async () => {
    await importSubscribers(store.db, { path: SAMPLE }, {}, deps)
    const cells: string[][] = parse(await textOf(exportSubscribers(store.db)), { bom: true })
    for (const cell of cells.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r＝＋－＠]/)
  })

  it('leaves out those who are suppressed', async () => {
    await importText('email\na@x.test\nb@x.test\n')
    await addSuppression(store.db, {
      addressKey: addressKey(key, 'a@x.test'),
      reason: 'complaint',
      channel: 'complaint',
      note: '',
      setBy: 'subscriber',
      setAt: clock.now(),
    })
    const text = await textOf(exportSubscribers(store.db))
    expect(text).toContain('b@x.test')
    expect(text).not.toContain('a@x.test')
    expect(await countSubscribers(store.db)).toEqual({ total: 2, suppressed: 1 })
  })

  it('T20 is a file that only its owner can read, whole or not there at all', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'rollcall-export-'))
    const file = path.join(folder, 'out.csv')
    await importText('email\na@x.test\n')
    await writeCsvFile(exportSubscribers(store.db), file)
    expect((await stat(file)).mode & 0o077).toBe(0)
    expect(await readFile(file, 'utf8')).toContain('a@x.test')
    async function* breaking(): AsyncGenerator<string> {
      yield 'half'
      throw new Error('lost the database')
    }
    const other = path.join(folder, 'other.csv')
    await expect(writeCsvFile(breaking(), other)).rejects.toMatchObject({ code: 'export_unwritable' })
    await expect(stat(other)).rejects.toThrow(/ENOENT/)
    await rm(folder, { recursive: true })
  })
})

describe('an export of suppressions', () => {
  it('gives key and reason, an address only where a subscriber has it, and is the same when imported elsewhere', async () => {
    await importText('email\na@x.test\n')
    const at = new Date('2017-11-05T10:00:00.000Z')
    await addSuppression(store.db, {
      addressKey: addressKey(key, 'a@x.test'),
      reason: 'unsubscribe',
      channel: 'one_click',
      note: '=note',
      setBy: 'subscriber',
      setAt: at,
    })
    await addSuppression(store.db, {
      addressKey: addressKey(key, 'gone@x.test'),
      reason: 'hard_bounce',
      channel: 'bounce',
      note: '',
      setBy: 'bounce',
      setAt: at,
    })
    const text = await textOf(exportSuppressions(store.db))
    expect(text).toContain('a@x.test')
    expect(text).not.toContain('gone@x.test')
    const { rows: before } = await store.pool.query('SELECT * FROM suppression ORDER BY address_key')
    await empty()
    const report = await importSuppressions(
      store.db,
      { stream: bytesOf(text), name: 'opt-outs.csv' },
      { by: 'test' },
      deps,
    )
    expect(report).toMatchObject({ rows: 2, added: 2, known: 0, rejected: 0 })
    expect((await store.pool.query('SELECT * FROM suppression ORDER BY address_key')).rows).toEqual(before)
  })
})
