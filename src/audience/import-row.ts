// One row of an import: a subscriber ready to be staged, or a refusal with everything that is wrong.
import type { CsvRow } from './csv-rows.ts'
import type { HeaderMapping } from './csv-header.ts'
import type { Reject } from './rejects.ts'
import type { DuplicateRow, StagedRow } from './staged-rows.ts'
import { FIELDS, checkSubscriber, type Field, type SubscriberInput } from './subscriber.ts'

/** A good row, read and as it is staged. */
export interface GoodRow {
  subscriber: SubscriberInput
  staged: StagedRow
}

/** What a row is read with. */
export interface RowRules {
  header: readonly string[]
  mapping: HeaderMapping<Field>
  padZip: boolean
  /** The key of a normalised address, in hex. */
  keyOf: (normalised: string) => string
  /** Remembers a key; whether it may have come by before: false is certain. */
  seen: (key: string) => boolean
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
  return { subscriber, staged: stagedOf(row, subscriber, rules) }
}

function textOf(row: CsvRow, mapping: HeaderMapping<Field>): Record<Field, string> {
  const text: Record<Field, string> = { email: '', first_name: '', last_name: '', zip: '', plus4: '' }
  for (const field of FIELDS) {
    const index = mapping.columns[field]
    if (index !== null) text[field] = row.cells[index] ?? ''
  }
  return text
}

function stagedOf(row: CsvRow, subscriber: SubscriberInput, rules: RowRules): StagedRow {
  const { address, firstName, lastName, zip, plus4 } = subscriber
  const key = rules.keyOf(address.normalised)
  return {
    line: row.line,
    address: address.ascii,
    addressKey: key,
    needsSmtpUtf8: address.needsSmtpUtf8,
    firstName,
    lastName,
    zip,
    plus4,
    cells: rules.seen(key) ? row.cells : null,
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
export function duplicateReject({ line, cells, firstLine }: DuplicateRow, rules: RowRules): Reject {
  const index = rules.mapping.columns.email ?? -1
  const problem = `the address is that of line ${firstLine}, which was taken`
  const hint = 'delete this row, or import it by itself if it is the right one'
  return { line, cells, problems: [{ column: rules.header[index] ?? '', value: cells[index] ?? '', problem, hint }] }
}
