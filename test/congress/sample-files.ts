// Files in every official format, written anew from the reference tables, for tests to import or to spoil.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { readCsv } from '../../src/congress/importers/csv.ts'
import type { ListedPosition, ParsedRollCall } from '../../src/congress/importers/parsed.ts'
import { yearOfSession } from '../../src/congress/importers/roll-call-id.ts'
import { TERMS_HEADER } from '../../src/congress/importers/terms-csv.ts'
import { readLegislatorTables, readRollCallTables, REFERENCE_HEADERS } from '../../src/congress/reference-tables.ts'
import type { ReferenceTables } from '../../src/congress/reference-tables.ts'
import { FIXTURE } from './reference-campaign.ts'

const tables = Object.fromEntries(
  Object.entries(REFERENCE_HEADERS).map(([name, header]) => [
    name,
    readCsv(readFileSync(path.join(FIXTURE, `${name}.csv`), 'utf8'), header),
  ]),
) as ReferenceTables

/** Returns a roll call of the reference tables. */
export function sampleRollCall(id: string): ParsedRollCall {
  const found = readRollCallTables(tables).find((rollCall) => rollCall.id === id)
  if (!found) throw new Error(`the reference tables have no ${id}`)
  return found
}

/** Returns the same roll call with its positions changed. */
export function withPositions(
  rollCall: ParsedRollCall,
  change: (positions: ListedPosition[]) => ListedPosition[],
): ParsedRollCall {
  return { ...rollCall, positions: change(rollCall.positions) }
}

/** Returns `data.json` of a roll call; `more` replaces fields. */
export function asJson(rollCall: ParsedRollCall, more: Record<string, unknown> = {}): string {
  const byLabel = Map.groupBy(rollCall.positions, (position) => position.label)
  const votes = [...byLabel].map(([label, positions]) => [
    label,
    positions.map(({ memberId, displayName, party, state }) => ({
      id: memberId,
      display_name: displayName,
      party,
      state,
    })),
  ])
  const count = (option: string): number => rollCall.positions.filter((position) => position.option === option).length
  return JSON.stringify({
    chamber: rollCall.chamber === 'house' ? 'h' : 's',
    congress: rollCall.congress,
    session: String(yearOfSession(rollCall.congress, rollCall.session)),
    number: rollCall.number,
    date: rollCall.heldAt.toISOString(),
    question: rollCall.question,
    type: rollCall.voteType,
    requires: rollCall.requirement,
    result: rollCall.result,
    result_text:
      rollCall.chamber === 'senate'
        ? `${rollCall.result} (${count('yea')}-${count('nay')}, 3/5 majority required)`
        : rollCall.result,
    source_url: rollCall.sourceUrl,
    bill: { congress: 115, number: 1370, type: 'hr' },
    votes: Object.fromEntries(votes),
    ...more,
  })
}

/** Returns Clerk XML of House roll call 708, CRLF lines and a DOCTYPE included. Totals are those of the positions given. */
export function asClerkXml(rollCall: ParsedRollCall): string {
  const totals = (positions: readonly ListedPosition[]): string =>
    [
      ['yea', 'yea'],
      ['nay', 'nay'],
      ['present', 'present'],
      ['not-voting', 'not_voting'],
    ]
      .map(
        ([name, option]) =>
          `<${name}-total>${positions.filter((position) => position.option === option).length}</${name}-total>`,
      )
      .join('')
  const party = (name: string): string =>
    `<totals-by-party><party>${name}</party>${totals(rollCall.positions.filter((position) => position.party === name.slice(0, 1)))}</totals-by-party>`
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE rollcall-vote PUBLIC "-//US Congress//DTDs/vote v1.0 20031119 //EN" "../vote.dtd">',
    `<rollcall-vote><vote-metadata><majority>R</majority><congress>115</congress><session>1st</session><chamber>U.S. House of Representatives</chamber>`,
    `<rollcall-num>${rollCall.number}</rollcall-num><legis-num>H R 1370</legis-num><vote-question>On Motion to Concur</vote-question><vote-type>YEA-AND-NAY</vote-type>`,
    `<vote-result>${rollCall.result}</vote-result><action-date>21-Dec-2017</action-date><action-time time-etz="16:53">4:53 PM</action-time><vote-desc></vote-desc>`,
    `<vote-totals>${party('Republican')}${party('Democratic')}${party('Independent')}<totals-by-vote><total-stub>Totals</total-stub>${totals(rollCall.positions)}</totals-by-vote></vote-totals></vote-metadata><vote-data>`,
    ...rollCall.positions.map(
      (each) =>
        `<recorded-vote><legislator name-id="${each.memberId}" party="${each.party}" state="${each.state}" role="legislator">${each.displayName}</legislator><vote>${each.label}</vote></recorded-vote>`,
    ),
    '</vote-data></rollcall-vote>',
  ]
  return lines.join('\r\n')
}

