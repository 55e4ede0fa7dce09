// A seat: one place in Congress, named like US-H-OR-03 or US-S-OR-2.
import { RollcallError } from '../core/errors.ts'
import { jurisdiction } from './jurisdiction.ts'

export type Chamber = 'house' | 'senate'

/** `US-H-<state>-<district, two digits>` or `US-S-<state>-<class>`; district 00 is at-large or a delegate. */
export type SeatId = string

export interface Seat {
  id: SeatId
  chamber: Chamber
  /** Two-letter postal code of the state, district or territory. */
  usps: string
  /** House only; 0 for an at-large or delegate seat. */
  district: number | null
  /** Senate only; 1, 2 or 3. */
  class: number | null
  /** False for delegates and the resident commissioner. */
  voting: boolean
}

/** Seats that exist at one time: 435 with a vote, 6 delegates, 100 senators. */
export const VOTING_HOUSE_SEATS = 435
export const HOUSE_SEATS = 441
export const SENATE_SEATS = 100

/** Returns the House seat; throws `bad_seat` for an unknown state or a district outside 0 to 99. */
export function houseSeat(usps: string, district: number): Seat {
  const voting = kindOf(usps) === 'state'
  if (!Number.isInteger(district) || district < 0 || district > 99) {
    throw new RollcallError('bad_seat', `${usps} has no House district ${district}; 0 is at-large, else 1 to 99`)
  }
  const id = `US-H-${usps}-${String(district).padStart(2, '0')}`
  return { id, chamber: 'house', usps, district, class: null, voting }
}

/** Returns the Senate seat; throws `bad_seat` for an unknown state, one without senators, or a class outside 1 to 3. */
export function senateSeat(usps: string, seatClass: number): Seat {
  if (kindOf(usps) !== 'state') throw new RollcallError('bad_seat', `${usps} elects no senators`)
  if (![1, 2, 3].includes(seatClass)) {
    throw new RollcallError('bad_seat', `${usps} has no Senate class ${seatClass}; a class is 1, 2 or 3`)
  }
  return { id: `US-S-${usps}-${seatClass}`, chamber: 'senate', usps, district: null, class: seatClass, voting: true }
}

/** Returns the seat of an id such as `US-H-VT-00`; throws `bad_seat` for anything else. */
export function parseSeatId(id: string): Seat {
  const house = /^US-H-([A-Z]{2})-(\d{2})$/.exec(id)
  if (house) return houseSeat(house[1] ?? '', Number(house[2]))
  const senate = /^US-S-([A-Z]{2})-(\d)$/.exec(id)
  if (senate) return senateSeat(senate[1] ?? '', Number(senate[2]))
  throw new RollcallError('bad_seat', `"${id}" is no seat`, { hint: 'write one like US-H-OR-03 or US-S-OR-2' })
}

/** Returns the short form people read: `OR-3`, `VT (at large)`, `PR`, `OR (class 2)`. */
export function seatLabel(seat: Seat): string {
  if (seat.chamber === 'senate') return `${seat.usps} (class ${seat.class})`
  if (!seat.voting) return seat.usps
  return seat.district === 0 ? `${seat.usps} (at large)` : `${seat.usps}-${seat.district}`
}

/** Orders House before Senate, then by id. */
export function compareSeatIds(a: SeatId, b: SeatId): number {
  return a < b ? -1 : a > b ? 1 : 0 // 'US-H' sorts before 'US-S'
}

function kindOf(usps: string): string {
  const found = jurisdiction(usps)
  if (!found)
    throw new RollcallError('bad_seat', `"${usps}" is none of the 56 states and territories with a seat in Congress`)
  return found.kind
}
