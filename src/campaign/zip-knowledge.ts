// What the congress data knows of a ZIP, for the report of an import of subscribers.
import type { ZipKnowledge } from '../audience/zip.ts'
import { loadMaps, loadSpecialZips, loadZipSeats, loadZipStates } from '../congress/zip-maps.ts'
import type { Db } from '../store/connect.ts'

/** Returns a lookup over every ZIP map there is; without any, all ZIPs are unknown. */
export async function loadZipKnowledge(db: Db): Promise<(zip: string) => ZipKnowledge> {
  const maps = await loadMaps(db)
  const seats = await Promise.all(maps.map((map) => loadZipSeats(db, map.id)))
  const mapped = new Set(seats.flat().map((row) => row.zip))
  const states = await loadZipStates(db)
  const special = await loadSpecialZips(db)
  return (zip) => {
    if (mapped.has(zip)) return 'known'
    if (states.has(zip)) return 'state'
    return special.has(zip) ? 'special' : 'unknown'
  }
}
