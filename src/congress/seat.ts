// A seat: one place in Congress, named like US-H-OR-03 or US-S-OR-2.

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
