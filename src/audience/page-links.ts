// Links that go to a mailbox and do one thing once: SQL for the page_link table.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { systemRandom, type Random } from '../core/ids.ts'
import type { Db } from '../store/connect.ts'

/** What following a link and pressing its button does. */
type LinkAct = 'undo' | 'edit' | 'new_address' | 'join' | 'refuse_forwards'

/** How long a link works, in minutes; null: for ever, as an opt-out must. */
const LIFETIME: Readonly<Record<LinkAct, number | null>> = {
  undo: 30,
  edit: 30,
  new_address: 30,
  join: 24 * 60,
  refuse_forwards: null,
}

export interface NewLink {
  act: LinkAct
  /** Of the mailbox that it goes to. */
  addressKey: Buffer
  /** Null: nobody yet (`join`, `refuse_forwards`). */
  subscriberId: string | null
  /** What it is to do; gone when it has been done. */
  detail?: Readonly<Record<string, string>>
}

export interface PageLink {
  act: LinkAct
  addressKey: Buffer
  subscriberId: string | null
  detail: Readonly<Record<string, string>>
}

const TOKEN_BYTES = 18 // 144 bits, 24 letters

/** Returns the token of a new link; only its hash is kept. What expired a day ago is cleared away on the occasion. */
export async function issueLink(db: Db, link: NewLink, now: Date, random: Random = systemRandom): Promise<string> {
  const token = random(TOKEN_BYTES).toString('base64url')
  const minutes = LIFETIME[link.act]
  // issue_link: what is long over → the new one.
  await sql`
    WITH over AS (
      DELETE FROM page_link WHERE expires_at < ${now}::timestamptz - interval '1 day'
    )
    INSERT INTO page_link (token_sha256, act, address_key, subscriber_id, detail, made_at, expires_at)
    VALUES (${hashOf(token)}, ${link.act}, ${link.addressKey}, ${link.subscriberId}::bigint, ${JSON.stringify(link.detail ?? {})}::jsonb,
      ${now}, ${minutes === null ? null : new Date(now.getTime() + minutes * 60_000)}::timestamptz)`.execute(db)
  return token
}

/** Returns the link of a token that still works, or null: unknown, used and expired ones look alike (threat T9). */
export async function findLink(db: Db, token: string, now: Date): Promise<PageLink | null> {
  // find_link: by the hash, so that nothing that was guessed is compared.
  const { rows } = await sql<PageLink>`
    SELECT act, address_key AS "addressKey", subscriber_id AS "subscriberId", detail
    FROM page_link WHERE token_sha256 = ${hashOf(token)} AND used_at IS NULL AND (expires_at IS NULL OR expires_at > ${now})`.execute(
    db,
  )
  return rows[0] ?? null
}

/** Uses a link up and returns what it was, or null when somebody was faster. A link without an end stays. */
export async function spendLink(db: Db, token: string, now: Date): Promise<PageLink | null> {
  // spend_link: the row lock lets one of two clicks through.
  const { rows } = await sql<PageLink>`
    WITH live AS (
      SELECT * FROM page_link WHERE token_sha256 = ${hashOf(token)} AND used_at IS NULL AND (expires_at IS NULL OR expires_at > ${now}) FOR UPDATE
    ), spent AS (
      UPDATE page_link l SET used_at = ${now}, detail = '{}' FROM live WHERE l.token_sha256 = live.token_sha256 AND live.expires_at IS NOT NULL
    )
    SELECT act, address_key AS "addressKey", subscriber_id AS "subscriberId", detail FROM live`.execute(db)
  return rows[0] ?? null
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
