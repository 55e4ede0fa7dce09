// Brings a ZIP map into the database under the Congress it was drawn for.
import { RollcallError } from '../../core/errors.ts'
import type { Db } from '../../store/connect.ts'
import { congressSpan } from '../day.ts'
import { insertIssues } from '../import-issues.ts'
import type { Finding } from '../import-issues.ts'
import { countOf } from '../import-report.ts'
import type { ImportOutcome } from '../import-report.ts'
import { ensureJurisdictions, ensureSeats } from '../seats.ts'
import { ensureMap, loadMaps, loadZipSeats, replaceZipSeats } from '../zip-maps.ts'
import { findMapFlaws } from './check-zip-map.ts'
import type { MapFlaw } from './check-zip-map.ts'
import type { ParsedZipMap } from './parsed.ts'
import { refuse } from './refuse.ts'

/** An owner's word that a stated shortfall of a map is true. */
export interface Acceptance {
  codes: readonly string[]
  name: string
}

interface Context {
  congress: number | null
  accept: Acceptance | null
  sourceId: string
  now: Date
}

/** Returns what changed. Refuses a map with a flaw nobody accepted by name; `db` is a transaction. */
export async function commitZipMap(db: Db, file: ParsedZipMap, context: Context): Promise<ImportOutcome> {
  const { congress } = context
  if (congress === null) {
    throw new RollcallError('congress_missing', 'a ZIP map does not say which Congress it was drawn for', {
      hint: 'pass --congress N',
      kind: 'usage',
    })
  }
  const map = { id: String(congress), ...congressSpan(congress) }
  const accepted = acceptOrRefuse(findMapFlaws(file.rows, await previousSize(db, map.id, map.start)), context.accept)
  await ensureJurisdictions(db)
  await ensureSeats(
    db,
    file.rows.map((row) => row.seat),
  )
  await ensureMap(db, map)
  const rows = file.rows.map(({ zip, seat }) => ({ zip, seatId: seat.id }))
  const { added, removed } = await replaceZipSeats(db, map.id, rows, context.sourceId)
  const changed = added + removed > 0
  if (changed) await insertIssues(db, accepted, { sourceId: context.sourceId, rollCallId: null, now: context.now })
  return {
    subject: map.id,
    changed,
    counts: {
      rows: rows.length,
      zips: new Set(rows.map((row) => row.zip)).size,
      rows_added: added,
      rows_removed: removed,
    },
    sentences: [
      `The map of the ${map.id}th Congress, valid from ${map.start} to ${map.end}: ${countOf(rows.length, 'row')}, ` +
        `${countOf(new Set(rows.map((row) => row.zip)).size, 'ZIP')}; ${added} rows added, ${removed} removed.`,
      ...accepted.map((finding) => finding.sentence),
    ],
    findings: accepted,
  }
}

function acceptOrRefuse(flaws: readonly MapFlaw[], accept: Acceptance | null): Finding[] {
  const codes = new Set(accept?.codes)
  const refused = flaws.filter((flaw) => !codes.has(flaw.code))
  if (refused.length > 0) {
    const list = [...new Set(refused.map((flaw) => flaw.code))].join(' --accept ')
    refuse(
      refused.map((flaw) => flaw.sentence).join('; '),
      `an owner who knows this to be true may pass --accept ${list} --as NAME`,
    )
  }
  return flaws.map(({ code, sentence }) => ({
    code: 'accepted_shortfall',
    severity: 'warning',
    subject: code,
    sentence: `${accept?.name ?? ''} accepted: ${sentence}.`,
  }))
}

/** Returns how many ZIPs the same map has already, or else the latest map before it; null when there is none. */
async function previousSize(db: Db, mapId: string, start: string): Promise<number | null> {
  const maps = await loadMaps(db)
  const before = maps.find((map) => map.id === mapId) ?? maps.findLast((map) => map.start < start)
  if (!before) return null
  const rows = await loadZipSeats(db, before.id)
  return rows.length === 0 ? null : new Set(rows.map((row) => row.zip)).size
}
