// The rows of one running import, in temporary tables: the good ones, and the refused ones with why.
import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../store/connect.ts'
import type { CsvRow } from './csv-rows.ts'
import type { Reject } from './rejects.ts'

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
  /** The row as it was read, where its address may have stood on an earlier line; else null. */
  cells: readonly string[] | null
}

/** A good row whose address stood on an earlier line, which counts. */
export interface DuplicateRow extends CsvRow {
  firstLine: number
}

const REFUSED_PAGE = 500 // rows kept in memory at once

/** Makes the empty staging tables, which vanish with the transaction, and room to sort them. */
export async function createStagedRows(db: Db): Promise<void> {
  // Makes room for the good rows; an index here would cost more than the one sort it spares.
  await sql`
    CREATE TEMPORARY TABLE staged_row (
      line integer NOT NULL,
      address text NOT NULL,
      address_key bytea NOT NULL,
      needs_smtputf8 boolean NOT NULL,
      first_name text NOT NULL,
      last_name text NOT NULL,
      zip text,
      plus4 text,
      cells text -- JSON
    ) ON COMMIT DROP`.execute(db)
  // Makes room for the refused rows; those without problems are duplicates.
  await sql`
    CREATE TEMPORARY TABLE refused_row (
      line integer NOT NULL,
      cells text NOT NULL, -- JSON: as text it may hold a NUL
      problems text, -- JSON
      first_line integer
    ) ON COMMIT DROP`.execute(db)
  // Lets the sorts of this transaction use more memory than common queries.
  await sql`SELECT set_config('work_mem', '64MB', true)`.execute(db)
}

/** Stages good rows. */
export async function stageRows(db: Db, rows: readonly StagedRow[]): Promise<void> {
  if (rows.length === 0) return
  // Adds a batch of good rows; an empty value has arrived as null.
  await sql`
    INSERT INTO staged_row
    SELECT line, address, decode(address_key, 'hex'), needs_smtputf8, COALESCE(first_name, ''), COALESCE(last_name, ''),
           zip, plus4, cells
      FROM unnest(
        ${sentColumn(rows, (row) => String(row.line))}::integer[],
        ${sentColumn(rows, (row) => row.address)},
        ${sentColumn(rows, (row) => row.addressKey)},
        ${sentColumn(rows, (row) => String(row.needsSmtpUtf8))}::boolean[],
        ${sentColumn(rows, (row) => row.firstName)},
        ${sentColumn(rows, (row) => row.lastName)},
        ${sentColumn(rows, (row) => row.zip)},
        ${sentColumn(rows, (row) => row.plus4)},
        ${sentColumn(rows, (row) => row.cells && JSON.stringify(row.cells))}
      ) AS batch (line, address, address_key, needs_smtputf8, first_name, last_name, zip, plus4, cells)`.execute(db)
}

/**
 * Returns one column of the rows as a text array, in which what is empty is null. It travels as one text with a value a
 * line, which costs both sides less than half of an array: nothing in a good row holds a line feed, and JSON escapes it.
 */
function sentColumn(rows: readonly StagedRow[], pick: (row: StagedRow) => string | null): RawBuilder<unknown> {
  return sql`string_to_array(${rows.map((row) => pick(row) ?? '').join('\n')}, chr(10), '')`
}

/** Stages refused rows. */
export async function stageRefused(db: Db, rejects: readonly Reject[]): Promise<void> {
  if (rejects.length === 0) return
  // Adds a batch of refused rows.
  await sql`
    INSERT INTO refused_row (line, cells, problems)
    SELECT * FROM unnest(
      ${rejects.map((reject) => reject.line)}::int[],
      ${rejects.map((reject) => JSON.stringify(reject.cells))}::text[],
      ${rejects.map((reject) => JSON.stringify(reject.problems))}::text[]
    )`.execute(db)
}

/** Moves every row whose address stood on an earlier line to the refused ones: the first row of an address counts. */
export async function refuseDuplicates(db: Db): Promise<void> {
  // Finds the first line of each address that may have come twice, and moves the rows of later lines.
  await sql`
    WITH suspect AS (
      SELECT DISTINCT address_key FROM staged_row WHERE cells IS NOT NULL
    ), first AS (
      SELECT address_key, min(line) AS line FROM staged_row JOIN suspect USING (address_key) GROUP BY address_key
    ), later AS (
      DELETE FROM staged_row USING first
       WHERE staged_row.address_key = first.address_key AND staged_row.line > first.line
      RETURNING staged_row.line, staged_row.cells, first.line AS first_line
    )
    INSERT INTO refused_row (line, cells, first_line) SELECT line, cells, first_line FROM later`.execute(db)
}

/** Yields the refused rows in the order of the file, a page in memory at a time. */
export async function* refusedRows(db: Db): AsyncGenerator<Reject | DuplicateRow> {
  // Opens the refused rows in the order of the file; the cursor closes with the transaction.
  await sql`
    DECLARE refused CURSOR FOR
    SELECT line, cells, problems, first_line AS "firstLine" FROM refused_row ORDER BY line`.execute(db)
  for (;;) {
    // Reads the next page of refused rows.
    const page = await sql<RefusedRow>`FETCH ${sql.lit(REFUSED_PAGE)} FROM refused`.execute(db)
    for (const row of page.rows) yield refusedOf(row)
    if (page.rows.length < REFUSED_PAGE) return
  }
}

type RefusedRow = { line: number; cells: string } & (
  | { problems: string; firstLine: null }
  | { problems: null; firstLine: number }
)

function refusedOf(row: RefusedRow): Reject | DuplicateRow {
  const cells = JSON.parse(row.cells) as string[]
  if (row.problems === null) return { line: row.line, cells, firstLine: row.firstLine }
  return { line: row.line, cells, problems: JSON.parse(row.problems) as Reject['problems'] }
}
