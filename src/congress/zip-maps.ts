// ZIP maps by vintage, and what is known of ZIPs without one, in the database.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { formatSpan, parseSpan } from './day.ts'
import type { Day, Span } from './day.ts'
import type { SeatId } from './seat.ts'
import type { SpecialKind } from './zip.ts'

export interface DistrictMap extends Span {
  /** The Congress it was drawn for: `115`. */
  id: string
}

export interface ZipSeat {
  zip: string
  seatId: SeatId
}

/** Returns all maps, oldest first. */
export async function loadMaps(db: Db): Promise<DistrictMap[]> {
  // Reads the maps and when each is valid.
  const rows = await db.selectFrom('district_map').selectAll().orderBy('valid').execute()
  return rows.map((row) => ({ id: row.id, ...parseSpan(row.valid) }))
}

/** Returns the map valid on a day, or null. */
export async function loadMapOn(db: Db, day: Day): Promise<DistrictMap | null> {
  return (await loadMaps(db)).find((map) => map.start <= day && day < map.end) ?? null
}

/** Adds a map if it is missing. Throws the database's exclusion error when another map is valid on one of its days. */
export async function ensureMap(db: Db, map: DistrictMap): Promise<void> {
  // Adds the map.
  await db
    .insertInto('district_map')
    .values({ id: map.id, valid: formatSpan(map) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** Returns every ZIP of a map with one seat a row, in order. */
export async function loadZipSeats(db: Db, mapId: string): Promise<ZipSeat[]> {
  // Reads a map: about 39,000 rows.
  const rows = await db
    .selectFrom('zip_seat')
    .select(['zip', 'seat_id'])
    .where('map_id', '=', mapId)
    .orderBy('zip')
    .orderBy('seat_id')
    .execute()
  return rows.map((row) => ({ zip: row.zip, seatId: row.seat_id }))
}

/** Brings a map to exactly these rows; returns how many were added and removed. */
export async function replaceZipSeats(
  db: Db,
  mapId: string,
  rows: readonly ZipSeat[],
  sourceId: string,
): Promise<{ added: number; removed: number }> {
  const wanted = sql`unnest(${rows.map((row) => row.zip)}::text[], ${rows.map((row) => row.seatId)}::text[]) AS n (zip, seat_id)`
  // Removes what the new table no longer says.
  const removed = await sql`
    DELETE FROM zip_seat z WHERE z.map_id = ${mapId} AND NOT EXISTS (SELECT FROM ${wanted} WHERE n.zip = z.zip AND n.seat_id = z.seat_id)`.execute(
    db,
  )
  const added = await insertZipSeats(db, mapId, rows, sourceId)
  return { added, removed: Number(removed.numAffectedRows ?? 0) }
}

/** Adds rows that are missing and returns how many. */
async function insertZipSeats(db: Db, mapId: string, rows: readonly ZipSeat[], sourceId: string): Promise<number> {
  // Adds what the map does not yet say.
  const added = await sql`
    INSERT INTO zip_seat (map_id, zip, seat_id, source_id)
    SELECT ${mapId}, n.zip, n.seat_id, ${sourceId}::bigint
    FROM unnest(${rows.map((row) => row.zip)}::text[], ${rows.map((row) => row.seatId)}::text[]) AS n (zip, seat_id)
    ON CONFLICT DO NOTHING`.execute(db)
  return Number(added.numAffectedRows ?? 0)
}

/** Returns the states of ZIPs that have no area, and so stand on no map. */
export async function loadZipStates(db: Db): Promise<Map<string, string[]>> {
  // Reads the table of states by ZIP.
  const rows = await db.selectFrom('zip_state').select(['zip', 'usps']).orderBy('zip').orderBy('usps').execute()
  return new Map(
    Map.groupBy(rows, (row) => row.zip)
      .entries()
      .map(([zip, ofZip]) => [zip, ofZip.map((row) => row.usps)]),
  )
}

/** Returns the ZIPs that belong to no seat. */
export async function loadSpecialZips(db: Db): Promise<Map<string, SpecialKind>> {
  // Reads military ZIPs and those of the freely associated states.
  const rows = await db.selectFrom('zip_special').selectAll().execute()
  return new Map(rows.map((row) => [row.zip, row.kind]))
}

/** Adds states of ZIPs that stand on no map and returns how many were new. The jurisdictions must be there. */
export async function insertZipStates(
  db: Db,
  rows: readonly { zip: string; usps: string }[],
  sourceId: string,
): Promise<number> {
  // Adds what the table does not yet say.
  const added = await sql`
    INSERT INTO zip_state (zip, usps, source_id)
    SELECT n.zip, n.usps, ${sourceId}::bigint
    FROM unnest(${rows.map((row) => row.zip)}::text[], ${rows.map((row) => row.usps)}::text[]) AS n (zip, usps)
    ON CONFLICT DO NOTHING`.execute(db)
  return Number(added.numAffectedRows ?? 0)
}
