// Imports a list of subscribers from CSV: streamed, all or nothing, every refused row accounted for.
import { resolve } from 'node:path'
import { addressKeyer } from '../core/address.ts'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import { actAs } from '../store/acting.ts'
import type { Db } from '../store/connect.ts'
import { SUBSCRIBER_COLUMNS, mapHeader } from './csv-header.ts'
import type { CsvLimits } from './csv-bytes.ts'
import { CSV_LIMITS, openCsv, type CsvFile, type CsvRow, type CsvSource } from './csv-rows.ts'
import { duplicateReject, readRow, type RowRules } from './import-row.ts'
import { emptyTally, showReject, tallyGood, type ImportReport, type Tally } from './import-report.ts'
import { finishImport, insertImport } from './imports.ts'
import { mergeStagedRows, type MergeCounts } from './merged-rows.ts'
import { NO_REJECTS_FILE, openRejects, type Reject, type RejectsFile } from './rejects.ts'
import { createSeenKeys } from './seen-keys.ts'
import { createStagedRows, refuseDuplicates, refusedRows, stageRefused, stageRows } from './staged-rows.ts'
import type { StagedRow } from './staged-rows.ts'
import type { SubscriberInput } from './subscriber.ts'
import type { ZipKnowledge } from './zip.ts'

export interface ImportOptions {
  /** Tells the same story and leaves the database as it is. */
  dryRun?: boolean
  /** Field to header name, where the header is not one of the common ones. */
  map?: Readonly<Record<string, string>>
  /** Reads the mapped fields alone: none is recognised by its common names. */
  onlyMapped?: boolean
  /** Puts back the leading zeros of ZIPs with three or four digits. */
  padZip?: boolean
  /** Where the addresses come from, for the consent ledger; the file's name unless told. */
  source?: string
  /** When the consent of these people ends, where it is only implied (CASL section 10); absent: it does not. */
  consentUntil?: Date
  /** The file for the refused rows; only the first few are in the report when there is none. */
  rejectsPath?: string
  limits?: CsvLimits
  /** Who imports, for the audit log; whoever runs the process unless told. */
  actor?: string
}

export interface ImportDeps {
  /** The key of address hashes: `deriveKey(secret, 'rollcall address key v1')`. */
  addressKeyKey: Buffer
  clock: Clock
  /** What the congress data knows of a ZIP. */
  knownZip: (zip: string) => ZipKnowledge
  /** Done in the transaction of the import, last of all: what it writes stands or falls with the import. */
  beforeCommit?: (transaction: Db, report: ImportReport) => Promise<void>
}

export interface ImportProgress {
  phase: 'reading' | 'writing'
  rows: number
  rejected: number
  bytes: number
  /** null when the input is a stream of unknown length. */
  totalBytes: number | null
}

const BATCH_ROWS = 1000
const NO_NAMES = { email: [], first_name: [], last_name: [], zip: [], plus4: [] }

/** Everything one import works with. */
interface Run {
  db: Db
  file: CsvFile
  rules: RowRules
  rejects: RejectsFile
  tally: Tally
  deps: ImportDeps
  onProgress: (progress: ImportProgress) => void
}

/**
 * Imports the list and returns the report. It is one transaction: rows are staged in a temporary table while the
 * file is read, then merged, so a file that turns out unreadable or a process that dies leaves nothing behind and
 * the import can be run again. The first row of an address counts; later ones are rejected as duplicates. An empty
 * cell never blanks out a known value, and a suppressed address stays as it is.
 * Throws a RollcallError for a file that cannot be read as a list (threat T7).
 */
export async function importSubscribers(
  db: Db,
  source: CsvSource,
  options: ImportOptions,
  deps: ImportDeps,
  onProgress: (progress: ImportProgress) => void = () => undefined,
): Promise<ImportReport> {
  const startedAt = deps.clock.now()
  assertApart(source, options.rejectsPath)
  const file = await openCsv(source, options.limits ?? CSV_LIMITS)
  let rejects = NO_REJECTS_FILE
  try {
    const rules = rulesFor(file, options, deps)
    if (options.rejectsPath !== undefined) rejects = await openRejects(options.rejectsPath, file.header)
    const tally = emptyTally()
    const declared = options.source ?? file.name
    return await db.transaction().execute(async (transaction) => {
      if (options.actor !== undefined) await actAs(transaction, options.actor)
      const run: Run = { db: transaction, file, rules, rejects, tally, deps, onProgress }
      await createStagedRows(transaction)
      await stageFile(run)
      onProgress({ ...progressOf(run), phase: 'writing' })
      await refuseDuplicates(transaction)
      await reportRefused(run)
      const sha256 = file.sha256()
      const merged = options.dryRun
        ? { importId: null, counts: await mergeStagedRows(transaction, null) }
        : await writeMerge(run, {
            file: file.name,
            source: declared,
            sha256,
            startedAt,
            consentUntil: options.consentUntil ?? null,
          })
      const outcome = { ...merged, sha256, rejectsFile: await rejects.finish() }
      const ended = deps.clock.now()
      const report = reportOf(file, rules, tally, outcome, { ...options, source: declared }, startedAt, ended)
      await deps.beforeCommit?.(transaction, report)
      return report
    })
  } catch (error) {
    await rejects.abandon()
    throw error
  } finally {
    await file.close()
  }
}

