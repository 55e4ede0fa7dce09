// A list that came through the console: the states it goes through, and what a person chose for it.
import { RollcallError } from '../core/errors.ts'
import type { ImportOptions } from './import-csv.ts'
import type { ImportReport } from './import-report.ts'
import { SUBSCRIBER_COLUMNS, mapHeader } from './csv-header.ts'
import { FIELDS, type Field } from './subscriber.ts'

export type UploadState = 'uploaded' | 'checking' | 'checked' | 'importing' | 'imported' | 'failed' | 'discarded'

/** What works on a list: a dry run, or the import. */
export type UploadStep = 'checking' | 'importing'

/**
 * From which states each is reached; a list that is imported or discarded stays so.
 * uploaded → checking → checked → importing → imported; a running step may fail, and a new check may follow.
 */
export const REACHED_FROM: Readonly<Record<UploadStep | 'discarded', readonly UploadState[]>> = {
  checking: ['uploaded', 'checked', 'failed'],
  importing: ['checked'],
  discarded: ['uploaded', 'checking', 'checked', 'importing', 'failed'],
}

export interface UploadChoices {
  /** The column of each field; a field that is not in it is not read. */
  columns: Partial<Record<Field, string>>
  /** Where the addresses come from, for the consent ledger. */
  source: string
  padZip: boolean
  /** The last day of a consent that is only implied, `2028-05-31`; null: it does not end. */
  consentUntil: string | null
}

/** What is kept of a report; the rows it quotes go with the file. */
export type UploadReport = Omit<ImportReport, 'sample'> & Partial<Pick<ImportReport, 'sample'>>

export interface Upload {
  id: string
  fileName: string
  storedAs: string
  bytes: number
  state: UploadState
  /** null: nothing is chosen yet. */
  choices: UploadChoices | null
  uploadedBy: string
  uploadedAt: Date
  actor: string | null
  changedAt: Date
  rowsRead: number
  rowsRejected: number
  bytesRead: number
  isWriting: boolean
  /** How often the running step was begun. */
  runs: number
  report: UploadReport | null
  problem: string | null
  importId: string | null
  isCleared: boolean
}

/** Returns how the import is to run; a field nobody chose is not guessed. */
export function importOptionsOf({ columns, source, padZip, consentUntil }: UploadChoices): ImportOptions {
  const map = Object.fromEntries(FIELDS.flatMap((field) => (columns[field] ? [[field, columns[field]]] : [])))
  return {
    map,
    onlyMapped: true,
    padZip,
    source,
    ...(consentUntil === null ? {} : { consentUntil: new Date(`${consentUntil}T00:00:00Z`) }),
  }
}

/** Returns the choices as a form gives them. Throws `bad_choices` with everything that is wrong. */
export function readChoices(form: Readonly<Record<string, string>>, header: readonly string[]): UploadChoices {
  const problems: string[] = []
  const columns: Partial<Record<Field, string>> = {}
  for (const field of FIELDS) {
    const column = form[`column_${field}`] ?? ''
    if (column === '') continue
    if (!header.includes(column)) problems.push(`the file has no column "${column.slice(0, 60)}"`)
    columns[field] = column
  }
  if (columns.email === undefined) problems.push('choose the column that holds the e-mail address')
  const chosen = Object.values(columns)
  if (new Set(chosen).size < chosen.length) problems.push('one column cannot be two fields')
  const source = (form['source'] ?? '').trim()
  if (source === '') problems.push('say where these people signed up: the consent ledger keeps it')
  if (source.length > 200) problems.push('the source has more than 200 characters')
  const until = (form['consent_until'] ?? '').trim()
  if (until !== '' && !isDay(until)) problems.push(`"${until.slice(0, 20)}" is no day: write it as 2028-05-31`)
  if (problems.length > 0) throw new RollcallError('bad_choices', problems.join('\n'), { kind: 'usage' })
  return { columns, source, padZip: form['pad_zip'] === 'on', consentUntil: until === '' ? null : until }
}

function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

/** Returns what the header suggests; a field that two columns could be is left for a person to choose. */
export function guessChoices(header: readonly string[], fileName: string): UploadChoices {
  const columns: Partial<Record<Field, string>> = {}
  for (const field of FIELDS) {
    const column = guessColumn(header, field)
    if (column !== undefined) columns[field] = column
  }
  return { columns, source: fileName, padZip: false, consentUntil: null }
}

function guessColumn(header: readonly string[], field: Field): string | undefined {
  try {
    const { columns } = mapHeader<string>(header, { [field]: SUBSCRIBER_COLUMNS[field] })
    return header[columns[field] ?? -1]
  } catch (error) {
    if (error instanceof RollcallError && error.code === 'ambiguous_column') return undefined
    throw error
  }
}
