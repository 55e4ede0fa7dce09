// The rows of one running import in a temporary table, and the statements that merge them into the subscribers.
import { sql, type RawBuilder } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'

/** One good row, ready to be written. */
export interface StagedRow {
  line: number
  address: string
  /** Hex. */
  addressKey: string
  needsSmtpUtf8: boolean
  firstName: string
  lastName: string
  zip: string | null
  plus4: string | null
}

/** A row whose address stood on an earlier line already. */
export interface DuplicateRow {
  line: number
  firstLine: number
}

/** What an import does, or would do, to the subscribers. */
export interface MergeCounts {
  added: number
  updated: number
  unchanged: number
  suppressed: number
}

/** Makes the empty staging table; it vanishes with the transaction. */
export async function createStagedRows(db: Db): Promise<void> {
  // Makes room for the rows of one import, one per address.
  await sql`
    CREATE TEMPORARY TABLE staged_row (
      line integer NOT NULL,
      address text NOT NULL,
      address_key bytea PRIMARY KEY,
      needs_smtputf8 boolean NOT NULL,
      first_name text NOT NULL,
      last_name text NOT NULL,
      zip text,
      plus4 text
    ) ON COMMIT DROP`.execute(db)
}

/** Stages the rows and returns those whose address is staged already: the first row of an address counts. */
export async function stageRows(db: Db, rows: readonly StagedRow[]): Promise<DuplicateRow[]> {
  // Adds a batch, first come first kept, and says which lines were kept.
  const kept = await sql<{ line: number }>`
    INSERT INTO staged_row
    SELECT line, address, decode(address_key, 'hex'), needs_smtputf8, first_name, last_name, zip, plus4
      FROM unnest(
        ${rows.map((row) => row.line)}::int[],
        ${rows.map((row) => row.address)}::text[],
        ${rows.map((row) => row.addressKey)}::text[],
        ${rows.map((row) => row.needsSmtpUtf8)}::boolean[],
        ${rows.map((row) => row.firstName)}::text[],
        ${rows.map((row) => row.lastName)}::text[],
        ${rows.map((row) => row.zip)}::text[],
        ${rows.map((row) => row.plus4)}::text[]
      ) AS batch (line, address, address_key, needs_smtputf8, first_name, last_name, zip, plus4)
    ON CONFLICT DO NOTHING
    RETURNING line`.execute(db)
  if (kept.rows.length === rows.length) return []
  const keptLines = new Set(kept.rows.map((row) => row.line))
  return firstLines(
    db,
    rows.filter((row) => !keptLines.has(row.line)),
  )
}

async function firstLines(db: Db, rows: readonly StagedRow[]): Promise<DuplicateRow[]> {
  // Finds the line that was kept for each address.
  const found = await sql<DuplicateRow>`
    SELECT batch.line, staged_row.line AS "firstLine"
      FROM unnest(${rows.map((row) => row.line)}::int[], ${rows.map((row) => row.addressKey)}::text[])
        AS batch (line, address_key)
      JOIN staged_row ON staged_row.address_key = decode(batch.address_key, 'hex')
     ORDER BY batch.line`.execute(db)
  return found.rows
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
export async function mergeStagedRows(db: Db, importId: string, at: Date): Promise<MergeCounts> {
  const set = news(sql`excluded`)
  // Adds new subscribers and updates known ones whose row says something new.
  const written = await sql<Omit<MergeCounts, 'unchanged'> & { staged: number }>`
    WITH written AS (
      INSERT INTO subscriber
        (address, address_key, domain, needs_smtputf8, first_name, last_name, zip, plus4, import_id, created_at, updated_at)
      SELECT address, address_key, split_part(address, '@', 2), needs_smtputf8, first_name, last_name, zip, plus4,
             ${importId}::bigint, ${at}::timestamptz, ${at}::timestamptz
        FROM staged_row
       WHERE NOT EXISTS (SELECT FROM suppression WHERE suppression.address_key = staged_row.address_key)
       ORDER BY address_key
      ON CONFLICT (address_key) DO UPDATE SET
        address = ${set.address}, needs_smtputf8 = excluded.needs_smtputf8,
        first_name = ${set.first_name}, last_name = ${set.last_name}, zip = ${set.zip}, plus4 = ${set.plus4},
        import_id = excluded.import_id, updated_at = excluded.updated_at
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
