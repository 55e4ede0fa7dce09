// Sentences about several seats at once, built from what the record says and never from the stance.
import { phrase } from './titles.ts'
import type { SeatView } from './view.ts'

/**
 * Returns how these seats voted, by last name and grouped by verb, without a full stop:
 * `Casey voted No; Toomey and Rothfus voted Yes`. Vacant seats are left out; '' when nobody is left.
 */
export function summary(seats: readonly SeatView[]): string {
  const people = seats.filter((seat) => !seat.vacant)
  const groups = Map.groupBy(people, (seat) => seat.verb)
  return [...groups].map(([verb, group]) => clause(shortNames(group, people), verb)).join('; ')
}

function clause(names: string[], verb: string): string {
  return `${phrase(names)} ${names.length > 1 ? pluralVerb(verb) : verb}`
}

/** Returns last names, or the full name where two of the people share one. */
function shortNames(group: readonly SeatView[], people: readonly SeatView[]): string[] {
  const isShared = (seat: SeatView) => people.some((other) => other !== seat && other.lastName === seat.lastName)
  return group.map((seat) => (isShared(seat) ? seat.name : seat.lastName))
}

/** Returns the clause for two or more people: `were not yet sworn in`, `have no vote in Congress`. */
export function pluralVerb(verb: string): string {
  return verb.replace(/^was /, 'were ').replace(/^has /, 'have ')
}

/** Returns who may represent the subscriber: `Rep. Jerrold Nadler or Rep. Carolyn B. Maloney`. */
export function choice(seats: readonly SeatView[]): string {
  return phrase(
    seats.map((seat) => (seat.vacant ? `the vacant seat of ${seat.place}` : `${seat.title} ${seat.name}`)),
    'or',
  )
}

const NUMBERS = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

/** Returns `two` … `ten`, and figures above. */
export function countWord(count: number): string {
  return NUMBERS[count] ?? String(count)
}
