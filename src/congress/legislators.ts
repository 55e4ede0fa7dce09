// Legislators and their ids, in the database.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import type { ParsedLegislator } from './importers/parsed.ts'
import type { Person } from './match.ts'

export type Scheme = 'bioguide' | 'lis' | 'govtrack' | 'icpsr'

export interface Alias {
  scheme: Scheme
  value: string
  legislatorId: string
}

/** The name as mail prints it: the file's full name as it stands, else first, last and suffix. */
function printedName(row: {
  first_name: string
  last_name: string
  suffix: string | null
  official_full: string | null
}): string {
  if (row.official_full) return row.official_full
  return [row.first_name, row.last_name, row.suffix].filter(Boolean).join(' ')
}

/** Returns everyone, or those with these ids, by legislator id. */
export async function loadPeople(db: Db, ids?: readonly string[]): Promise<Map<string, Person>> {
  // Reads names and bioguide ids.
  const query = db
    .selectFrom('legislator')
    .select(['id', 'bioguide', 'first_name', 'last_name', 'suffix', 'official_full'])
  const rows = await (ids ? query.where(sql<boolean>`id = ANY(${[...ids]}::bigint[])`) : query).execute()
  return new Map(
    rows.map((row) => [
      row.id,
      {
        legislatorId: row.id,
        bioguide: row.bioguide,
        name: printedName(row),
        firstName: row.first_name,
        lastName: row.last_name,
      },
    ]),
  )
}

/** Returns the legislator id of each value of one scheme; values that nobody has are not in the map. */
export async function resolveIds(db: Db, scheme: Scheme, values: readonly string[]): Promise<Map<string, string>> {
  // Finds who has these ids, current or retired.
  const rows = await db
    .selectFrom('legislator_alias')
    .select(['value', 'legislator_id'])
    .where('scheme', '=', scheme)
    .where(sql<boolean>`value = ANY(${[...values]}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.value, row.legislator_id]))
}

/** Adds people and returns their legislator ids by bioguide. */
export async function insertLegislators(db: Db, people: readonly ParsedLegislator[]): Promise<Map<string, string>> {
  // Adds people by their current bioguide id.
  const added = await sql<{ id: string; bioguide: string }>`
    INSERT INTO legislator (bioguide, first_name, last_name, nickname, suffix, official_full)
    SELECT * FROM unnest(${people.map((p) => p.bioguide)}::text[], ${people.map((p) => p.firstName)}::text[], ${people.map((p) => p.lastName)}::text[],
      ${people.map((p) => p.nickname)}::text[], ${people.map((p) => p.suffix)}::text[], ${people.map((p) => p.officialFull)}::text[])
    RETURNING id, bioguide`.execute(db)
  return new Map(added.rows.map((row) => [row.bioguide, row.id]))
}

/** Brings people up to date and returns the bioguide ids of those that changed. What a file leaves out is kept. */
export async function updateLegislators(
  db: Db,
  people: readonly (ParsedLegislator & { legislatorId: string })[],
): Promise<string[]> {
  // Updates those that differ; a table without nicknames does not remove them.
  const changed = await sql<{ bioguide: string }>`
    UPDATE legislator l
    SET bioguide = n.bioguide, first_name = n.first_name, last_name = n.last_name,
      nickname = coalesce(n.nickname, l.nickname), suffix = coalesce(n.suffix, l.suffix), official_full = coalesce(n.official_full, l.official_full)
    FROM unnest(${people.map((p) => p.legislatorId)}::bigint[], ${people.map((p) => p.bioguide)}::text[], ${people.map((p) => p.firstName)}::text[],
      ${people.map((p) => p.lastName)}::text[], ${people.map((p) => p.nickname)}::text[], ${people.map((p) => p.suffix)}::text[],
      ${people.map((p) => p.officialFull)}::text[]) AS n (id, bioguide, first_name, last_name, nickname, suffix, official_full)
    WHERE l.id = n.id AND (l.bioguide, l.first_name, l.last_name, l.nickname, l.suffix, l.official_full) IS DISTINCT FROM
      (n.bioguide, n.first_name, n.last_name, coalesce(n.nickname, l.nickname), coalesce(n.suffix, l.suffix), coalesce(n.official_full, l.official_full))
    RETURNING l.bioguide`.execute(db)
  return changed.rows.map((row) => row.bioguide)
}

/** Adds ids and returns those that already belong to somebody else. */
export async function insertAliases(db: Db, aliases: readonly Alias[]): Promise<Alias[]> {
  const columns = sql`unnest(${aliases.map((a) => a.scheme)}::text[], ${aliases.map((a) => a.value)}::text[], ${aliases.map((a) => a.legislatorId)}::bigint[])`
  // Adds the ids that are new.
  await sql`INSERT INTO legislator_alias (scheme, value, legislator_id) SELECT * FROM ${columns} ON CONFLICT DO NOTHING`.execute(
    db,
  )
  // Finds ids that another person has.
  const taken = await sql<Alias>`
    SELECT n.scheme, n.value, n.legislator_id::text AS "legislatorId"
    FROM ${columns} AS n (scheme, value, legislator_id)
    JOIN legislator_alias a ON a.scheme = n.scheme AND a.value = n.value AND a.legislator_id <> n.legislator_id`.execute(
    db,
  )
  return taken.rows
}
