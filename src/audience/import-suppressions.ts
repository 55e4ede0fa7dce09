// Imports a list of addresses that must not be written to: another tool's opt-outs, or our own export.
import { addressKey, parseAddress } from '../core/address.ts'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { mapHeader, type HeaderMapping } from './csv-header.ts'
import { openCsv, type CsvFile, type CsvRow, type CsvSource } from './csv-rows.ts'
import type { ReportedReject } from './import-report.ts'
import { NO_REJECTS_FILE, openRejects, type Reject } from './rejects.ts'
import { asChannel, asReason, type Suppression } from './suppression.ts'
import { addSuppressions } from './suppressions.ts'

const COLUMNS = {
  address_key: ['addresskey'],
  email: ['email', 'emailaddress', 'mail', 'address'],
  reason: ['reason'],
  channel: ['channel'],
  note: ['note', 'comment'],
  set_by: ['setby'],
  set_at: ['setat'],
} as const
type Column = keyof typeof COLUMNS

export interface SuppressionImportOptions {
  map?: Readonly<Record<string, string>>
  /** Who imports, for the record. */
  by: string
  rejectsPath?: string
}

/** Rows add up: `rows = added + known + rejected`. */
export interface SuppressionReport {
  file: string
  rows: number
  added: number
  /** Suppressed before; their first reason and date stay. */
  known: number
  rejected: number
  sample: ReportedReject[]
  rejectsFile: string | null
}

interface Deps {
  addressKeyKey: Buffer
  clock: Clock
}

const BATCH_ROWS = 2000
const SAMPLE = 10

/**
 * Suppresses every address of the list in one transaction and returns the counts. A row names an address or the
 * key that our own export gives; an unreadable reason or date becomes `import` and now, never a refused opt-out.
 * Throws a RollcallError for a file that cannot be read as a list.
 */
export async function importSuppressions(
  db: Db,
  source: CsvSource,
  options: SuppressionImportOptions,
  deps: Deps,
): Promise<SuppressionReport> {
  const file = await openCsv(source)
  let rejects = NO_REJECTS_FILE
  try {
    const read = rowReader(file, options, deps)
    if (options.rejectsPath !== undefined) rejects = await openRejects(options.rejectsPath, file.header)
    const report: SuppressionReport = {
      file: file.name,
      rows: 0,
      added: 0,
      known: 0,
      rejected: 0,
      sample: [],
      rejectsFile: null,
    }
    await db.transaction().execute(async (transaction) => {
      let batch: Suppression[] = []
      const flush = async (): Promise<void> => {
        const added = await addSuppressions(transaction, batch)
        report.added += added
        report.known += batch.length - added
        batch = []
      }
      for await (const row of file.rows) {
        report.rows += 1
        const found = read(row)
        if ('problems' in found) {
          report.rejected += 1
          if (report.sample.length < SAMPLE) report.sample.push(...reported(found))
          await rejects.add(found)
        } else if (batch.push(found) >= BATCH_ROWS) await flush()
      }
      await flush()
      report.rejectsFile = await rejects.finish()
    })
    return report
  } catch (error) {
    await rejects.abandon()
    throw error
  } finally {
    await file.close()
  }
}

function reported({ line, problems }: Reject): ReportedReject[] {
  return problems.map((problem) => ({ line, ...problem }))
}

function rowReader(
  file: CsvFile,
  options: SuppressionImportOptions,
  deps: Deps,
): (row: CsvRow) => Suppression | Reject {
  const mapping = mapHeader<Column>(file.header, COLUMNS, options.map)
  if (mapping.columns.email === null && mapping.columns.address_key === null) {
    throw new RollcallError('no_email_column', `no column of "${file.name}" is recognised as the e-mail address`, {
      hint: 'name it with --map email=COLUMN',
      kind: 'usage',
    })
  }
  const now = deps.clock.now()
  return (row) => {
    const cell = (column: Column): string => cellOf(row, mapping, column).trim()
    const key = keyOf(cell('address_key'), cell('email'), deps.addressKeyKey)
    if ('problem' in key) {
      const index = mapping.columns.email ?? mapping.columns.address_key ?? 0
      return { ...row, problems: [{ ...key, column: file.header[index] ?? '', value: row.cells[index] ?? '' }] }
    }
    return {
      addressKey: key.key,
      reason: asReason(cell('reason')) ?? 'import',
      channel: asChannel(cell('channel')) ?? 'import',
      note: cell('note').slice(0, 1000).replaceAll('\0', ''),
      setBy: cell('set_by').slice(0, 100).replaceAll('\0', '') || options.by,
      setAt: pastInstant(cell('set_at'), now),
    }
  }
}

function cellOf(row: CsvRow, mapping: HeaderMapping<Column>, column: Column): string {
  const index = mapping.columns[column]
  return index === null ? '' : (row.cells[index] ?? '')
}

/** The address goes before the key: a key made under another secret would block nobody. */
function keyOf(key: string, email: string, addressKeyKey: Buffer): { key: Buffer } | { problem: string; hint: string } {
  if (email === '' && /^[0-9a-f]{64}$/i.test(key)) return { key: Buffer.from(key, 'hex') }
  const parsed = parseAddress(email)
  return parsed.ok
    ? { key: addressKey(addressKeyKey, parsed.address.normalised) }
    : { problem: parsed.problem, hint: parsed.hint }
}

function pastInstant(text: string, now: Date): Date {
  const at = /^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text) : now
  return Number.isNaN(at.getTime()) || at > now ? now : at
}
