// What becomes of the staged rows of an import: the statement that writes them, or counts what writing would do.
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

/** What the consent ledger says of every row that is written. */
export interface ImportTerms {
  importId: string
  source: string
  at: Date
  /** When the consent ends, where it is only implied. */
  consentUntil: Date | null
}

/** The columns a row may change, each with its new value: an empty cell never blanks out what is known. */
const NEWS = {
  address: sql`staged.address`,
  first_name: sql`COALESCE(NULLIF(staged.first_name, ''), known.first_name, '')`,
  last_name: sql`COALESCE(NULLIF(staged.last_name, ''), known.last_name, '')`,
  zip: sql`COALESCE(staged.zip, known.zip)`,
  // A new ZIP takes its own +4 or none; the same ZIP without a +4 keeps the known one.
  plus4: sql`CASE WHEN staged.zip IS NULL OR staged.zip = known.zip AND staged.plus4 IS NULL
      THEN known.plus4 ELSE staged.plus4 END`,
}

/** Whether the row says anything that the subscriber beside it does not. */
const DIFFERS = sql`(${NEWS.address}, ${NEWS.first_name}, ${NEWS.last_name}, ${NEWS.zip}, ${NEWS.plus4}) IS DISTINCT FROM
      (known.address, known.first_name, known.last_name, known.zip, known.plus4)`

/** Makes other imports wait until this one ends, so that nobody adds a subscriber between look-up and write. */
async function lockSubscribers(db: Db): Promise<void> {
  // Keeps other writers out; readers go on.
  await sql`LOCK TABLE subscriber IN SHARE ROW EXCLUSIVE MODE`.execute(db)
}

/**
 * Writes the staged rows into the subscribers, without those that are suppressed, and returns what became of them.
 * Without `terms` it writes nothing and returns what would become of them.
 */
export async function mergeStagedRows(db: Db, terms: ImportTerms | null): Promise<MergeCounts> {
  if (terms) await lockSubscribers(db)
  // Judges every row, in the order of the indexes it goes into, writes it, and counts the rows by what became of each.
  const found = await sql<MergeCounts>`
    WITH judged AS MATERIALIZED (
      SELECT staged.line, staged.address_key, staged.needs_smtputf8, known.id AS known_id, ${NEWS.address} AS address,
             ${NEWS.first_name} AS first_name, ${NEWS.last_name} AS last_name, ${NEWS.zip} AS zip, ${NEWS.plus4} AS plus4,
             CASE WHEN suppression.address_key IS NOT NULL THEN 'suppressed' WHEN known.id IS NULL THEN 'added'
                  WHEN ${DIFFERS} THEN 'updated' ELSE 'unchanged' END AS ending
        FROM staged_row AS staged
        LEFT JOIN subscriber AS known USING (address_key)
        LEFT JOIN suppression USING (address_key)
       ORDER BY staged.address_key
    )${terms ? writes(terms) : sql``}
    SELECT count(*) FILTER (WHERE ending = 'added')::int AS added,
           count(*) FILTER (WHERE ending = 'updated')::int AS updated,
           count(*) FILTER (WHERE ending = 'unchanged')::int AS unchanged,
           count(*) FILTER (WHERE ending = 'suppressed')::int AS suppressed
      FROM judged`.execute(db)
  const [counts] = found.rows
  if (counts === undefined) throw new RollcallError('bug', 'a count returned no row')
  return counts
}

/** The steps of a real import: new subscribers, changed ones, and one consent event per row that may be written to. */
function writes({ importId, source, at, consentUntil }: ImportTerms): RawBuilder<unknown> {
  return sql`, added AS (
      INSERT INTO subscriber
        (address, address_key, domain, needs_smtputf8, first_name, last_name, zip, plus4, created_at, updated_at)
      SELECT address, address_key, split_part(address, '@', 2), needs_smtputf8, first_name, last_name, zip, plus4,
             ${at}::timestamptz, ${at}::timestamptz
        FROM judged WHERE ending = 'added'
    ), updated AS (
      UPDATE subscriber SET address = judged.address, needs_smtputf8 = judged.needs_smtputf8,
             first_name = judged.first_name, last_name = judged.last_name, zip = judged.zip, plus4 = judged.plus4,
             updated_at = ${at}::timestamptz
        FROM judged WHERE subscriber.id = judged.known_id AND judged.ending = 'updated'
    ), noted AS ( -- the line leads an auditor to the row
      INSERT INTO consent_event (address_key, act, basis, evidence, import_id, at, expires_at)
      SELECT address_key, 'imported', ${source}, jsonb_build_object('line', line), ${importId}::bigint, ${at}::timestamptz, ${consentUntil}::timestamptz
        FROM judged WHERE ending <> 'suppressed'
    )`
}
