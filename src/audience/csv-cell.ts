// Cells of the CSV files we write: harmless in a spreadsheet, and the same again when we read them back.

/** What makes a spreadsheet take a cell for a formula, behind any apostrophes of its own (threat T6). */
const TRIGGER = /^'*[=+\-@\t\r\n＝＋－＠]/
const GUARDED = /^'+[=+\-@\t\r\n＝＋－＠]/
const NEEDS_QUOTES = /[",;\r\n\t]|^\s|\s$/

/** The byte order mark: without it spreadsheets read UTF-8 as something older and spoil every accent. */
export const BOM = '\ufeff'

/** Returns the value with an apostrophe before it where a spreadsheet would run it as a formula. */
export function guardCell(value: string): string {
  return TRIGGER.test(value) ? `'${value}` : value
}

/** Returns what `guardCell` was given: takes off the one apostrophe that it puts on. */
export function unguardCell(cell: string): string {
  return cell.charCodeAt(0) === 0x27 && GUARDED.test(cell) ? cell.slice(1) : cell
}

/** Returns one CSV line (RFC 4180, CRLF) of guarded cells. */
export function csvLine(values: readonly string[]): string {
  return `${values.map(csvCell).join(',')}\r\n`
}

function csvCell(value: string): string {
  const cell = guardCell(value)
  return NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
