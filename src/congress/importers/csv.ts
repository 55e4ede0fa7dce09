// CSV with a header, every column text, as records that know their line.
import { parse } from 'csv-parse/sync'
import { messageOf } from '../../core/errors.ts'
import { refuse } from './refuse.ts'

export interface CsvRow {
  line: number
  values: string[]
}

const MAX_RECORD = 4096 // characters in one record (threat T7)

/** Returns the records after the header; refuses a header other than `header`, and records of another width. */
export function readCsv(text: string, header: readonly string[]): CsvRow[] {
  const [first, ...rows] = parseCsv(text)
  if (first?.values.join(',') !== header.join(',')) {
    refuse(`line 1: the header is "${first?.values.join(',').slice(0, 200) ?? ''}"; expected "${header.join(',')}"`)
  }
  const odd = rows.find((row) => row.values.length !== header.length)
  if (odd) refuse(`line ${odd.line}: ${odd.values.length} columns; expected ${header.length}`)
  return rows
}

function parseCsv(text: string): CsvRow[] {
  try {
    const records = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX_RECORD,
    })
    // With `info` each record comes with the line it ends on; the typings describe only the plain form.
    return (records as unknown[]).map(readRecord)
  } catch (cause) {
    return refuse(`the CSV is broken: ${messageOf(cause)}`)
  }
}

function readRecord(entry: unknown): CsvRow {
  const { record, info } = entry as { record: string[]; info: { lines: number } }
  return { line: info.lines, values: record }
}
