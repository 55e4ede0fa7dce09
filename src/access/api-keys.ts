// API keys: made once and shown once; afterwards there is only their hash.
import { hash } from 'node:crypto'
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import { systemRandom, type Random } from '../core/ids.ts'
import { recordAct } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import type { Permission, Role } from './roles.ts'
import { effectiveScopes, requireScopes } from './scopes.ts'

/** Makes a key that leaked into a public place recognisable to those who look for such things. */
const PREFIX = 'rck_'
const KEY = /^rck_[A-Za-z0-9_-]{43}$/
const LONGEST_NAME = 80

/** Who is behind a key, and what it may do now. */
export interface KeyHolder {
  keyId: string
  keyName: string
  accountId: string
  accountName: string
  role: Role
  scopes: ReadonlySet<Permission>
  expiresAt: Date | null
}

export interface NewKey {
  name: string
  /** The account that it acts for. */
  owner: { id: string; role: Role }
  scopes: readonly string[]
  /** Null: it does not end by itself. */
  expiresAt: Date | null
  actor: string
  now: Date
  random?: Random
}

/** Makes a key and returns it: 256 random bits, to be shown once. Throws `bad_key_name`, `bad_expiry`, `bad_scope`. */
export async function makeKey(db: Db, wish: NewKey): Promise<{ id: string; key: string }> {
  const { owner, actor, now, expiresAt, random = systemRandom } = wish
  const name = requireName(wish.name)
  const scopes = requireScopes(wish.scopes, owner.role)
  if (expiresAt !== null && expiresAt <= now)
    throw new RollcallError('bad_expiry', 'the key would have ended already', {
      hint: 'choose a later day',
      kind: 'usage',
    })
  const key = PREFIX + random(32).toString('base64url')
  return db.transaction().execute(async (tx) => {
    // make_key: the hash alone.
    const { id } = await tx
      .insertInto('api_key')
      .values({
        key_sha256: digest(key),
        hint: key.slice(-4),
        name,
        owner: owner.id,
        scopes,
        made_at: now,
        made_by: actor,
        expires_at: expiresAt,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await recordAct(tx, {
      actor,
      act: 'make API key',
      object: `api-key/${id}`,
      after: JSON.stringify({ owner: owner.id, scopes }),
    })
    return { id, key }
  })
}

/** Returns who is behind a key, or null for one that is unknown, revoked or past its day, or whose owner is disabled. Notes the day of its use. */
export async function findKey(db: Db, token: string, now: Date): Promise<KeyHolder | null> {
  if (!KEY.test(token)) return null
  // find_key: looked up by its hash, so that no comparison tells how much of a guess was right.
  const { rows } = await sql<Omit<KeyHolder, 'scopes'> & { scopes: string[]; usedToday: boolean }>`
    SELECT k.id AS "keyId", k.name AS "keyName", a.id AS "accountId", a.name AS "accountName", a.role, k.scopes, k.expires_at AS "expiresAt",
      k.last_used_on IS NOT DISTINCT FROM (${now}::timestamptz AT TIME ZONE 'UTC')::date AS "usedToday"
    FROM api_key k JOIN account a ON a.id = k.owner
    WHERE k.key_sha256 = ${digest(token)} AND k.revoked_at IS NULL AND a.disabled_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > ${now})`.execute(db)
  const row = rows[0]
  if (row === undefined) return null
  const { usedToday, ...holder } = row
  if (!usedToday) await noteUse(db, holder.keyId, now)
  return { ...holder, scopes: effectiveScopes(holder.scopes, holder.role) }
}

async function noteUse(db: Db, id: string, now: Date): Promise<void> {
  // note_use: one write a day.
  await sql`UPDATE api_key SET last_used_on = (${now}::timestamptz AT TIME ZONE 'UTC')::date WHERE id = ${id}`.execute(
    db,
  )
}

export interface ListedKey {
  id: string
  name: string
  hint: string
  ownerName: string
  scopes: string[]
  /** Those of them that its owner still may. */
  working: ReadonlySet<Permission>
  madeAt: Date
  madeBy: string
  expiresAt: Date | null
  /** YYYY-MM-DD. */
  lastUsedOn: string | null
  revokedAt: Date | null
  revokedBy: string | null
  state: 'works' | 'expired' | 'revoked' | 'owner disabled'
}

/** Returns the keys, the newest first; those that work before those that do not. */
export async function listKeys(db: Db, now: Date): Promise<ListedKey[]> {
  // list_keys: there are a few.
  const { rows } = await sql<Omit<ListedKey, 'working'> & { role: Role }>`
    SELECT k.id, k.name, k.hint, a.name AS "ownerName", a.role, k.scopes, k.made_at AS "madeAt", k.made_by AS "madeBy",
      k.expires_at AS "expiresAt", k.last_used_on AS "lastUsedOn", k.revoked_at AS "revokedAt", k.revoked_by AS "revokedBy",
      CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= ${now} THEN 'expired'
           WHEN a.disabled_at IS NOT NULL THEN 'owner disabled' ELSE 'works' END AS state
    FROM api_key k JOIN account a ON a.id = k.owner
    ORDER BY (k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ${now})) DESC, k.id DESC`.execute(db)
  return rows.map(({ role, ...key }) => ({ ...key, working: effectiveScopes(key.scopes, role) }))
}

/** Ends a key at once and for ever. Throws `no_key`; one that was revoked before stays as it is. */
export async function revokeKey(db: Db, id: string, actor: string, now: Date): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // revoke_key: the first who does it is on record.
    const row = await tx
      .updateTable('api_key')
      .set((eb) => ({
        revoked_at: eb.fn.coalesce('revoked_at', eb.val(now)),
        revoked_by: eb.fn.coalesce('revoked_by', eb.val(actor)),
      }))
      .where('id', '=', /^\d{1,18}$/.test(id) ? id : '0')
      .returning('id')
      .executeTakeFirst()
    if (!row)
      throw new RollcallError('no_key', `there is no API key "${id}"`, {
        hint: 'the list shows them all',
        kind: 'usage',
      })
    await recordAct(tx, { actor, act: 'revoke API key', object: `api-key/${id}` })
  })
}

function requireName(text: string): string {
  const name = text.trim()
  if (name !== '' && name.length <= LONGEST_NAME && !/\p{Cc}/u.test(name)) return name
  throw new RollcallError('bad_key_name', 'a key needs a name of up to 80 characters', {
    hint: 'say which program it is for, for example "nightly import"',
    kind: 'usage',
  })
}

function digest(key: string): Buffer {
  return hash('sha256', key, 'buffer')
}
