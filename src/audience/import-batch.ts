// One batch of an import: rows that are good, rows that are not, in the order of the file.
import type { CsvRow } from './csv-rows.ts'
import type { HeaderMapping } from './csv-header.ts'
import type { Reject } from './rejects.ts'
import type { DuplicateRow, StagedRow } from './staged-rows.ts'
import { FIELDS, checkSubscriber, type Field, type SubscriberInput } from './subscriber.ts'

/** A good row with the row it came from, which a duplicate needs for the rejects file. */
export interface GoodRow {
  row: CsvRow
  staged: StagedRow
  subscriber: SubscriberInput
}

export interface Batch {
  good: GoodRow[]
  rejects: Reject[]
}

/** What a row is read with. */
export interface RowRules {
  header: readonly string[]
  mapping: HeaderMapping<Field>
  padZip: boolean
  /** The key of a normalised address, in hex. */
  keyOf: (normalised: string) => string
}

/** Returns the row as a subscriber ready to be staged, or everything that is wrong with it. */
export function readRow(row: CsvRow, rules: RowRules): GoodRow | Reject {
  const surplus = row.cells.slice(rules.header.length).find((cell) => cell.trim() !== '')
  if (surplus !== undefined) return tooManyCells(row, rules.header.length, surplus)
  const checked = checkSubscriber(textOf(row, rules.mapping), rules.padZip)
  if (!checked.ok) {
    const problems = checked.refusals.map(({ field, problem, hint }) => {
      const index = rules.mapping.columns[field] ?? -1
      return { column: rules.header[index] ?? field, value: row.cells[index] ?? '', problem, hint }
    })
    return { ...row, problems }
  }
  const { subscriber } = checked
  return { row, subscriber, staged: stagedOf(row.line, subscriber, rules.keyOf) }
}

function textOf(row: CsvRow, mapping: HeaderMapping<Field>): Record<Field, string> {
  const text: Record<Field, string> = { email: '', first_name: '', last_name: '', zip: '', plus4: '' }
  for (const field of FIELDS) {
    const index = mapping.columns[field]
    if (index !== null) text[field] = row.cells[index] ?? ''
  }
  return text
}

function stagedOf(line: number, subscriber: SubscriberInput, keyOf: RowRules['keyOf']): StagedRow {
  const { address, firstName, lastName, zip, plus4 } = subscriber
  return {
    line,
    address: address.ascii,
    addressKey: keyOf(address.normalised),
    needsSmtpUtf8: address.needsSmtpUtf8,
    firstName,
    lastName,
    zip,
    plus4,
  }
}

function tooManyCells(row: CsvRow, columns: number, value: string): Reject {
  const problem = `the row has ${row.cells.length} cells and the header ${columns}`
  return {
    ...row,
    problems: [{ column: '', value, problem, hint: 'put quotation marks around a cell with a comma in it' }],
  }
}

/** Returns the refusal of a row whose address stood on an earlier line. */
export function duplicateReject(good: GoodRow, duplicate: DuplicateRow, emailColumn: string): Reject {
  const problem = `the address is that of line ${duplicate.firstLine}, which was taken`
  const hint = 'delete this row, or import it by itself if it is the right one'
  return { ...good.row, problems: [{ column: emailColumn, value: good.subscriber.address.text, problem, hint }] }
}
