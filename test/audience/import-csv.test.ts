// Importing a list into a real database: what comes in, what stays out, and that nothing is half done.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { importSubscribers, type ImportOptions } from '../../src/audience/import-csv.ts'
import type { ImportReport } from '../../src/audience/import-report.ts'
import { findSubscriber } from '../../src/audience/subscribers.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { deps, emptyAudience, everything, expectSum, importText, keyOf } from './importing.ts'

const FIXTURES = path.join(import.meta.dirname, '../../fixtures/subscribers')
let store: Store
let folder: string

beforeAll(async () => {
  store = await testDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-import-'))
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
afterEach(() => emptyAudience(store))

function importFixture(name: string, options: ImportOptions = {}): Promise<ImportReport> {
  return importSubscribers(store.db, { path: path.join(FIXTURES, name) }, options, deps)
}

describe('the sample list', () => {
  it('imports without a reject, and a second time without a change', async () => {
    const first = await importFixture('sample.csv')
    expect(first).toMatchObject({ rejected: 0, added: first.rows, sample: [] })
    expect(first.rows).toBeGreaterThanOrEqual(2000)
    expect(first.zips.special).toBeGreaterThan(0)
    expect(first.zips.blank).toBeGreaterThan(0)
    expect(await importFixture('sample.csv')).toMatchObject({ added: 0, updated: 0, unchanged: first.rows })
  })

  it('keeps names that break things to the letter', async () => {
    await importFixture('sample.csv')
    const { rows } = await store.pool.query<{ first_name: string; last_name: string }>(
      'SELECT first_name, last_name FROM subscriber',
    )
    const names = new Set(rows.map((row) => `${row.first_name} ${row.last_name}`))
    for (const name of [
      "Siobhán O'Brien",
      '李 小龙',
      '=cmd|calc!A1 +1-202-555-0100',
      "'quoted' ''",
      '{{firstName}} {{{lastName}}}',
    ]) {
      expect(names.has(name)).toBe(true)
    }
  })
})

describe('a list with bad rows', () => {
  it('takes the good rows and rejects each bad one with line, column, value and what to do', async () => {
    const rejectsPath = path.join(folder, 'broken.rejects.csv')
    const report = await importFixture('broken.csv', { rejectsPath })
    expectSum(report)
    expect(report).toMatchObject({ rows: 23, added: 3, rejected: 20, duplicates: 1, rejectsFile: rejectsPath })
    const rejects: Record<string, string>[] = parse(await readFile(rejectsPath), {
      columns: true,
      bom: true,
      relax_column_count: true,
    })
    expect(rejects.map((row) => row['rejected_line'])).toEqual(
      '3 4 5 6 7 8 9 10 11 13 14 15 16 17 18 19 20 21 22 23'.split(' '),
    )
    for (const row of rejects) {
      expect(row['rejected_problem']).not.toBe('')
      expect(row['rejected_what_to_do']).not.toBe('')
    }
    expect(rejects[12]).toMatchObject({ rejected_column: 'Zip Code', rejected_value: '9721', 'First Name': 'Nan' })
    expect(rejects.at(-5)).toMatchObject({
      'E-mail Address': 'GOOD.ONE@example.org',
      rejected_problem: expect.stringContaining('line 2'),
    })
  })

  it('can be mended in the rejects file and imported again', async () => {
    const rejectsPath = path.join(folder, 'mend.csv')
    await importText(store, 'Email,First,Zip\na@x.test,=Ann,9721\nb@x.test,Bo,97212\n', { rejectsPath })
    const mended = (await readFile(rejectsPath, 'utf8')).replace(',9721\r', ',97210\r')
    await writeFile(rejectsPath, mended)
    const again = path.join(folder, 'again.csv')
    expect(await importSubscribers(store.db, { path: rejectsPath }, { rejectsPath: again }, deps)).toMatchObject({
      added: 1,
      rejected: 0,
    })
    expect(await findSubscriber(store.db, keyOf('a@x.test'))).toMatchObject({ firstName: '=Ann', zip: '97210' })
    await expect(stat(again)).rejects.toThrow(/ENOENT/)
  })

  it('T6 writes no cell into the rejects file that a spreadsheet would run', async () => {
    const rejectsPath = path.join(folder, 'formulas.csv')
    await importText(store, 'Email,First,Zip\n=cmd|x,=1+1,@SUM\n"\t-1@","＝1",+1\n', { rejectsPath })
    const cells: string[][] = parse(await readFile(rejectsPath), { bom: true })
    expect(cells).toHaveLength(3)
    for (const cell of cells.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r＝＋－＠]/)
  })

  it('T20 leaves a rejects file that only its owner can read', async () => {
    const rejectsPath = path.join(folder, 'mode.csv')
    await importText(store, 'Email\nnobody\n', { rejectsPath })
    expect((await stat(rejectsPath)).mode & 0o077).toBe(0)
  })

  it('removes the rejects file of an earlier import when nothing is rejected any more, and no other file', async () => {
    const rejectsPath = path.join(folder, 'stale.csv')
    await importText(store, 'Email\nnobody\n', { rejectsPath })
    expect((await importText(store, 'Email\na@x.test\n', { rejectsPath })).rejectsFile).toBeNull()
    await expect(stat(rejectsPath)).rejects.toThrow(/ENOENT/)
    await writeFile(rejectsPath, 'my own notes')
    await importText(store, 'Email\na@x.test\n', { rejectsPath })
    expect(await readFile(rejectsPath, 'utf8')).toBe('my own notes')
  })

  it('never writes its rejects over the list', async () => {
    const list = path.join(folder, 'list.csv')
    await writeFile(list, 'Email\nnobody\n')
    await expect(importSubscribers(store.db, { path: list }, { rejectsPath: list }, deps)).rejects.toMatchObject({
      kind: 'usage',
    })
    expect(await readFile(list, 'utf8')).toBe('Email\nnobody\n')
  })

  it('counts the first row of an address, also across batches, and rejects the later ones', async () => {
    const rows = Array.from({ length: 6000 }, (_, index) => `p${index % 4500}@x.test,Row${index + 2}`)
    const report = await importText(store, `Email,First\n${rows.join('\n')}\n`)
    expect(report).toMatchObject({ rows: 6000, added: 4500, rejected: 1500, duplicates: 1500 })
    expect(report.sample[0]).toMatchObject({ line: 4502, problem: 'the address is that of line 2, which was taken' })
    expect(await findSubscriber(store.db, keyOf('p0@x.test'))).toMatchObject({ firstName: 'Row2' })
  })
})

describe('spreadsheet habits', () => {
  it('reads semicolons, a byte order mark, CRLF and line breaks in cells', async () => {
    const map = { first_name: 'Vorname', last_name: 'Nachname' }
    expect(await importFixture('semicolons-bom-crlf.csv', { map })).toMatchObject({ rows: 2, added: 2 })
    expect(await findSubscriber(store.db, keyOf('zoe.mueller@example.org'))).toMatchObject({
      firstName: 'Zoë',
      zip: '02138',
    })
    expect(await findSubscriber(store.db, keyOf('joerg.oneil@example.org'))).toMatchObject({
      lastName: 'O"Neil',
      zip: '10001',
      plus4: '1234',
    })
  })

  it('refuses ZIPs that lost their zeros, or restores and counts them when told', async () => {
    expect(await importFixture('cut-zeros.csv', { dryRun: true })).toMatchObject({ added: 1, rejected: 3 })
    const padded = await importFixture('cut-zeros.csv', { padZip: true })
    expect(padded).toMatchObject({ added: 4, rejected: 0, zips: { padded: 3 } })
    expect(await findSubscriber(store.db, keyOf('three@example.org'))).toMatchObject({ zip: '00501' })
  })

  it('tells what is known of the ZIPs', async () => {
    const report = await importText(
      store,
      'Email,Zip\na@x.test,97212\nb@x.test,09001\nc@x.test,10118\nd@x.test,99999\ne@x.test,\n',
    )
    expect(report.zips).toEqual({ known: 1, special: 1, state: 1, unknown: 1, blank: 1, padded: 0 })
    expect(report.added).toBe(5)
  })
})

describe('a file that is refused', () => {
  it.each([
    ['utf-16.csv', 'not_utf8'],
    ['latin-1.csv', 'not_utf8'],
    ['open-quote.csv', 'quote_not_closed'],
  ])('T7 leaves nothing behind: %s', async (name, code) => {
    const rejectsPath = path.join(folder, `${name}.rejects.csv`)
    await expect(importFixture(name, { rejectsPath })).rejects.toMatchObject({ code })
    expect(await everything(store)).toEqual([[], [], [], []])
    await expect(stat(rejectsPath)).rejects.toThrow(/ENOENT/)
    await expect(stat(`${rejectsPath}.partial`)).rejects.toThrow(/ENOENT/)
  })

  it('T7 is not partly imported when it breaks after many good rows', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `p${index}@x.test,Ann`)
    await expect(importText(store, `Email,First\n${rows.join('\n')}\n"open,Ann\n`)).rejects.toMatchObject({
      code: 'quote_not_closed',
    })
    expect(await everything(store)).toEqual([[], [], [], []])
  })

  it('T7 is not partly imported when its source breaks off, and can be imported again', async () => {
    async function* breaking(): AsyncGenerator<Buffer> {
      yield Buffer.from(`Email\n${Array.from({ length: 9000 }, (_, index) => `p${index}@x.test`).join('\n')}\n`)
      throw new Error('the disk went away')
    }
    await expect(importSubscribers(store.db, { stream: breaking(), name: 'x.csv' }, {}, deps)).rejects.toThrow(
      'the disk went away',
    )
    expect(await everything(store)).toEqual([[], [], [], []])
    expect(await importText(store, 'Email\np1@x.test\n')).toMatchObject({ added: 1 })
  })

  it('says which columns there are when none is the address', async () => {
    await expect(importText(store, 'Name,Zip\nAnn,97212\n')).rejects.toMatchObject({
      code: 'no_email_column',
      hint: expect.stringContaining('"Name", "Zip"'),
    })
  })
})
