// Seats and the states they belong to, in the database.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { congressOn, congressSpan, formatSpan } from './day.ts'
import type { Day } from './day.ts'
import { JURISDICTIONS } from './jurisdiction.ts'
import type { Chamber, Seat } from './seat.ts'
import { specialZips } from './zip.ts'

/** Adds the 56 jurisdictions, and the ZIPs that belong to none, where they are missing. */
export async function ensureJurisdictions(db: Db): Promise<void> {
  const column = (name: 'usps' | 'fips' | 'name' | 'kind'): string[] => JURISDICTIONS.map((each) => each[name])
  // Adds the states and territories.
  await sql`
    INSERT INTO jurisdiction (usps, fips, name, kind)
    SELECT * FROM unnest(${column('usps')}::text[], ${column('fips')}::text[], ${column('name')}::text[], ${column('kind')}::text[])
    ON CONFLICT DO NOTHING`.execute(db)
  const special = specialZips()
  // Adds military ZIPs and those of the freely associated states.
  await sql`
    INSERT INTO zip_special (zip, kind)
    SELECT * FROM unnest(${special.map((each) => each.zip)}::text[], ${special.map((each) => each.kind)}::text[])
    ON CONFLICT DO NOTHING`.execute(db)
}

/** Adds the seats that are missing. Their jurisdictions must be there. */
export async function ensureSeats(db: Db, given: readonly Seat[]): Promise<void> {
  const seats = [...new Map(given.map((seat) => [seat.id, seat])).values()]
  // Adds seats; a seat never changes.
  await sql`
    INSERT INTO seat (id, chamber, usps, district, class, voting)
    SELECT * FROM unnest(${seats.map((s) => s.id)}::text[], ${seats.map((s) => s.chamber)}::text[], ${seats.map((s) => s.usps)}::text[],
      ${seats.map((s) => s.district)}::smallint[], ${seats.map((s) => s.class)}::smallint[], ${seats.map((s) => s.voting)}::boolean[])
    ON CONFLICT DO NOTHING`.execute(db)
}

/** Returns the seats of a chamber that exist on a day: those on the map of that day, and those held in that Congress. */
export async function loadSeatsOn(db: Db, chamber: Chamber, day: Day): Promise<Seat[]> {
  const congress = formatSpan(congressSpan(congressOn(day)))
  // Finds the seats that somebody held in that Congress, and for the House those that some ZIP belongs to.
  const found = await sql<Seat>`
    SELECT s.id, s.chamber, s.usps, s.district, s.class, s.voting
    FROM seat s
    WHERE s.chamber = ${chamber} AND (
      EXISTS (SELECT FROM term t WHERE t.seat_id = s.id AND t.during && ${congress}::daterange)
      OR EXISTS (SELECT FROM zip_seat z JOIN district_map m ON m.id = z.map_id WHERE z.seat_id = s.id AND m.valid @> ${day}::date))
    ORDER BY s.id`.execute(db)
  return found.rows
}
