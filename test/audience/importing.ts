// What the tests of imports share: a fixed clock and key, lists written inline, and what the tables hold.
import { expect } from 'vitest'
import { importSubscribers, type ImportDeps, type ImportOptions } from '../../src/audience/import-csv.ts'
import type { ImportReport } from '../../src/audience/import-report.ts'
import { addSuppression } from '../../src/audience/suppressions.ts'
import { addressKey } from '../../src/core/address.ts'
import { fixedClock } from '../../src/core/clock.ts'
import { deriveKey } from '../../src/core/token.ts'
import type { Store } from '../../src/store/connect.ts'

const key = deriveKey('the secret of these tests', 'rollcall address key v1')
export const clock = fixedClock('2017-12-22T15:00:00Z')
const zips = { '09001': 'special', '10118': 'state', '99999': 'unknown' } as const

export const deps: ImportDeps = {
  addressKeyKey: key,
  clock,
  knownZip: (zip) =>
    Object.entries(zips).find(([each]) => each === zip)?.[1] ?? (zip.startsWith('09') ? 'special' : 'known'),
}

/** Returns the text as a stream of bytes. */
async function* bytesOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

/** Imports a list that is written in the test. */
export function importText(store: Store, text: string, options: ImportOptions = {}): Promise<ImportReport> {
  return importSubscribers(store.db, { stream: bytesOf(text), name: 'list.csv' }, options, deps)
}

/** Returns the key of an address in lower case. */
export function keyOf(address: string): Buffer {
  return addressKey(key, address.toLowerCase())
}

/** Opts an address out. */
export async function suppress(store: Store, address: string): Promise<void> {
  const setAt = clock.now()
  await addSuppression(store.db, {
    addressKey: keyOf(address),
    reason: 'unsubscribe',
    channel: 'one_click',
    note: '',
    setBy: 'subscriber',
    setAt,
  })
}

/** Empties the tables of the audience. */
export async function emptyAudience(store: Store): Promise<void> {
  await store.pool.query('TRUNCATE subscriber, suppression, consent_event, subscriber_import RESTART IDENTITY CASCADE')
}

/** Returns every row of the audience. */
export function everything(store: Store): Promise<unknown[][]> {
  const tables = ['subscriber', 'suppression', 'consent_event', 'subscriber_import']
  return Promise.all(
    tables.map(async (table) => (await store.pool.query<object>(`SELECT * FROM ${table} ORDER BY 1`)).rows),
  )
}

/** Expects that every row is accounted for. */
export function expectSum(report: ImportReport): void {
  const { rows, added, updated, unchanged, suppressed, rejected } = report
  expect(added + updated + unchanged + suppressed + rejected).toBe(rows)
}

/** Returns what a dry run and the real one must agree on. */
export function story(report: ImportReport) {
  const { importId: _id, dryRun: _dry, rejectsFile: _file, durationMs: _ms, ...rest } = report
  return rest
}
