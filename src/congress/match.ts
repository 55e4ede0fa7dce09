// A match: the seats of one ZIP, who held them at the vote, how they voted, and what the campaign makes of it.
import type { Outcome } from './outcome.ts'
import type { PositionOption } from './position.ts'
import type { Seat, SeatId } from './seat.ts'
import type { Stance } from './stance.ts'

/** A legislator as mail names them: the legislators file's name as it stands, never the roll call's. */
export interface Person {
  legislatorId: string
  bioguide: string
  /** `official_full`, or first, last and suffix where the file has none. */
  name: string
  firstName: string
  lastName: string
}

/** How they voted: the label is the roll call's own word (`Aye`, `Not Voting`). */
export interface Position {
  option: PositionOption
  label: string
  /** Set when the option is a candidate's name (the election of a Speaker). */
  candidateName: string | null
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
