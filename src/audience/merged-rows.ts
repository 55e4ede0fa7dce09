// What becomes of the staged rows of an import: the statements that write them, or count what writing would do.
import { sql, type RawBuilder } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'

/** What an import does, or would do, to the subscribers. */
export interface MergeCounts {
  added: number
  updated: number
  unchanged: number
  suppressed: number
}

/** The columns a row may change, each with its new value: an empty cell never blanks out what is known. */
function news(
  row: RawBuilder<unknown>,
): Record<'address' | 'first_name' | 'last_name' | 'zip' | 'plus4', RawBuilder<unknown>> {
  return {
    address: sql`${row}.address`,
    first_name: sql`COALESCE(NULLIF(${row}.first_name, ''), subscriber.first_name)`,
    last_name: sql`COALESCE(NULLIF(${row}.last_name, ''), subscriber.last_name)`,
    zip: sql`COALESCE(${row}.zip, subscriber.zip)`,
    // A new ZIP takes its own +4 or none; the same ZIP without a +4 keeps the known one.
    plus4: sql`CASE WHEN ${row}.zip IS NULL OR ${row}.zip = subscriber.zip AND ${row}.plus4 IS NULL
      THEN subscriber.plus4 ELSE ${row}.plus4 END`,
  }
}

/** Whether the row says anything that the subscriber beside it does not. */
function differs(row: RawBuilder<unknown>): RawBuilder<boolean> {
  const { address, first_name, last_name, zip, plus4 } = news(row)
  return sql<boolean>`(${address}, ${first_name}, ${last_name}, ${zip}, ${plus4}) IS DISTINCT FROM
    (subscriber.address, subscriber.first_name, subscriber.last_name, subscriber.zip, subscriber.plus4)`
}

/** Returns what merging the staged rows would do; writes nothing. */
export async function foreseeMerge(db: Db): Promise<MergeCounts> {
  // Counts the staged rows by what would become of each.
  const found = await sql<MergeCounts>`
    SELECT count(*) FILTER (WHERE suppressed)::int AS suppressed,
           count(*) FILTER (WHERE NOT suppressed AND is_new)::int AS added,
           count(*) FILTER (WHERE NOT suppressed AND NOT is_new AND differs)::int AS updated,
           count(*) FILTER (WHERE NOT suppressed AND NOT is_new AND NOT differs)::int AS unchanged
      FROM (
        SELECT suppression.address_key IS NOT NULL AS suppressed, subscriber.id IS NULL AS is_new,
               ${differs(sql`staged_row`)} AS differs
          FROM staged_row
          LEFT JOIN subscriber USING (address_key)
          LEFT JOIN suppression USING (address_key)
      ) AS merged`.execute(db)
  return onlyRow(found.rows)
}

/**
 * Writes the staged rows into the subscribers, without those that are suppressed, and returns what became of them.
 * Rows go in order of their key, so that two imports at once wait for each other and never deadlock.
 */
export async function mergeStagedRows(db: Db, at: Date): Promise<MergeCounts> {
  const set = news(sql`excluded`)
  // Adds new subscribers and updates known ones whose row says something new.
  const written = await sql<Omit<MergeCounts, 'unchanged'> & { staged: number }>`
    WITH written AS (
      INSERT INTO subscriber
        (address, address_key, domain, needs_smtputf8, first_name, last_name, zip, plus4, created_at, updated_at)
      SELECT address, address_key, split_part(address, '@', 2), needs_smtputf8, first_name, last_name, zip, plus4,
             ${at}::timestamptz, ${at}::timestamptz
        FROM staged_row
       WHERE NOT EXISTS (SELECT FROM suppression WHERE suppression.address_key = staged_row.address_key)
       ORDER BY address_key
      ON CONFLICT (address_key) DO UPDATE SET
        address = ${set.address}, needs_smtputf8 = excluded.needs_smtputf8,
        first_name = ${set.first_name}, last_name = ${set.last_name}, zip = ${set.zip}, plus4 = ${set.plus4},
        updated_at = excluded.updated_at
      WHERE ${differs(sql`excluded`)}
      RETURNING xmax = 0 AS is_new -- no earlier version of the row was locked
    )
    SELECT count(*) FILTER (WHERE is_new)::int AS added,
           count(*) FILTER (WHERE NOT is_new)::int AS updated,
           (SELECT count(*)::int FROM staged_row) AS staged,
           (SELECT count(*)::int FROM staged_row JOIN suppression USING (address_key)) AS suppressed
      FROM written`.execute(db)
  const { added, updated, suppressed, staged } = onlyRow(written.rows)
  return { added, updated, suppressed, unchanged: staged - added - updated - suppressed }
}

function onlyRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new RollcallError('bug', 'a count returned no row')
  return row
}

/** Notes in the consent ledger, for every staged address that may be written to, that the file named it. */
export async function recordImportedRows(db: Db, importId: string, source: string, at: Date): Promise<void> {
  // Adds one consent event per staged address; the line leads an auditor to the row.
  await sql`
    INSERT INTO consent_event (address_key, act, basis, evidence, import_id, at)
    SELECT address_key, 'imported', ${source}, jsonb_build_object('line', line), ${importId}::bigint, ${at}::timestamptz
      FROM staged_row
     WHERE NOT EXISTS (SELECT FROM suppression WHERE suppression.address_key = staged_row.address_key)
     ORDER BY address_key`.execute(db)
}
