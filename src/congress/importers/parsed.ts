// The one shape that every file format is read into, before anything is checked against the database.
import type { Day } from '../day.ts'
import type { PartySince } from '../party.ts'
import type { Position } from '../position.ts'
import type { Chamber, Seat } from '../seat.ts'
import type { EndBasis } from '../term.ts'

export interface ParsedTerm {
  seat: Seat
  start: Day
  end: Day
  endBasis: EndBasis
  how: string | null
  /** In order of day, at least one. */
  parties: PartySince[]
}

export interface ParsedLegislator {
  bioguide: string
  /** Retired bioguide ids of the same person. */
  previousBioguides: string[]
  lis: string | null
  govtrack: string | null
  icpsr: string | null
  firstName: string
  lastName: string
  nickname: string | null
  suffix: string | null
  officialFull: string | null
  terms: ParsedTerm[]
}

export interface ParsedLegislators {
  kind: 'legislators'
  format: 'legislators' | 'terms-csv'
  legislators: ParsedLegislator[]
}

/** One line of a roll call, before its id is resolved. */
export interface ListedPosition extends Position {
  /** House roll calls name bioguide ids, Senate roll calls LIS ids. */
  memberId: string
  party: string
  state: string
  /** As the roll call writes it: for messages to the operator, never for print. */
  displayName: string
}

export interface ParsedRollCall {
  kind: 'roll_call'
  format: 'house-clerk' | 'senate' | 'congress-json'
  /** `h708-115.2017` */
  id: string
  chamber: Chamber
  congress: number
  /** 1 or 2. */
  session: number
  number: number
  heldAt: Date
  question: string
  voteType: string
  /** `1/2`, `2/3`, `3/5`, `QUORUM`. */
  requirement: string | null
  result: string
  category: string | null
  /** `hr1370-115` */
  bill: string | null
  tieBreaker: 'yea' | 'nay' | null
  sourceUrl: string
  modifiedAt: Date | null
  /** The file's own totals, by option or `candidate:NAME`; null where the format has none. */
  totals: Record<string, number> | null
  /** The same by party letter; House XML only. */
  partyTotals: { party: string; totals: Record<string, number> }[]
  positions: ListedPosition[]
}

export interface ParsedZipMap {
  kind: 'zip_map'
  format: 'zip-map'
  rows: { zip: string; seat: Seat }[]
}

export type ParsedFile = ParsedLegislators | ParsedRollCall | ParsedZipMap
