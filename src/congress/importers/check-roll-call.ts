// What must be true of a roll call's own lines and totals, before any id is resolved.
import { optionKey } from '../position.ts'
import { partyLetter } from '../party.ts'
import { HOUSE_SEATS, SENATE_SEATS } from '../seat.ts'
import type { ListedPosition, ParsedRollCall } from './parsed.ts'
import { refuse } from './refuse.ts'

/** Returns how many positions each option has, by option or `candidate:NAME`. */
export function tally(positions: readonly ListedPosition[]): Record<string, number> {
  const totals: Record<string, number> = {}
  for (const position of positions) totals[optionKey(position)] = (totals[optionKey(position)] ?? 0) + 1
  return totals
}

/** Refuses a roll call that lists nobody, too many, or somebody twice, or whose totals differ from its lines. */
export function checkRollCall(file: ParsedRollCall): void {
  const limit = file.chamber === 'house' ? HOUSE_SEATS : SENATE_SEATS
  if (file.positions.length === 0) refuse(`${file.id} lists nobody`)
  if (file.positions.length > limit)
    refuse(`${file.id} lists ${file.positions.length} members; the chamber has ${limit} seats`)
  refuseDoubles(file)
  if (file.totals) compareTotals(file.id, file.totals, tally(file.positions), isPartial(file))
  for (const { party, totals } of file.partyTotals) {
    const ofParty = file.positions.filter((position) => partyLetter(position.party) === party)
    compareTotals(`${file.id}, party ${party}`, totals, tally(ofParty), false)
  }
  refuseStrayParties(file)
}

/** The result text of the JSON gives two totals; the other formats give all. */
function isPartial(file: ParsedRollCall): boolean {
  return file.format === 'congress-json'
}

function refuseDoubles(file: ParsedRollCall): void {
  const seen = new Set<string>()
  for (const { memberId, displayName } of file.positions) {
    if (memberId === '') refuse(`${file.id}: "${displayName}" has no id`, 'names alone are never matched')
    if (seen.has(memberId)) refuse(`${file.id} lists ${memberId} (${displayName}) twice`)
    seen.add(memberId)
  }
}

function compareTotals(
  what: string,
  official: Record<string, number>,
  counted: Record<string, number>,
  partial: boolean,
): void {
  const keys = new Set([...Object.keys(official), ...(partial ? [] : Object.keys(counted))])
  const wrong = [...keys].filter((key) => (official[key] ?? 0) !== (counted[key] ?? 0))
  const list = wrong.map((key) => `${key}: the total says ${official[key] ?? 0}, ${counted[key] ?? 0} are listed`)
  if (list.length > 0) refuse(`${what}: ${list.join('; ')}`)
}

/** With totals by party every listed member must belong to one of those parties. */
function refuseStrayParties(file: ParsedRollCall): void {
  if (file.partyTotals.length === 0) return
  const parties = new Set(file.partyTotals.map((row) => row.party))
  const stray = file.positions.find((position) => !parties.has(partyLetter(position.party)))
  if (stray) refuse(`${file.id}: ${stray.displayName} is of party "${stray.party}", which has no total`)
}
