// Previews kept for the page that shows them: for minutes, for one account, under a random id that alone can open them.
import { hash, randomBytes } from 'node:crypto'
import { seal, unseal } from '../access/sealed.ts'
import type { Db } from '../store/connect.ts'

/** What a kept preview holds: the three forms of one message. */
export interface KeptPreview {
  html: string
  text: string
  eml: string
}

const KEPT_MS = 15 * 60_000
/** Of one account; older ones go first. */
const MOST = 20

/** Keeps a preview and returns its id. The database has only a hash of the id, and the content sealed by it. */
export async function keepPreview(db: Db, accountId: string, preview: KeptPreview, now: Date): Promise<string> {
  const id = randomBytes(24).toString('base64url')
  // drop_old_previews: everybody's when their time is over, and this account's beyond the newest few.
  await db
    .deleteFrom('kept_preview')
    .where((on) =>
      on.or([
        on('kept_until', '<=', now),
        on(
          'id_sha256',
          'in',
          on
            .selectFrom('kept_preview')
            .select('id_sha256')
            .where('account_id', '=', accountId)
            .orderBy('kept_until', 'desc')
            .offset(MOST - 1),
        ),
      ]),
    )
    .execute()
  // keep_preview: one row.
  await db
    .insertInto('kept_preview')
    .values({
      id_sha256: idHash(id),
      account_id: accountId,
      sealed: seal([keyOf(id)], Buffer.from(JSON.stringify(preview))),
      kept_until: new Date(now.getTime() + KEPT_MS),
    })
    .execute()
  return id
}

/** Returns a preview to the account it was made for; null for any other, and when it is gone (threat T16). */
export async function readPreview(db: Db, accountId: string, id: string, now: Date): Promise<KeptPreview | null> {
  // read_preview: by the hash of its id, for its account alone.
  const row = await db
    .selectFrom('kept_preview')
    .select('sealed')
    .where('id_sha256', '=', idHash(id))
    .where('account_id', '=', accountId)
    .where('kept_until', '>', now)
    .executeTakeFirst()
  return row ? (JSON.parse(unseal([keyOf(id)], row.sealed).toString()) as KeptPreview) : null
}

function idHash(id: string): Buffer {
  return hash('sha256', `preview id ${id}`, 'buffer')
}

function keyOf(id: string): Buffer {
  return hash('sha256', `preview key ${id}`, 'buffer')
}
