// What to call a legislator and a seat in print: titles, places and lists of states.
import type { Seat } from '../congress/seat.ts'

/** The short form stands before a name, the long form in a sentence. */
export interface Title {
  title: string
  longTitle: string
}

const SENATOR: Title = { title: 'Sen.', longTitle: 'Senator' }
const REPRESENTATIVE: Title = { title: 'Rep.', longTitle: 'Representative' }
const DELEGATE: Title = { title: 'Del.', longTitle: 'Delegate' }
const COMMISSIONER: Title = { title: 'Resident Commissioner', longTitle: 'Resident Commissioner' }

/** Returns the title of whoever holds the seat; Puerto Rico sends a commissioner, DC and the other territories a delegate. */
export function titleOf(seat: Seat): Title {
  if (seat.chamber === 'senate') return SENATOR
  if (seat.usps === 'PR') return COMMISSIONER
  return seat.voting ? REPRESENTATIVE : DELEGATE
}

/** Returns the seat's place: `Oregon`, `Oregon’s 3rd district`, `Vermont (at large)`, `District of Columbia`. */
export function placeOf(seat: Seat, stateName: string): string {
  if (seat.chamber === 'senate' || !seat.voting) return stateName
  return seat.district === 0 || seat.district === null
    ? `${stateName} (at large)`
    : `${possessive(stateName)} ${ordinal(seat.district)} district`
}

/** Returns `1st`, `2nd`, `3rd`, `4th`, `11th`, `52nd`. */
export function ordinal(number: number): string {
  const teen = number % 100 >= 11 && number % 100 <= 13
  const ending = teen ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[number % 10] ?? 'th')
  return `${number}${ending}`
}

/** Returns `Oregon’s`, but `Texas’` as newspapers write it. */
function possessive(name: string): string {
  return name.endsWith('s') ? `${name}’` : `${name}’s`
}

/** Returns the names as a phrase: `A`, `A and B`, `A, B and C`; `word` stands for the "and". */
export function phrase(names: readonly string[], word: 'and' | 'or' = 'and'): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${word} ${last}`
}
