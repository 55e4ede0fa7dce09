// Puts each line of a roll call into the seat of the person its id names: by id, never by name.
import type { Day } from '../day.ts'
import type { Finding } from '../import-issues.ts'
import type { Chamber, Seat, SeatId } from '../seat.ts'
import { parseSeatId } from '../seat.ts'
import { distance, GAP_DAYS } from '../term.ts'
import type { StoredTerm } from '../terms.ts'
import type { ListedPosition } from './parsed.ts'

export interface PlacedPosition extends ListedPosition {
  legislatorId: string
  seat: Seat
}

export interface Placement {
  placed: PlacedPosition[]
  findings: Finding[]
}

export interface PlaceContext {
  chamber: Chamber
  heldOn: Day
  /** Legislator ids by bioguide (House) or LIS id (Senate). */
  people: ReadonlyMap<string, string>
  /** Terms within 14 days of the roll call, of both chambers. */
  terms: readonly StoredTerm[]
}

/** Returns each position with its seat, and what could not be placed or looks odd. */
export function placePositions(positions: readonly ListedPosition[], context: PlaceContext): Placement {
  const placed = new Map<SeatId, PlacedPosition>()
  const findings: Finding[] = []
  for (const position of positions) {
    const found = placeOne(position, context)
    const taken = found.position && placed.get(found.position.seat.id)
    if (taken)
      findings.push(
        blocking(
          'no_term',
          position,
          `${taken.displayName} is listed for ${taken.seat.id} too, the only seat near that day`,
        ),
      )
    else {
      if (found.position) placed.set(found.position.seat.id, found.position)
      findings.push(...found.findings)
    }
  }
  return { placed: [...placed.values()], findings }
}

interface Found {
  position: PlacedPosition | null
  findings: Finding[]
}

function placeOne(position: ListedPosition, context: PlaceContext): Found {
  const legislatorId = context.people.get(position.memberId)
  if (legislatorId === undefined) {
    return {
      position: null,
      findings: [blocking('unknown_id', position, 'is in no legislators file; import the file that has this id')],
    }
  }
  const found = nearestTerm(position, legislatorId, context)
  if (!found) {
    return {
      position: null,
      findings: [
        blocking('no_term', position, `has no ${context.chamber} term within ${GAP_DAYS} days of ${context.heldOn}`),
      ],
    }
  }
  const seat = parseSeatId(found.term.seatId)
  const findings: Finding[] = []
  if (found.days > 0) {
    const sentence = `has no term on ${context.heldOn}; taken for ${seat.id}, whose term lies ${found.days} days away`
    findings.push({ ...blocking('no_term', position, sentence), severity: 'warning' })
  }
  if (!statesAgree(position.state, seat)) {
    findings.push(blocking('state_mismatch', position, `is listed for ${position.state}, but holds ${seat.id}`))
  }
  return { position: { ...position, legislatorId, seat }, findings }
}

/** The vote record wins over term dates, but only within two weeks and for a seat of the listed state. */
function nearestTerm(
  position: ListedPosition,
  legislatorId: string,
  context: PlaceContext,
): { term: StoredTerm; days: number } | null {
  const own = context.terms
    .filter((term) => term.legislatorId === legislatorId && parseSeatId(term.seatId).chamber === context.chamber)
    .map((term) => ({ term, days: distance(term, context.heldOn) }))
    .toSorted((a, b) => a.days - b.days)
  const [nearest] = own
  if (nearest?.days === 0) return nearest
  return own.find(({ term, days }) => days <= GAP_DAYS && statesAgree(position.state, parseSeatId(term.seatId))) ?? null
}

/** In the Committee of the Whole the Clerk writes `XX` for delegates. */
function statesAgree(state: string, seat: Seat): boolean {
  return state === seat.usps || (state === 'XX' && !seat.voting)
}

function blocking(code: string, position: ListedPosition, sentence: string): Finding {
  const { memberId, displayName, option, label, candidateName, party, state } = position
  return {
    code,
    severity: 'blocking',
    subject: memberId,
    sentence: `${displayName} (${memberId}, ${party}-${state}) ${sentence}.`,
    facts: { memberId, displayName, option, label, candidateName, party, state },
  }
}
