// The answer to a request for export, as files: one JSON document, and one CSV file a table.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { BOM, csvLine } from '../audience/csv-cell.ts'
import { messageOf, RollcallError } from '../core/errors.ts'
import type { PersonTable } from './person-data.ts'

/** Returns the files of an export by name. */
export function personFiles(tables: readonly PersonTable[]): ReadonlyMap<string, string> {
  const files = new Map([
    ['everything.json', JSON.stringify(Object.fromEntries(tables.map((t) => [t.name, t.rows])), null, 2)],
  ])
  for (const table of tables) if (table.rows.length > 0) files.set(`${table.name}.csv`, toCsv(table))
  return files
}

/** Writes the files, readable by their owner alone, and returns their names. Throws `export_unwritable`. */
export async function writePersonFiles(directory: string, tables: readonly PersonTable[]): Promise<string[]> {
  const files = personFiles(tables)
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    // Never over a file that is there: it may be another person's.
    for (const [name, text] of files) await writeFile(path.join(directory, name), text, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    throw new RollcallError('export_unwritable', `cannot write the export to "${directory}": ${messageOf(cause)}`, {
      hint: 'name a directory that does not exist yet',
      kind: 'usage',
    })
  }
  return [...files.keys()]
}

function toCsv({ rows }: PersonTable): string {
  const header = Object.keys(rows[0] ?? {})
  return BOM + csvLine(header) + rows.map((row) => csvLine(header.map((name) => cell(row[name])))).join('')
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' ? value : JSON.stringify(value)
}
