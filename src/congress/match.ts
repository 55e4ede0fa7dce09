// A match: the seats of one ZIP, who held them at the vote, how they voted, and what the campaign makes of it.
import { commonKey, outcomeOf } from './outcome.ts'
import type { Candidate, Outcome } from './outcome.ts'
import type { Position } from './position.ts'
import { compareSeatIds } from './seat.ts'
import type { Seat, SeatId } from './seat.ts'
import type { Stance } from './stance.ts'

export type { Position }

/** A legislator as mail names them: the legislators file's name as it stands, never the roll call's. */
export interface Person {
  legislatorId: string
  bioguide: string
  /** `official_full`, or first, last and suffix where the file has none. */
  name: string
  firstName: string
  lastName: string
}

export interface SeatMatch {
  seat: Seat
  /** The state in words: `Oregon`. */
  stateName: string
  /** Who held the seat when the roll call was held; null when it was vacant. */
  voter: Person | null
  /** The voter's party letter on that day (`D`, `R`, `I`), as the roll call or else the term says; '' when vacant. */
  party: string
  position: Position | null
  stance: Stance
  /** True when not every candidate of the ZIP has this seat: it must not be called the subscriber's own. */
  candidate: boolean
  /** Who holds the seat on the day of the call, and their party then; null when nobody does. */
  holder: (Person & { party: string }) | null
}

/** Where the candidates come from: the ZIP map, the state alone, the person's own choice, or nowhere. */
export type Basis = 'zip' | 'state' | 'address' | 'manual' | 'none'

export interface Match {
  basis: Basis
  /** The House seats this ZIP may belong to, in order; empty when nothing is known. */
  candidates: SeatId[]
  /** The seats of all candidates, House first, then Senate, in order of id. */
  seats: SeatMatch[]
  outcome: Outcome
  /** The common key of the candidates (`opponent|absent+opponent`); null when they differ or there are none. */
  key: string | null
}

/** Everything known of one seat, whoever may live there. */
export type SeatEntry = Omit<SeatMatch, 'candidate'>

/** What one House seat brings with it: itself and its state's senators; null and empty where the chamber has no roll call. */
export interface CandidateSeats {
  id: SeatId
  house: SeatEntry | null
  senate: readonly SeatEntry[]
}

/** Returns the match of a set of candidates, in any order and without doubles. */
export function matchSeats(basis: Basis, given: readonly CandidateSeats[]): Match {
  const candidates = given.toSorted((a, b) => compareSeatIds(a.id, b.id))
  const stances = candidates.map(stancesOf)
  return {
    basis: candidates.length > 0 ? basis : 'none',
    candidates: candidates.map((each) => each.id),
    seats: seatsOf(candidates),
    outcome: outcomeOf(stances),
    key: commonKey(stances),
  }
}

function stancesOf(candidate: CandidateSeats): Candidate {
  return { house: candidate.house?.stance ?? null, senate: candidate.senate.map((each) => each.stance) }
}

function seatsOf(candidates: readonly CandidateSeats[]): SeatMatch[] {
  const found = new Map<SeatId, { entry: SeatEntry; times: number }>()
  for (const candidate of candidates) {
    for (const entry of candidate.house ? [candidate.house, ...candidate.senate] : candidate.senate) {
      const seen = found.get(entry.seat.id)
      found.set(entry.seat.id, { entry, times: (seen?.times ?? 0) + 1 })
    }
  }
  return [...found.values()]
    .map(({ entry, times }) => ({ ...entry, candidate: times < candidates.length }))
    .toSorted((a, b) => compareSeatIds(a.seat.id, b.seat.id))
}
