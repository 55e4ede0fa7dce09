// Loads a folder of reference tables, such as fixtures/congress-115, through the same checks as any import.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { sql } from 'kysely'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { IMPORT_LOCK } from './import-file.ts'
import { commitLegislators } from './importers/commit-legislators.ts'
import { commitRollCall } from './importers/commit-roll-call.ts'
import { commitZipMap } from './importers/commit-zip-map.ts'
import type { CsvRow } from './importers/csv.ts'
import { readCsv } from './importers/csv.ts'
import { readLegislatorTables, readMapTable, readRollCallTables, REFERENCE_HEADERS } from './reference-tables.ts'
import type { ReferenceTable } from './reference-tables.ts'
import { ensureJurisdictions } from './seats.ts'
import { recordSource } from './sources.ts'
import { insertZipStates } from './zip-maps.ts'

export interface ReferenceReport {
  /** Roll calls now in the database, in the order of the table. */
  rollCalls: string[]
  /** False when all of it was there already. */
  changed: boolean
}

/** Loads the tables of a folder in one transaction; a second load changes nothing. Throws `import_refused` like any import. */
export async function loadReference(db: Db, dir: string, clock: Clock): Promise<ReferenceReport> {
  const tables = await readTables(dir)
  const now = clock.now()
  return db.transaction().execute(async (trx) => {
    // Waits for another import to end.
    await sql`SELECT pg_advisory_xact_lock(${IMPORT_LOCK})`.execute(trx)
    const sourceId = await saveSources(trx, tables.source, now)
    const changes = [(await commitLegislators(trx, readLegislatorTables(tables), sourceId('legislators'), now)).changed]
    const map = readMapTable(tables)
    const context = { congress: map.congress, accept: null, sourceId: sourceId('zip-map'), now }
    changes.push((await commitZipMap(trx, map.file, context)).changed)
    changes.push((await saveZipStates(trx, tables.zip_state, sourceId('zip-states'))) > 0)
    const rollCalls = readRollCallTables(tables)
    for (const rollCall of rollCalls) {
      changes.push((await commitRollCall(trx, rollCall, { sourceId: sourceId(rollCall.id), now })).changed)
    }
    return { rollCalls: rollCalls.map((rollCall) => rollCall.id), changed: changes.includes(true) }
  })
}

async function readTables(dir: string): Promise<Record<ReferenceTable, CsvRow[]>> {
  const entries = Object.entries(REFERENCE_HEADERS).map(async ([name, header]) => [
    name,
    readCsv(await readFile(path.join(dir, `${name}.csv`), 'utf8'), header),
  ])
  return Object.fromEntries(await Promise.all(entries)) as Record<ReferenceTable, CsvRow[]>
}

/** Records the files the tables were made from; returns how to find one's id by name. Throws `reference_broken` for a name it lacks. */
async function saveSources(db: Db, rows: readonly CsvRow[], now: Date): Promise<(name: string) => string> {
  const ids = new Map<string, string>()
  for (const { values } of rows) {
    const [name = '', kind = '', url = '', licence = '', vintage = '', sha256 = ''] = values
    ids.set(name, (await recordSource(db, { kind, url, licence, vintage, sha256 }, now)).id)
  }
  return (name) => {
    const id = ids.get(name)
    if (id === undefined) throw new RollcallError('reference_broken', `source.csv has no row named "${name}"`)
    return id
  }
}

async function saveZipStates(db: Db, rows: readonly CsvRow[], sourceId: string): Promise<number> {
  await ensureJurisdictions(db)
  return insertZipStates(
    db,
    rows.map(({ values: [zip = '', usps = ''] }) => ({ zip, usps })),
    sourceId,
  )
}
