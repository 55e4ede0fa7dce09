// Who represents a ZIP on a day: for whom to call, so that a gap of up to 14 days between two terms is bridged.
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { contains, parseDay } from './day.ts'
import type { Day } from './day.ts'
import { stateName } from './jurisdiction.ts'
import { loadPeople } from './legislators.ts'
import type { Basis, Person } from './match.ts'
import { partyLetter, partyOn } from './party.ts'
import { compareSeatIds, seatLabel } from './seat.ts'
import type { Seat } from './seat.ts'
import { holderOn } from './term.ts'
import { loadTerms } from './terms.ts'
import type { StoredTerm } from './terms.ts'
import { parseZip } from './zip.ts'
import type { SpecialKind } from './zip.ts'
import { loadMapOn } from './zip-maps.ts'

interface SeatHolder extends Person {
  /** Party letter on that day. */
  party: string
  since: Day
  /** The first day after the term, as far as is known. */
  until: Day
  /** True when the day lies in a gap between two terms of this person. */
  betweenTerms: boolean
}

interface LookupSeat {
  seat: Seat
  stateName: string
  /** Null: the seat is vacant. */
  holder: SeatHolder | null
  /** True when not every candidate of the ZIP has this seat. */
  candidate: boolean
}

export interface Lookup {
  zip: string
  plus4: string | null
  on: Day
  mapId: string
  basis: Basis
  special: SpecialKind | null
  states: string[]
  seats: LookupSeat[]
  /** The same for people. */
  sentences: string[]
}

/**
 * Returns the seats of a ZIP and who holds them on a day, House first. Throws `bad_zip`, `bad_day` (wrong usage) and
 * `no_map` when no ZIP map is valid that day.
 */
export async function lookup(db: Db, zipText: string, onText: string): Promise<Lookup> {
  const on = parseDay(onText)
  const parsed = parseZip(zipText)
  if (!parsed)
    throw new RollcallError('bad_zip', `"${zipText}" is no ZIP code`, {
      hint: 'write five digits, or nine',
      kind: 'usage',
    })
  const map = await loadMapOn(db, on)
  if (!map)
    throw new RollcallError('no_map', `no ZIP map is valid on ${on}`, {
      hint: 'import one: rollcall congress import FILE.csv --congress N',
    })
  const special = await loadSpecial(db, parsed.zip)
  const { basis, houseSeats } = await loadCandidates(db, parsed.zip, map.id)
  const states = [...new Set(houseSeats.map((seat) => seat.usps))]
  const seats = [...houseSeats, ...(await loadSenateSeats(db, states, on))]
  const found = await addHolders(db, seats, on)
  const candidates = houseSeats.length
  const entries = found.map((entry) => ({
    ...entry,
    candidate: candidates > 1 && (entry.seat.chamber === 'house' || states.length > 1),
  }))
  const result = { ...parsed, on, mapId: map.id, basis, special, states: states.map(stateName), seats: entries }
  return { ...result, sentences: describe(result, candidates) }
}

async function loadSpecial(db: Db, zip: string): Promise<SpecialKind | null> {
  // Asks whether the ZIP belongs to no seat at all.
  const row = await db.selectFrom('zip_special').select('kind').where('zip', '=', zip).executeTakeFirst()
  return row?.kind ?? null
}

async function loadCandidates(db: Db, zip: string, mapId: string): Promise<{ basis: Basis; houseSeats: Seat[] }> {
  // Finds the House seats the map gives the ZIP.
  const onMap = await db
    .selectFrom('zip_seat as z')
    .innerJoin('seat as s', 's.id', 'z.seat_id')
    .selectAll('s')
    .where('z.map_id', '=', mapId)
    .where('z.zip', '=', zip)
    .orderBy('s.id')
    .execute()
  if (onMap.length > 0) return { basis: 'zip', houseSeats: onMap }
  // Finds every House seat of the ZIP's state, for a ZIP without an area.
  const inState = await sql<Seat>`
    SELECT s.* FROM seat s
    WHERE s.chamber = 'house' AND s.usps IN (SELECT usps FROM zip_state WHERE zip = ${zip})
      AND EXISTS (SELECT FROM zip_seat z WHERE z.map_id = ${mapId} AND z.seat_id = s.id)
    ORDER BY s.id`.execute(db)
  return { basis: inState.rows.length > 0 ? 'state' : 'none', houseSeats: inState.rows }
}

async function loadSenateSeats(db: Db, states: readonly string[], on: Day): Promise<Seat[]> {
  // Finds the two Senate seats of each state.
  const rows = await sql<Seat>`
    SELECT s.* FROM seat s
    WHERE s.chamber = 'senate' AND s.usps = ANY(${[...states]}::text[]) AND EXISTS (SELECT FROM term t WHERE t.seat_id = s.id AND lower(t.during) <= ${on}::date)
    ORDER BY s.id`.execute(db)
  return rows.rows.toSorted((a, b) => compareSeatIds(a.id, b.id))
}

async function addHolders(
  db: Db,
  seats: readonly Seat[],
  on: Day,
): Promise<{ seat: Seat; stateName: string; holder: SeatHolder | null }[]> {
  const terms = Map.groupBy(await loadTerms(db), (term) => term.seatId)
  const held = seats.map((seat) => ({ seat, term: holderOn(terms.get(seat.id) ?? [], on) }))
  const people = await loadPeople(
    db,
    held.flatMap(({ term }) => (term ? [term.legislatorId] : [])),
  )
  return held.map(({ seat, term }) => ({ seat, stateName: stateName(seat.usps), holder: holderOf(term, people, on) }))
}

function holderOf(term: StoredTerm | null, people: ReadonlyMap<string, Person>, on: Day): SeatHolder | null {
  const person = term && people.get(term.legislatorId)
  if (!person) return null
  const party = partyLetter(partyOn(term.parties, on)?.party ?? '')
  return { ...person, party, since: term.start, until: term.end, betweenTerms: !contains(term, on) }
}

function describe(found: Omit<Lookup, 'sentences'>, candidates: number): string[] {
  const { zip, on, special, basis, states } = found
  if (special === 'military')
    return [`${zip} is a military ZIP: its people vote in their home states, and no seat can be told from it.`]
  if (special === 'freely_associated')
    return [`${zip} lies in a freely associated state, which has no seat in Congress.`]
  if (basis === 'none') return [`${zip} is not known: no seat can be told from it.`]
  const where = states.join(' and ')
  const heading =
    basis === 'state'
      ? `${zip} has no area of its own (a PO box or one building) in ${where}: ${candidates === 1 ? 'the state has one House seat.' : `any of ${candidates} House seats.`}`
      : candidates === 1
        ? `${zip} lies in ${where}.`
        : `${zip} is split between ${candidates} House seats in ${where}${states.length > 1 ? ', so its senators are not certain either' : ''}.`
  return [heading, ...found.seats.map((entry) => describeSeat(entry, on))]
}

function describeSeat({ seat, holder, candidate }: LookupSeat, on: Day): string {
  const doubt = candidate ? ', possibly' : ''
  const place = `${seat.chamber === 'house' ? 'House' : 'Senate'} ${seatLabel(seat)}`
  if (!holder) return `${place}: vacant on ${on}${doubt}.`
  const gap = holder.betweenTerms ? ', between two terms' : ''
  return `${place}: ${holder.name} (${holder.party}), since ${holder.since}${gap}${doubt}.`
}
