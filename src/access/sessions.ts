// Who is signed in, and with which browser: SQL for the session table.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import type { Account } from './account.ts'
import type { Role } from './roles.ts'
import { newToken, tokenHash } from './secret-token.ts'

/** What is still missing before somebody is in: a code, a second factor at all, or nothing. */
export type Stage = 'code' | 'enrolment' | 'whole'

export interface Session {
  tokenHash: Buffer
  stage: Stage
  account: Account
  /** What the next page says once. */
  notice: string | null
}

const WHOLE_HOURS = 12
const UNFINISHED_MINUTES = 15
const IDLE_HOURS = 3
/** A page a minute writes the row once a minute. */
const SEEN_EVERY_S = 60

/** Opens a session and returns its token, for a cookie. */
export async function openSession(
  db: Db,
  accountId: string,
  stage: Stage,
  browser: string,
  now: Date,
): Promise<string> {
  const token = newToken()
  const minutes = stage === 'whole' ? WHOLE_HOURS * 60 : UNFINISHED_MINUTES
  // One browser.
  await db
    .insertInto('session')
    .values({
      token_sha256: tokenHash(token),
      account_id: accountId,
      stage,
      browser: browser.replace(/[^\x20-\x7e]/g, '').slice(0, 60),
      made_at: now,
      seen_at: now,
      expires_at: new Date(now.getTime() + minutes * 60_000),
    })
    .execute()
  return token
}

/** Returns the session of a token, or null when it has ended or its account is shut. */
export async function findSession(db: Db, token: string, now: Date): Promise<Session | null> {
  // find_session: by key, with who it is.
  const { rows } = await sql<{
    stage: Stage
    notice: string | null
    seenAt: Date
    id: string
    email: string
    name: string
    role: Role
    hasSecondFactor: boolean
  }>`
    SELECT s.stage, s.notice, s.seen_at AS "seenAt", a.id, a.email, a.name, a.role, a.totp_since IS NOT NULL AS "hasSecondFactor"
    FROM session s JOIN account a ON a.id = s.account_id
    WHERE s.token_sha256 = ${tokenHash(token)} AND s.expires_at > ${now} AND a.disabled_at IS NULL
      AND s.seen_at > ${now}::timestamptz - make_interval(hours => ${IDLE_HOURS})`.execute(db)
  const row = rows[0]
  if (!row) return null
  const { stage, notice, seenAt, ...account } = row
  const found = { tokenHash: tokenHash(token), stage, notice, account: { ...account, isDisabled: false } }
  if (now.getTime() - seenAt.getTime() > SEEN_EVERY_S * 1000 || notice !== null) await touch(db, found.tokenHash, now)
  return found
}

async function touch(db: Db, token: Buffer, now: Date): Promise<void> {
  // It is in use, and its notice is being read.
  await db.updateTable('session').set({ seen_at: now, notice: null }).where('token_sha256', '=', token).execute()
}

/** Leaves a sentence for the next page. */
export async function leaveNotice(db: Db, session: Pick<Session, 'tokenHash'>, notice: string): Promise<void> {
  // Read once.
  await db
    .updateTable('session')
    .set({ notice: notice.slice(0, 500) })
    .where('token_sha256', '=', session.tokenHash)
    .execute()
}

/** Ends one session. */
export async function closeSession(db: Db, token: Buffer): Promise<void> {
  // Signed out.
  await db.deleteFrom('session').where('token_sha256', '=', token).execute()
}

export interface OpenSession {
  /** The first characters of the hash: enough to name it, useless to be it. */
  id: string
  browser: string
  madeAt: Date
  seenAt: Date
  isThisOne: boolean
}

/** Returns the sessions of an account, the latest first. */
export async function listSessions(db: Db, accountId: string, here: Buffer, now: Date): Promise<OpenSession[]> {
  // list_sessions: one person's browsers.
  const { rows } = await sql<OpenSession>`
    SELECT left(encode(token_sha256, 'hex'), 16) AS id, browser, made_at AS "madeAt", seen_at AS "seenAt", token_sha256 = ${here} AS "isThisOne"
    FROM session WHERE account_id = ${accountId} AND stage = 'whole' AND expires_at > ${now} ORDER BY seen_at DESC`.execute(
    db,
  )
  return rows
}

/** Ends the session of that name if it belongs to the account; false when it does not (threat T16). */
export async function endSession(db: Db, accountId: string, id: string): Promise<boolean> {
  // end_session: within one account only.
  const { numAffectedRows } = await sql`
    DELETE FROM session WHERE account_id = ${accountId} AND left(encode(token_sha256, 'hex'), 16) = ${id}`.execute(db)
  return numAffectedRows === 1n
}

/** Ends every other session of an account. */
export async function endOtherSessions(db: Db, accountId: string, here: Buffer): Promise<void> {
  // All browsers but this one.
  await db.deleteFrom('session').where('account_id', '=', accountId).where('token_sha256', '<>', here).execute()
}
