// Lists that came through the console: SQL for the upload table. Whoever works on one holds a lease, and writes how far it is.
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'
import type { ImportReport } from './import-report.ts'
import { REACHED_FROM, type Upload, type UploadChoices, type UploadStep } from './upload.ts'

/** So long after its last sign of life another process takes a running step over. */
const LEASE_SECONDS = 15

const UPLOAD = sql`u.id, u.file_name AS "fileName", u.stored_as AS "storedAs", u.bytes::float8 AS bytes, u.state,
  nullif(u.options, '{}') AS choices, u.uploaded_by AS "uploadedBy", u.uploaded_at AS "uploadedAt", u.actor, u.changed_at AS "changedAt",
  u.rows_read::float8 AS "rowsRead", u.rows_rejected::float8 AS "rowsRejected", u.bytes_read::float8 AS "bytesRead",
  u.is_writing AS "isWriting", u.runs, u.report, u.problem, u.import_id AS "importId", u.is_cleared AS "isCleared"`

export interface NewUpload {
  fileName: string
  storedAs: string
  home: string
  bytes: number
  by: string
  now: Date
}

/** Writes down that a list has arrived, and returns its id. */
export async function insertUpload(db: Db, { fileName, storedAs, home, bytes, by, now }: NewUpload): Promise<string> {
  // insert_upload: its file is there already.
  const { id } = await db
    .insertInto('upload')
    .values({
      file_name: fileName,
      stored_as: storedAs,
      home,
      bytes,
      options: '{}',
      uploaded_by: by,
      uploaded_at: now,
      changed_at: now,
      rows_read: 0,
      rows_rejected: 0,
      bytes_read: 0,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Returns the list. Throws `no_upload`. */
export async function findUpload(db: Db, id: string): Promise<Upload> {
  // find_upload: by id.
  const { rows } = /^\d{1,18}$/.test(id)
    ? await sql<Upload>`SELECT ${UPLOAD} FROM upload u WHERE u.id = ${id}`.execute(db)
    : { rows: [] }
  const [found] = rows
  if (found) return found
  throw new RollcallError('no_upload', 'there is no such list', { hint: 'the page of imports shows all of them' })
}

const NEWEST: Keyset<Upload> = {
  parts: [{ expression: sql`u.id`, type: 'bigint', isDescending: true }],
  keyOf: ({ id }) => [id],
}

/** Returns a page of lists, newest first. */
export function pageUploads(db: Db, wish: PageWish): Promise<Page<Upload>> {
  return keysetPage(NEWEST, wish, async ({ where, orderBy, limit }) => {
    // page_uploads: by key.
    const { rows } = await sql<Upload>`
      SELECT ${UPLOAD} FROM upload u WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}

/** Starts a step; a process that has the file takes it up. Throws `upload_elsewhere` when the list is in no state for it. */
export async function startStep(
  db: Db,
  id: string,
  step: UploadStep,
  { actor, now, choices }: { actor: string; now: Date; choices?: UploadChoices },
): Promise<void> {
  // start_step: from the states that allow it, counting from nothing.
  const { numAffectedRows = 0n } = await sql`
    UPDATE upload SET state = ${step}, actor = ${actor}, changed_at = ${now}, problem = NULL, runs = 0, is_writing = false,
      rows_read = 0, rows_rejected = 0, bytes_read = 0, options = coalesce(${choices ? plainJson(choices) : null}::jsonb, options),
      report = CASE WHEN ${step} = 'checking' THEN NULL ELSE report END
    WHERE id = ${id} AND state = ANY (${[...REACHED_FROM[step]]}::text[]) AND NOT is_cleared`.execute(db)
  if (numAffectedRows === 0n) throw elsewhere()
}

/** Gives a list up, a running one too: what it was about to write is not written. Throws `upload_elsewhere`. */
export async function discardUpload(db: Db, id: string, { actor, now }: { actor: string; now: Date }): Promise<void> {
  // discard_upload: takes it from whoever works on it, and forgets what its report quotes.
  const { numAffectedRows = 0n } = await sql`
    UPDATE upload SET state = 'discarded', actor = ${actor}, changed_at = ${now}, problem = NULL, run = NULL, lease_until = NULL,
      report = report - 'sample', is_cleared = true
    WHERE id = ${id} AND state = ANY (${[...REACHED_FROM.discarded]}::text[])`.execute(db)
  if (numAffectedRows === 0n) throw elsewhere()
}

function elsewhere(): RollcallError {
  return new RollcallError('upload_elsewhere', 'the list is no longer where this page showed it', {
    hint: 'load the page again: somebody else has gone on with it',
    kind: 'usage',
  })
}

/** Takes the oldest step of this home that nobody works on, and returns its list; null when there is none. */
export async function claimUpload(db: Db, home: string, run: string): Promise<Upload | null> {
  // claim_upload: one process takes it, from the start of the file.
  const { rows } = await sql<Upload>`
    UPDATE upload u SET run = ${run}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}), runs = u.runs + 1,
      rows_read = 0, rows_rejected = 0, bytes_read = 0, is_writing = false
    WHERE u.id = (
      SELECT id FROM upload WHERE home = ${home} AND state IN ('checking', 'importing') AND (lease_until IS NULL OR lease_until < now())
      ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING ${UPLOAD}`.execute(db)
  return rows[0] ?? null
}

export interface UploadProgress {
  rows: number
  rejected: number
  bytes: number
  isWriting: boolean
}

/** Writes how far it is and keeps the lease. Returns false when the list is not this run's any more. */
export async function noteProgress(db: Db, id: string, run: string, progress: UploadProgress): Promise<boolean> {
  // note_progress: outside the transaction of the import.
  const { numAffectedRows = 0n } = await sql`
    UPDATE upload SET rows_read = ${progress.rows}, rows_rejected = ${progress.rejected}, bytes_read = ${progress.bytes},
      is_writing = ${progress.isWriting}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    WHERE id = ${id} AND run = ${run}`.execute(db)
  return numAffectedRows > 0n
}

/** Gives a running step back, to be begun again by whoever comes first. */
export async function releaseUpload(db: Db, id: string, run: string): Promise<void> {
  // release_upload: nothing of it was kept.
  await sql`UPDATE upload SET run = NULL, lease_until = NULL WHERE id = ${id} AND run = ${run}`.execute(db)
}

/** Ends a step with its report. Throws `upload_lost` when the list is not this run's any more, which undoes the import around it. */
export async function endStep(db: Db, id: string, run: string, report: ImportReport, now: Date): Promise<void> {
  // end_step: in the transaction of the import, so that no list is imported twice.
  const { numAffectedRows = 0n } = await sql`
    UPDATE upload SET state = CASE state WHEN 'importing' THEN 'imported' ELSE 'checked' END, changed_at = ${now}, run = NULL,
      lease_until = NULL, is_writing = false, rows_read = ${report.rows}, rows_rejected = ${report.rejected}, bytes_read = bytes,
      report = ${plainJson(report)}::jsonb, import_id = ${report.importId}::bigint
    WHERE id = ${id} AND run = ${run}`.execute(db)
  if (numAffectedRows === 0n) throw new RollcallError('upload_lost', 'the list was taken from this process')
}

/** Ends a step that cannot be carried out, with why. */
export async function failStep(db: Db, id: string, run: string, problem: string, now: Date): Promise<void> {
  // fail_step: nothing was imported.
  await sql`
    UPDATE upload SET state = 'failed', problem = ${plain(problem)}, changed_at = ${now}, run = NULL, lease_until = NULL, is_writing = false
    WHERE id = ${id} AND run = ${run}`.execute(db)
}

/** Returns which files of this home may go: those of lists that are over, and rejects when their time has come. */
export async function filesToKeep(db: Db, home: string): Promise<{ storedAs: string; keepsList: boolean }[]> {
  // files_to_keep: the list until it is imported or discarded, its rejects until it is cleared.
  const { rows } = await sql<{ storedAs: string; keepsList: boolean }>`
    SELECT stored_as AS "storedAs", state <> 'imported' AS "keepsList" FROM upload WHERE home = ${home} AND NOT is_cleared`.execute(
    db,
  )
  return rows
}

/** A list may hold what PostgreSQL keeps in no text: a NUL, half of a character. It is shown as a mark. */
function plain(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

function plainJson(value: object): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'string' ? plain(each) : each))
}
