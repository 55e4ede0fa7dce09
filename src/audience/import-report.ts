// What an import says of itself: the same numbers in a dry run and in the real one.
import type { Reject } from './rejects.ts'
import { isRoleAddress, type Field, type SubscriberInput } from './subscriber.ts'
import type { ZipKnowledge } from './zip.ts'

/** Rows add up: `rows = added + updated + unchanged + suppressed + rejected`. */
export interface ImportReport {
  /** The record of this import; null in a dry run. */
  importId: string | null
  dryRun: boolean
  file: string
  sha256: string
  source: string
  rows: number
  added: number
  updated: number
  unchanged: number
  /** Opted out, bounced or blocked: left as they are. */
  suppressed: number
  rejected: number
  /** Of the rejected: the address stood on an earlier line. */
  duplicates: number
  /** The rows with a good address and name, by what is known of their ZIP. */
  zips: Record<ZipKnowledge | 'blank' | 'padded', number>
  /** Addresses such as info@ that belong to an office. */
  roleAddresses: number
  /** Addresses that only reach servers with SMTPUTF8. */
  needSmtpUtf8: number
  /** Which column each field was read from. */
  columns: Record<Field, string | null>
  ignoredColumns: string[]
  /** The first rejected rows. */
  sample: ReportedReject[]
  /** Where all rejected rows are; null when no file was asked for. */
  rejectsFile: string | null
  durationMs: number
}

export interface ReportedReject {
  line: number
  column: string
  value: string
  problem: string
  hint: string
}

const SAMPLE = 10
const SHOWN = 80 // characters of a value in the report

/** The counts that grow with the rows. */
export interface Tally {
  rows: number
  rejected: number
  duplicates: number
  zips: ImportReport['zips']
  roleAddresses: number
  needSmtpUtf8: number
  sample: ReportedReject[]
}

/** Returns a tally of nothing. */
export function emptyTally(): Tally {
  const zips = { known: 0, state: 0, special: 0, unknown: 0, blank: 0, padded: 0 }
  return { rows: 0, rejected: 0, duplicates: 0, zips, roleAddresses: 0, needSmtpUtf8: 0, sample: [] }
}

/** Counts a good row; `by` -1 takes it back when it turns out to be a duplicate. */
export function tallyGood(
  tally: Tally,
  { address, padded }: SubscriberInput,
  known: ZipKnowledge | 'blank',
  by: 1 | -1 = 1,
): void {
  tally.zips[known] += by
  if (padded) tally.zips.padded += by
  if (isRoleAddress(address)) tally.roleAddresses += by
  if (address.needsSmtpUtf8) tally.needSmtpUtf8 += by
}

/** Keeps the first few refused rows to show. */
export function showReject(tally: Tally, reject: Reject): void {
  const [first] = reject.problems
  if (!first || tally.sample.length >= SAMPLE) return
  tally.sample.push({ line: reject.line, ...first, value: first.value.slice(0, SHOWN) })
}
