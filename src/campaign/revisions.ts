// The SQL of revisions: who wrote which content of a campaign when, and the files of any of them.
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import type { TemplateFiles } from './folder.ts'

export interface RevisionEntry {
  revision: number
  /** Null for one from before authors were noted. */
  author: string | null
  createdAt: Date
  contentHash: string
}

/** Returns the newest `limit` revisions of a campaign, newest first. */
export async function listRevisions(db: Db, id: string, limit = 50): Promise<RevisionEntry[]> {
  // list_revisions: by the primary key, without the files.
  return db
    .selectFrom('campaign_revision')
    .select(['revision', 'author', 'created_at as createdAt', 'content_hash as contentHash'])
    .where('campaign_id', '=', id)
    .orderBy('revision', 'desc')
    .limit(limit)
    .execute()
}

/** Returns one revision with its files. Throws `no_revision`. */
export async function readRevision(
  db: Db,
  id: string,
  revision: number,
): Promise<RevisionEntry & { files: TemplateFiles }> {
  // read_revision: one by its number.
  const row = await db
    .selectFrom('campaign_revision')
    .select(['revision', 'author', 'created_at as createdAt', 'content_hash as contentHash', 'files'])
    .where('campaign_id', '=', id)
    .where('revision', '=', revision)
    .executeTakeFirst()
  if (row) return row
  throw new RollcallError('no_revision', `campaign ${id} has no revision ${revision}`, {
    hint: 'the Compose page lists them',
    kind: 'usage',
  })
}
