// The rejects of a list without importing it: what a dry run refuses, as pieces of a CSV file.
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Db } from '../store/connect.ts'
import type { CsvSource } from './csv-rows.ts'
import { importSubscribers, type ImportDeps, type ImportOptions } from './import-csv.ts'

/** Yields the file of the refused rows; nothing when none was. It lies on disk only as long as it is read. */
export async function* rejectsOf(
  db: Db,
  source: CsvSource,
  options: Omit<ImportOptions, 'dryRun' | 'rejectsPath'>,
  deps: ImportDeps,
): AsyncGenerator<string> {
  const home = await mkdtemp(path.join(tmpdir(), 'rollcall-rejects-'))
  try {
    const rejectsPath = path.join(home, 'rejects.csv')
    const { rejectsFile } = await importSubscribers(db, source, { ...options, dryRun: true, rejectsPath }, deps)
    if (rejectsFile === null) return
    for await (const piece of createReadStream(rejectsFile, 'utf8')) yield String(piece)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
