// Importing again: a dry run foretells, known values stay, opt-outs hold, and every row is accounted for.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { consentHistory } from '../../src/audience/consents.ts'
import { findSubscriber } from '../../src/audience/subscribers.ts'
import { findSuppression } from '../../src/audience/suppressions.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { clock, emptyAudience, everything, expectSum, importText, keyOf, story, suppress } from './importing.ts'

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

describe('a dry run', () => {
  it('tells the same story as the import and writes nothing', async () => {
    await importText(store, 'Email,First,Zip\na@x.test,Ann,97212\nb@x.test,Bo,97212\ns@x.test,Sam,97212\n')
    await suppress(store, 's@x.test')
    const list =
      'Email,First,Zip\na@x.test,Ann,97212\nb@x.test,Bob,\ns@x.test,New,97210\nn@x.test,New,97210\nbad,X,1\nA@x.test,Again,\n'
    const before = await everything(store)
    const rejectsPath = path.join(folder, 'dry.csv')
    const dry = await importText(store, list, { dryRun: true })
    expect(await everything(store)).toEqual(before)
    const real = await importText(store, list, { rejectsPath })
    expect(story(dry)).toEqual(story(real))
    expect(real).toMatchObject({
      rows: 6,
      added: 1,
      updated: 1,
      unchanged: 1,
      suppressed: 1,
      rejected: 2,
      duplicates: 1,
    })
    expectSum(real)
  })
})

describe('importing again', () => {
  it('updates what is said anew and never blanks out what is known', async () => {
    await importText(store, 'Email,First,Last,Zip\na@x.test,Ann,Lee,97212-1234\n')
    expect(await importText(store, 'Email,First,Last,Zip\na@x.test,Anna,,\n')).toMatchObject({ updated: 1, added: 0 })
    expect(await findSubscriber(store.db, keyOf('a@x.test'))).toMatchObject({
      firstName: 'Anna',
      lastName: 'Lee',
      zip: '97212',
      plus4: '1234',
    })
  })

  it('keeps the +4 of the same ZIP and drops it with a new ZIP', async () => {
    await importText(store, 'Email,Zip\na@x.test,97212-1234\n')
    expect(await importText(store, 'Email,Zip\na@x.test,97212\n')).toMatchObject({ unchanged: 1 })
    await importText(store, 'Email,Zip\na@x.test,97210\n')
    expect(await findSubscriber(store.db, keyOf('a@x.test'))).toMatchObject({ zip: '97210', plus4: null })
  })

  it('sends to the newest spelling of one mailbox', async () => {
    await importText(store, 'Email\nann.lee@x.test\n')
    expect(await importText(store, 'Email\nAnn.Lee@X.test\n')).toMatchObject({ updated: 1, added: 0 })
    expect(await findSubscriber(store.db, keyOf('ann.lee@x.test'))).toMatchObject({ address: 'Ann.Lee@x.test' })
  })

  it('never resurrects a suppressed address, known or not', async () => {
    await importText(store, 'Email,First\na@x.test,Ann\n')
    await suppress(store, 'a@x.test')
    await suppress(store, 'gone@x.test')
    const before = await consentHistory(store.db, keyOf('a@x.test'))
    expect(await importText(store, 'Email,First\na@x.test,Changed\ngone@x.test,Back\n')).toMatchObject({
      suppressed: 2,
      added: 0,
      updated: 0,
    })
    expect(await findSuppression(store.db, keyOf('a@x.test'))).toMatchObject({ reason: 'unsubscribe' })
    expect(await findSubscriber(store.db, keyOf('a@x.test'))).toMatchObject({ firstName: 'Ann' })
    expect(await findSubscriber(store.db, keyOf('gone@x.test'))).toBeNull()
    expect(await consentHistory(store.db, keyOf('a@x.test'))).toEqual(before)
  })

  it('at the same time from two files ends with every row once', async () => {
    const rows = Array.from({ length: 4000 }, (_, index) => `p${index}@x.test`)
    const reports = await Promise.all([
      importText(store, `Email\n${rows.join('\n')}\n`),
      importText(store, `Email\n${rows.toReversed().join('\n')}\n`),
    ])
    expect(reports.reduce((sum, report) => sum + report.added, 0)).toBe(4000)
    for (const report of reports) expectSum(report)
  })
})

describe('the record of an import', () => {
  it('keeps file, hash, source and counts, and one consent event per address with its line', async () => {
    const { importId, sha256 } = await importText(store, 'Email\na@x.test\nnobody\n', { source: 'petition of 2017' })
    const { rows } = await store.pool.query('SELECT * FROM subscriber_import')
    expect(rows).toEqual([
      expect.objectContaining({
        id: importId,
        file_name: 'list.csv',
        source: 'petition of 2017',
        sha256,
        rows_read: 2,
        added: 1,
        rejected: 1,
      }),
    ])
    expect(await consentHistory(store.db, keyOf('a@x.test'))).toMatchObject([
      { act: 'imported', basis: 'petition of 2017', evidence: { line: 2 }, importId, at: clock.now() },
    ])
    expect(JSON.stringify(await store.pool.query('SELECT * FROM consent_event'))).not.toContain('a@x.test')
  })
})

describe('any list', () => {
  it('T7 has every row accounted for, and a dry run that foretells the import', async () => {
    const cell = fc.oneof(
      fc.constantFrom('a@x.test', 'A@x.test', 'b@x.test', 'nobody', '', '97212', '9721', "O'Brien", '=1', "'=1", 'Zoë'),
      fc.string({ unit: 'grapheme', maxLength: 10 }),
      fc.stringMatching(/^[a-c]@x\.test$/),
    )
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const text = `email,first_name,last_name,zip\n${rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join('\n')}\n`
        const dry = await importText(store, text, { dryRun: true })
        const real = await importText(store, text)
        expect(story(dry)).toEqual(story(real))
        expectSum(real)
        expect(real.rows).toBe(rows.filter((row) => row.some((value) => value.trim() !== '')).length)
      }),
      { numRuns: 40 },
    )
  })
})
