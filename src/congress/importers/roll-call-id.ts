// What identifies a roll call: chamber, congress, session and number, never the bill.
import type { Chamber } from '../seat.ts'
import { refuse } from './refuse.ts'

/** Returns the year of a session: `{1st session of the 115th}` is 2017, whenever the vote was held. */
export function yearOfSession(congress: number, session: number): number {
  return 2 * congress + 1786 + session
}

/** Returns the session, 1 or 2, of a year such as `2017`; refuses a year that the Congress does not have. */
export function sessionOfYear(congress: number, year: number): number {
  const session = year - yearOfSession(congress, 0)
  if (session === 1 || session === 2) return session
  return refuse(`the ${congress}th Congress has no session of ${year}`)
}

/** Returns the id, like `h708-115.2017`. */
export function rollCallId(chamber: Chamber, congress: number, session: number, number: number): string {
  return `${chamber === 'house' ? 'h' : 's'}${number}-${congress}.${yearOfSession(congress, session)}`
}

const BILL_TYPES = new Set(['hr', 'hres', 'hconres', 'hjres', 's', 'sres', 'sconres', 'sjres'])

/** Returns a bill as `hr1370-115` from `H R 1370` or `H.R.` and `1370`; null for quorum calls, nominations and the like. */
export function billId(type: string, number: string, congress: number): string | null {
  const letters = type.toLowerCase().replace(/[^a-z]/g, '')
  return BILL_TYPES.has(letters) && /^\d+$/.test(number) ? `${letters}${number}-${congress}` : null
}
