// Returned mails as they came: kept before anything else happens to them. The retention removes their bytes.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

type MailSource = 'smtp' | 'cli' | 'imap'

export interface ArrivedMail {
  bytes: Buffer
  /** RCPT TO of the server that brought it; null where nobody knows. */
  envelopeTo: string | null
  source: MailSource
}

export interface KeptMail {
  id: string
  bytes: Buffer
  envelopeTo: string | null
  receivedAt: Date
}

/** No more of a mail is ever looked at. */
const MOST_BYTES = 500_000

/** Keeps the mail for `keepDays` and returns its id and whether it is new. The same bytes for the same recipient are the same mail. */
export async function keepMail(
  db: Db,
  { bytes, envelopeTo, source }: ArrivedMail,
  keepDays: number,
): Promise<{ id: string; isNew: boolean }> {
  const sha256 = createHash('sha256')
    .update(`${envelopeTo ?? ''}\0`)
    .update(bytes)
    .digest()
  // keep_mail: whoever brings it second finds the first.
  const { rows } = await sql<{ id: string }>`
    INSERT INTO feedback_mail (sha256, source, envelope_to, raw, raw_until, received_at)
    VALUES (${sha256}, ${source}, ${envelopeTo}, ${bytes.subarray(0, MOST_BYTES)}, now() + make_interval(days => ${keepDays}), clock_timestamp())
    ON CONFLICT (sha256) DO NOTHING RETURNING id`.execute(db)
  const [kept] = rows
  if (kept !== undefined) return { id: kept.id, isNew: true }
  // known_mail: the one that came first.
  const known = await db.selectFrom('feedback_mail').select('id').where('sha256', '=', sha256).executeTakeFirstOrThrow()
  return { id: known.id, isNew: false }
}

/** Returns the mail, locked for the caller's transaction; null when it is read already, or somebody else reads it. */
export async function takeMail(db: Db, id: string): Promise<KeptMail | null> {
  // take_mail: two processes never apply one mail.
  const { rows } = await sql<KeptMail>`
    SELECT id, raw AS bytes, envelope_to AS "envelopeTo", received_at AS "receivedAt"
    FROM feedback_mail WHERE id = ${id} AND applied_at IS NULL FOR UPDATE SKIP LOCKED`.execute(db)
  return rows[0] ?? null
}

/** Notes that all reports of the mail are applied. */
export async function markApplied(db: Db, id: string): Promise<void> {
  // mark_applied: in the transaction of what was applied.
  await sql`UPDATE feedback_mail SET applied_at = clock_timestamp() WHERE id = ${id}`.execute(db)
}

/** Returns up to `limit` ids of mails that are stored and still to be read, the oldest first. */
export async function waitingMails(db: Db, after: string, limit: number): Promise<string[]> {
  // waiting_mails: by the small index.
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM feedback_mail WHERE applied_at IS NULL AND id > ${after} ORDER BY id LIMIT ${limit}::int`.execute(db)
  return rows.map((row) => row.id)
}
