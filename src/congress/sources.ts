// The files that were imported: where each came from, and its hash.
import type { Db } from '../store/connect.ts'

export interface SourceFacts {
  kind: string
  url: string
  licence: string
  vintage: string
  /** Hex, of the bytes. */
  sha256: string
}

/** Returns the id of the source row of this file, and whether the same bytes were imported before. */
export async function recordSource(
  db: Db,
  facts: SourceFacts,
  now: Date,
): Promise<{ id: string; seenBefore: boolean }> {
  // Finds the row of the same bytes, so that importing a file twice adds nothing.
  const known = await db
    .selectFrom('source')
    .select('id')
    .where('kind', '=', facts.kind)
    .where('sha256', '=', facts.sha256)
    .where('vintage', '=', facts.vintage)
    .executeTakeFirst()
  if (known) return { id: known.id, seenBefore: true }
  // Adds the file.
  const added = await db
    .insertInto('source')
    .values({ ...facts, imported_at: now })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id: added.id, seenBefore: false }
}
