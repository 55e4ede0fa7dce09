// Accounts for every seat of a chamber on the day of a roll call: listed, vacant, sworn that day, or the Speaker's.
import { contains } from '../day.ts'
import type { Day } from '../day.ts'
import type { Finding } from '../import-issues.ts'
import { SENATE_SEATS, VOTING_HOUSE_SEATS } from '../seat.ts'
import type { Chamber, Seat } from '../seat.ts'
import { isSpeaker } from '../speaker.ts'
import type { StoredTerm } from '../terms.ts'
import type { PlacedPosition } from './place-positions.ts'

export interface SeatAccount {
  /** Positions of voting seats, those in quarantine included. */
  listed: number
  vacant: string[]
  /** Of the vacant: how many somebody in quarantine may hold. */
  perhapsHeld: number
  swornThatDay: string[]
  speaker: string[]
  /** Held that day by somebody who is not listed, for no known reason. */
  unlisted: StoredTerm[]
}

export interface AccountContext {
  chamber: Chamber
  heldOn: Day
  /** Terms around the day. */
  terms: readonly StoredTerm[]
  /** Seats of the chamber that existed that day. */
  seats: readonly Seat[]
  /** The states of positions that could not be placed; each has a voting seat of its state, perhaps one that looks vacant. */
  quarantined: readonly string[]
}

/** Returns why each voting seat has no position. */
export function accountForSeats(placed: readonly PlacedPosition[], context: AccountContext): SeatAccount {
  const taken = new Set(placed.map((position) => position.seat.id))
  const people = new Set(placed.map((position) => position.legislatorId))
  const listed = placed.filter((position) => position.seat.voting).length + context.quarantined.length
  const account: SeatAccount = { listed, vacant: [], perhapsHeld: 0, swornThatDay: [], speaker: [], unlisted: [] }
  const holders = new Map(
    context.terms.filter((term) => contains(term, context.heldOn)).map((term) => [term.seatId, term]),
  )
  for (const seat of context.seats.filter((each) => each.voting && !taken.has(each.id))) {
    const holder = holders.get(seat.id)
    if (!holder || people.has(holder.legislatorId)) account.vacant.push(seat.id)
    else if (holder.start === context.heldOn) account.swornThatDay.push(seat.id)
    else if (context.chamber === 'house' && isSpeaker(holder.bioguide, context.heldOn)) account.speaker.push(seat.id)
    else account.unlisted.push(holder)
  }
  account.perhapsHeld = countPerhapsHeld(account.vacant, context.quarantined)
  return account
}

/** In each state as many vacant seats may be held as it has positions in quarantine. */
function countPerhapsHeld(vacant: readonly string[], quarantined: readonly string[]): number {
  const inState = (usps: string): number => vacant.filter((id) => id.slice(5, 7) === usps).length
  return [...Map.groupBy(quarantined, (usps) => usps)].reduce(
    (sum, [usps, all]) => sum + Math.min(all.length, inState(usps)),
    0,
  )
}

/** Returns the blocking findings of an account: a name for each unlisted legislator, and a sum that does not come out. */
export function findingsOf(account: SeatAccount, chamber: Chamber, heldOn: Day): Finding[] {
  const findings = account.unlisted.map((term): Finding => ({
    code: 'unlisted_legislator',
    severity: 'blocking',
    subject: term.seatId,
    sentence:
      `${term.bioguide} held ${term.seatId} on ${heldOn} by the term from ${term.start}, but is not listed. ` +
      `If that person had left: rollcall congress end-term ${term.bioguide} ${term.seatId} YYYY-MM-DD --reason TEXT.`,
    facts: { bioguide: term.bioguide, seat: term.seatId },
  }))
  const expected = chamber === 'house' ? VOTING_HOUSE_SEATS : SENATE_SEATS
  const { listed, perhapsHeld, swornThatDay, speaker, unlisted } = account
  const vacant = account.vacant.length - perhapsHeld
  const sum = listed + vacant + swornThatDay.length + speaker.length + unlisted.length
  if (sum === expected) return findings
  const parts = `${listed} listed, ${vacant} vacant, ${swornThatDay.length} sworn that day, ${speaker.length} Speaker, ${unlisted.length} unlisted`
  return [
    ...findings,
    {
      code: 'seat_count',
      severity: 'blocking',
      subject: heldOn,
      sentence: `${parts}: together ${sum}, and the ${chamber} has ${expected} voting seats.`,
      facts: { sum, expected },
    },
  ]
}
