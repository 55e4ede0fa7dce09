// How fresh the congress data is: what was imported when, and what is missing for today.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { congressOn, daysBetween, easternDay, type Day } from './day.ts'
import { loadMapOn } from './zip-maps.ts'

interface FreshSource {
  /** `legislators`, `terms-csv`, `house-clerk`, `senate`, `congress-json`, `zip-map`. */
  kind: string
  url: string
  licence: string
  /** What the latest file says of its own age. */
  vintage: string
  importedAt: Date
  files: number
}

export interface Freshness {
  sources: FreshSource[]
  rollCalls: number
  latestRollCall: { id: string; heldOn: Day } | null
  /** The ZIP map valid today. */
  mapId: string | null
  serving: number
  quarantined: number
  /** What somebody should do about it, in sentences. */
  warnings: string[]
}

const STALE_DAYS = 30

/** Returns what there is, as of `now`. */
export async function loadFreshness(db: Db, now: Date): Promise<Freshness> {
  const today = easternDay(now)
  // fresh_sources: the latest file of each kind.
  const { rows: sources } = await sql<FreshSource>`
    SELECT DISTINCT ON (kind) kind, url, licence, vintage, imported_at AS "importedAt", (count(*) OVER (PARTITION BY kind))::int AS files
    FROM source ORDER BY kind, imported_at DESC, id DESC`.execute(db)
  // fresh_counts: roll calls, who serves today, what has no seat.
  const { rows } = await sql<{
    rollCalls: number
    serving: number
    quarantined: number
    id: string | null
    heldOn: Day | null
  }>`
    SELECT (SELECT count(*) FROM roll_call)::int AS "rollCalls",
      (SELECT count(*) FROM term WHERE during @> ${today}::date)::int AS serving,
      (SELECT count(*) FROM quarantined_position)::int AS quarantined, latest.id, latest.held_on AS "heldOn"
    FROM (SELECT 1) AS one LEFT JOIN LATERAL (SELECT id, held_on FROM roll_call ORDER BY held_at DESC LIMIT 1) AS latest ON true`.execute(
    db,
  )
  const counts = rows[0] ?? { rollCalls: 0, serving: 0, quarantined: 0, id: null, heldOn: null }
  const mapId = (await loadMapOn(db, today))?.id ?? null
  const latestRollCall = counts.id === null || counts.heldOn === null ? null : { id: counts.id, heldOn: counts.heldOn }
  const { rollCalls, serving, quarantined } = counts
  const found = { sources, rollCalls, latestRollCall, mapId, serving, quarantined }
  return { ...found, warnings: warningsOf(found, today) }
}

function warningsOf({ sources, mapId, serving }: Omit<Freshness, 'warnings'>, today: Day): string[] {
  const people = sources.filter(({ kind }) => kind === 'legislators' || kind === 'terms-csv')
  const newest = people
    .map(({ importedAt }) => easternDay(importedAt))
    .toSorted()
    .at(-1)
  const age = newest === undefined ? null : daysBetween(newest, today)
  return [
    ...(newest === undefined ? ['No legislators have been imported: nobody’s seats can be told.'] : []),
    ...(age !== null && age > STALE_DAYS
      ? [`The legislators were imported ${age} days ago: whoever has left or come since is not known.`]
      : []),
    ...(mapId === null
      ? [
          `No ZIP map is valid today: import the one of the ${congressOn(today)}th Congress, or today’s lookups find nothing.`,
        ]
      : []),
    ...(newest !== undefined && serving === 0 ? ['Nobody of the imported legislators serves today.'] : []),
  ]
}