/** Returns Senate XML of vote 325. */
export function asSenateXml(rollCall: ParsedRollCall): string {
  const count = (option: string): string =>
    String(rollCall.positions.filter((position) => position.option === option).length || '')
  const members = rollCall.positions.map(
    (each) =>
      `<member><member_full>${each.displayName}</member_full><party>${each.party}</party><state>${each.state}</state><vote_cast>${each.label}</vote_cast><lis_member_id>${each.memberId}</lis_member_id></member>`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?><roll_call_vote>
  <congress>115</congress><session>1</session><congress_year>2017</congress_year><vote_number>${rollCall.number}</vote_number>
  <vote_date>December 21, 2017,  06:48 PM</vote_date><modify_date>December 21, 2017,  07:23 PM</modify_date>
  <vote_question_text>On the Motion</vote_question_text><question>On the Motion</question><majority_requirement>3/5</majority_requirement>
  <vote_result>${rollCall.result}</vote_result><document><document_type>H.R.</document_type><document_number>1370</document_number></document>
  <count><yeas>${count('yea')}</yeas><nays>${count('nay')}</nays><present/><absent>${count('not_voting')}</absent></count>
  <tie_breaker><by_whom/><tie_breaker_vote/></tie_breaker>
  <members>${members.join('\n')}</members></roll_call_vote>`
}

/** Returns the ZIP map of the 115th Congress as `state_fips,state_abbr,zcta,cd`, CRLF lines. */
export function sampleMapLines(): string[] {
  const fips = new Map(FIPS.split(' ').map((entry) => [entry.slice(2), entry.slice(0, 2)]))
  return tables.zip_seat.flatMap(({ values: [zip = '', seats = ''] }) =>
    seats
      .split(' ')
      .map((seat) => `${fips.get(seat.slice(0, 2)) ?? ''},${seat.slice(0, 2)},${zip},${Number(seat.slice(3))}`),
  )
}

const FIPS =
  '01AL 02AK 04AZ 05AR 06CA 08CO 09CT 10DE 11DC 12FL 13GA 15HI 16ID 17IL 18IN 19IA 20KS 21KY 22LA 23ME 24MD 25MA 26MI 27MN 28MS 29MO 30MT 31NE 32NV ' +
  '33NH 34NJ 35NM 36NY 37NC 38ND 39OH 40OK 41OR 42PA 44RI 45SC 46SD 47TN 48TX 49UT 50VT 51VA 53WA 54WV 55WI 56WY 60AS 66GU 69MP 72PR 78VI'

/** Returns the CSV text of map lines. */
export function asMapCsv(lines: readonly string[]): string {
  return ['state_fips,state_abbr,zcta,cd', ...lines, ''].join('\r\n')
}

/** Returns everyone of the reference tables as a table of terms, with the party each term began with. */
export function sampleTermsCsv(): string {
  const quoted = (cells: readonly (string | number | null)[]): string =>
    cells
      .map((cell) => (/[",]/.test(String(cell ?? '')) ? `"${String(cell).replaceAll('"', '""')}"` : (cell ?? '')))
      .join(',')
  const lines = readLegislatorTables(tables).legislators.flatMap((person) =>
    person.terms.map(({ seat, start, end, how, parties: [party] }) =>
      quoted([
        person.bioguide,
        person.lis,
        person.govtrack,
        person.icpsr,
        person.firstName,
        person.lastName,
        person.suffix,
        person.officialFull,
        seat.chamber === 'house' ? 'rep' : 'sen',
        seat.usps,
        seat.district,
        seat.class,
        party?.party ?? '',
        party?.caucus ?? '',
        start,
        end,
        '',
        how,
      ]),
    ),
  )
  return [TERMS_HEADER.join(','), ...lines, ''].join('\n')
}
