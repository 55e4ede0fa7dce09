// What an import did, in sentences for people and as JSON.
import type { Finding } from './import-issues.ts'

export interface ImportReport {
  /** The file's name as given. */
  file: string
  kind: 'legislators' | 'roll_call' | 'zip_map'
  /** `legislators`, `terms-csv`, `house-clerk`, `senate`, `congress-json`, `zip-map`. */
  format: string
  /** The roll call (`h708-115.2017`) or the map (`115`); '' for legislators. */
  subject: string
  sha256: string
  /** False when the database already said all of this. */
  changed: boolean
  counts: Record<string, number>
  sentences: string[]
  /** What the import could not take at face value. */
  findings: Finding[]
}

/** What one kind of file contributes to the report. */
export type ImportOutcome = Omit<ImportReport, 'file' | 'sha256' | 'kind' | 'format'>

/** Returns `3 terms`, `1 term`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}

/** Returns the first names of a list and how many more there are. */
export function firstOf(names: readonly string[], limit = 12): string {
  const more = names.length - limit
  return names.slice(0, limit).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
