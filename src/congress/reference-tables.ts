// The reference tables as the importers' one shape: compact CSV, people by bioguide id.
import { RollcallError } from '../core/errors.ts'
import { readLabel, asksForSpeaker } from './importers/label.ts'
import type { CsvRow } from './importers/csv.ts'
import type {
  ParsedLegislator,
  ParsedLegislators,
  ParsedRollCall,
  ParsedTerm,
  ParsedZipMap,
} from './importers/parsed.ts'
import type { PartySince } from './party.ts'
import { parseSeatId } from './seat.ts'
import type { EndBasis } from './term.ts'

/** The tables of a folder and their columns. Jurisdictions, seats and special ZIPs follow from the code and the rows. */
export const REFERENCE_HEADERS = {
  source: ['name', 'kind', 'url', 'licence', 'vintage', 'sha256'],
  district_map: ['id', 'start', 'end'],
  zip_seat: ['zip', 'seats'],
  zip_state: ['zip', 'usps'],
  legislator: ['bioguide', 'first_name', 'last_name', 'nickname', 'suffix', 'official_full'],
  legislator_alias: ['bioguide', 'scheme', 'value'],
  term: ['bioguide', 'seat_id', 'start', 'end', 'end_basis', 'how'],
  term_party: ['bioguide', 'seat_id', 'start', 'from_date', 'party', 'caucus'],
  roll_call: (
    'id,chamber,congress,session,number,held_at,question,vote_type,requirement,result,' +
    'category,bill,tie_breaker,source_url,source_modified_at,totals'
  ).split(','),
  position: ['roll_call_id', 'member_id', 'option_raw', 'party', 'state_raw'],
} as const
export type ReferenceTable = keyof typeof REFERENCE_HEADERS
export type ReferenceTables = Record<ReferenceTable, CsvRow[]>

/** Returns everyone of the tables with ids, terms and parties. */
export function readLegislatorTables(tables: ReferenceTables): ParsedLegislators {
  const aliases = Map.groupBy(tables.legislator_alias, ({ values }) => values[0] ?? '')
  const terms = Map.groupBy(tables.term, ({ values }) => values[0] ?? '')
  const parties = Map.groupBy(tables.term_party, ({ values }) => values.slice(0, 3).join(' '))
  const legislators = tables.legislator.map(({ values }): ParsedLegislator => {
    const [bioguide = '', firstName = '', lastName = '', nickname, suffix, officialFull] = values
    const alias = (scheme: string): string[] =>
      (aliases.get(bioguide) ?? []).filter((row) => row.values[1] === scheme).map((row) => row.values[2] ?? '')
    return {
      bioguide,
      previousBioguides: alias('bioguide').filter((value) => value !== bioguide),
      lis: alias('lis')[0] ?? null,
      govtrack: alias('govtrack')[0] ?? null,
      icpsr: alias('icpsr')[0] ?? null,
      firstName,
      lastName,
      nickname: nickname || null,
      suffix: suffix || null,
      officialFull: officialFull || null,
      terms: (terms.get(bioguide) ?? []).map((row) => readTerm(row, parties)),
    }
  })
  return { kind: 'legislators', format: 'legislators', legislators }
}

function readTerm({ line, values }: CsvRow, parties: ReadonlyMap<string, CsvRow[]>): ParsedTerm {
  const [, seatId = '', start = '', end = '', basis = '', how] = values
  const endBasis = (['scheduled', 'observed', 'successor', 'manual'] as const).find(
    (each): each is EndBasis => each === basis,
  )
  if (!endBasis) throw new RollcallError('reference_broken', `term.csv, line ${line}: end_basis is "${basis}"`)
  const ofTerm = parties.get(values.slice(0, 3).join(' ')) ?? []
  const since = ofTerm.map(({ values: [, , , from = '', party = '', caucus] }): PartySince => ({
    from,
    party,
    caucus: caucus || null,
  }))
  return { seat: parseSeatId(seatId), start, end, endBasis, how: how || null, parties: since }
}

/** Returns the folder's one map. */
export function readMapTable(tables: ReferenceTables): { congress: number; file: ParsedZipMap } {
  const [map, second] = tables.district_map
  if (!map || second)
    throw new RollcallError('reference_broken', `district_map.csv has ${tables.district_map.length} rows; expected one`)
  const seats = new Map(
    tables.zip_seat.flatMap(({ values }) => (values[1] ?? '').split(' ')).map((id) => [id, parseSeatId(`US-H-${id}`)]),
  )
  const rows = tables.zip_seat.flatMap(({ values: [zip = '', ids = ''] }) =>
    ids.split(' ').flatMap((id) => {
      const seat = seats.get(id)
      return seat ? [{ zip, seat }] : []
    }),
  )
  return { congress: Number(map.values[0]), file: { kind: 'zip_map', format: 'zip-map', rows } }
}

/** Returns the roll calls with their positions as listed. */
export function readRollCallTables(tables: ReferenceTables): ParsedRollCall[] {
  const positions = Map.groupBy(tables.position, ({ values }) => values[0] ?? '')
  return tables.roll_call.map(({ values }) => {
    const row = Object.fromEntries(REFERENCE_HEADERS.roll_call.map((name, index) => [name, values[index] ?? '']))
    const isSpeakerElection = asksForSpeaker(row['question'] ?? '')
    return {
      kind: 'roll_call',
      format: 'congress-json',
      id: row['id'] ?? '',
      chamber: row['chamber'] === 'house' ? 'house' : 'senate',
      congress: Number(row['congress']),
      session: Number(row['session']),
      number: Number(row['number']),
      heldAt: new Date(row['held_at'] ?? ''),
      question: row['question'] ?? '',
      voteType: row['vote_type'] ?? '',
      requirement: row['requirement'] || null,
      result: row['result'] ?? '',
      category: row['category'] || null,
      bill: row['bill'] || null,
      tieBreaker: row['tie_breaker'] === 'yea' || row['tie_breaker'] === 'nay' ? row['tie_breaker'] : null,
      sourceUrl: row['source_url'] ?? '',
      modifiedAt: row['source_modified_at'] ? new Date(row['source_modified_at']) : null,
      totals: readTotals(row['totals'] ?? ''),
      partyTotals: [],
      positions: (positions.get(row['id'] ?? '') ?? []).map(
        ({ values: [, memberId = '', label = '', party = '', state = ''] }) => ({
          ...readLabel(label, isSpeakerElection),
          memberId,
          party,
          state,
          displayName: memberId,
        }),
      ),
    }
  })
}

/** Reads `yea=231 nay=188`. */
function readTotals(text: string): Record<string, number> {
  return Object.fromEntries(
    text
      .split(' ')
      .map((entry) => entry.split('='))
      .map(([key = '', count]) => [key, Number(count)]),
  )
}
