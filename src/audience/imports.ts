// The record of each import: SQL for the subscriber_import table.
import type { Db } from '../store/connect.ts'

/** A finished import, as the record keeps it. */
export interface ImportRecord {
  file: string
  source: string
  sha256: string
  rows: number
  rejected: number
  startedAt: Date
}

/** Makes the record before its rows are written, and returns its id. */
export async function insertImport(db: Db, record: ImportRecord): Promise<string> {
  // Adds the record; the counts of the merge follow.
  const { id } = await db
    .insertInto('subscriber_import')
    .values({
      file_name: record.file,
      source: record.source,
      sha256: record.sha256,
      rows_read: record.rows,
      added: 0,
      updated: 0,
      unchanged: 0,
      suppressed: 0,
      rejected: record.rejected,
      started_at: record.startedAt,
      finished_at: record.startedAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Completes the record with what the merge did. */
export async function finishImport(
  db: Db,
  id: string,
  counts: { added: number; updated: number; unchanged: number; suppressed: number },
  finishedAt: Date,
): Promise<void> {
  const { added, updated, unchanged, suppressed } = counts
  // Sets the counts of one import.
  await db
    .updateTable('subscriber_import')
    .set({ added, updated, unchanged, suppressed, finished_at: finishedAt })
    .where('id', '=', id)
    .execute()
}