/** The rejects must not replace the list they come from. */
function assertApart(source: CsvSource, rejectsPath: string | undefined): void {
  if (!('path' in source) || rejectsPath === undefined || resolve(source.path) !== resolve(rejectsPath)) return
  throw new RollcallError('rejects_over_input', `"${rejectsPath}" is the list itself`, {
    hint: 'name another file for the rejects',
    kind: 'usage',
  })
}

function rulesFor(file: CsvFile, options: ImportOptions, deps: ImportDeps): RowRules {
  const mapping = mapHeader(file.header, options.onlyMapped ? NO_NAMES : SUBSCRIBER_COLUMNS, options.map)
  if (mapping.columns.email === null) {
    const columns = file.header.slice(0, 20).map((column) => `"${column.slice(0, 40)}"`)
    throw new RollcallError('no_email_column', `no column of "${file.name}" is recognised as the e-mail address`, {
      hint: `its first line reads ${columns.join(', ')}; name the column with --map email=COLUMN`,
      kind: 'usage',
    })
  }
  const { padZip = false } = options
  return { header: file.header, mapping, padZip, keyOf: addressKeyer(deps.addressKeyKey), seen: createSeenKeys() }
}

interface Batch {
  good: StagedRow[]
  refused: Reject[]
}

/** Reads the file in batches; the next batch is read while the database takes the last one. */
async function stageFile(run: Run): Promise<void> {
  let staging: Promise<void> = Promise.resolve()
  let batch: Batch = { good: [], refused: [] }
  try {
    for await (const row of run.file.rows) {
      takeRow(run, row, batch)
      if (batch.good.length + batch.refused.length < BATCH_ROWS) continue
      await staging
      staging = stageBatch(run.db, batch)
      // Marks the promise as handled: its failure is thrown by the next `await staging`.
      staging.catch(() => undefined)
      batch = { good: [], refused: [] }
      run.onProgress(progressOf(run))
    }
  } finally {
    await staging
  }
  await stageBatch(run.db, batch)
}

function takeRow({ tally, rules, deps }: Run, row: CsvRow, batch: Batch): void {
  tally.rows += 1
  const read = readRow(row, rules)
  if ('problems' in read) {
    tally.rejected += 1
    batch.refused.push(read)
  } else {
    tallyGood(tally, read.subscriber, knowledgeOf(read.subscriber, deps))
    batch.good.push(read.staged)
  }
}

function knowledgeOf({ zip }: SubscriberInput, deps: ImportDeps): ZipKnowledge | 'blank' {
  return zip === null ? 'blank' : deps.knownZip(zip)
}

async function stageBatch(db: Db, batch: Batch): Promise<void> {
  await stageRows(db, batch.good)
  await stageRefused(db, batch.refused)
}

/** Writes the refused rows in the order of the file; a duplicate was counted as good while nobody could know better. */
async function reportRefused({ db, tally, rules, rejects, deps }: Run): Promise<void> {
  for await (const refused of refusedRows(db)) {
    let reject: Reject
    if ('problems' in refused) reject = refused
    else {
      reject = duplicateReject(refused, rules)
      tally.rejected += 1
      tally.duplicates += 1
      const read = readRow(refused, rules)
      if ('subscriber' in read) tallyGood(tally, read.subscriber, knowledgeOf(read.subscriber, deps), -1)
    }
    showReject(tally, reject)
    await rejects.add(reject)
  }
}

function progressOf({ file, tally }: Run): ImportProgress {
  const { rows, rejected } = tally
  return { phase: 'reading', rows, rejected, bytes: file.bytesRead(), totalBytes: file.totalBytes }
}

interface Merged {
  importId: string | null
  counts: MergeCounts
}

async function writeMerge(
  { db, tally, deps }: Run,
  record: { file: string; source: string; sha256: string; startedAt: Date; consentUntil: Date | null },
): Promise<Merged> {
  const { file, source, sha256, startedAt, consentUntil } = record
  const importId = await insertImport(db, {
    file,
    source,
    sha256,
    startedAt,
    rows: tally.rows,
    rejected: tally.rejected,
  })
  const counts = await mergeStagedRows(db, { importId, source, at: startedAt, consentUntil })
  await finishImport(db, importId, counts, deps.clock.now())
  return { importId, counts }
}

function reportOf(
  file: CsvFile,
  rules: RowRules,
  tally: Tally,
  merged: Merged & { sha256: string; rejectsFile: string | null },
  options: ImportOptions & { source: string },
  startedAt: Date,
  finishedAt: Date,
): ImportReport {
  const name = (index: number | null): string | null => (index === null ? null : (rules.header[index] ?? null))
  const { columns, ignored } = rules.mapping
  return {
    importId: merged.importId,
    dryRun: options.dryRun ?? false,
    file: file.name,
    sha256: merged.sha256,
    source: options.source,
    ...merged.counts,
    ...tally,
    columns: {
      email: name(columns.email),
      first_name: name(columns.first_name),
      last_name: name(columns.last_name),
      zip: name(columns.zip),
      plus4: name(columns.plus4),
    },
    ignoredColumns: ignored,
    rejectsFile: merged.rejectsFile,
    durationMs: finishedAt.getTime() - startedAt.getTime(),
  }
}
