// Links that let somebody in once: an invitation to the team, or a new password. SQL for the account_link table.
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import { recordAct } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import { findCredentials, insertAccount, replacePassword } from './accounts.ts'
import { hashPassword } from './passwords.ts'
import type { Role } from './roles.ts'
import { newToken, tokenHash } from './secret-token.ts'

const INVITATION_DAYS = 7
const RESET_MINUTES = 30

/** Invites somebody and returns the token of the link. An earlier invitation of the address is void. Throws `email_taken`. */
export async function invite(
  db: Db,
  { email, role }: { email: string; role: Role },
  actor: string,
  now: Date,
): Promise<string> {
  const token = newToken()
  await db.transaction().execute(async (tx) => {
    if (await findCredentials(tx, { email })) {
      throw new RollcallError('email_taken', `${email} has an account already`, {
        hint: 'change its role instead',
        kind: 'usage',
      })
    }
    // One open invitation an address.
    await tx
      .deleteFrom('account_link')
      .where('kind', '=', 'invitation')
      .where('email', '=', email)
      .where('used_at', 'is', null)
      .execute()
    // The new one.
    await tx
      .insertInto('account_link')
      .values({
        token_sha256: tokenHash(token),
        kind: 'invitation',
        email,
        role,
        made_by: actor,
        made_at: now,
        expires_at: new Date(now.getTime() + INVITATION_DAYS * 86_400_000),
      })
      .execute()
    await recordAct(tx, { actor, act: 'invite', object: `account/new`, reason: role, after: email })
  })
  return token
}

export interface Invitation {
  id: string
  email: string
  role: Role
  madeBy: string
  expiresAt: Date
}

/** Returns the invitations nobody has taken up yet, those that have expired included. */
export async function openInvitations(db: Db): Promise<Invitation[]> {
  // open_invitations: few.
  const { rows } = await sql<Invitation>`
    SELECT left(encode(token_sha256, 'hex'), 16) AS id, email, role, made_by AS "madeBy", expires_at AS "expiresAt"
    FROM account_link WHERE kind = 'invitation' AND used_at IS NULL ORDER BY made_at DESC`.execute(db)
  return rows
}

/** Takes an invitation back; false when there is none of that name. */
export async function withdrawInvitation(db: Db, id: string, actor: string): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    // withdraw_invitation: only while it is open.
    const { numAffectedRows } = await sql`
      DELETE FROM account_link WHERE kind = 'invitation' AND used_at IS NULL AND left(encode(token_sha256, 'hex'), 16) = ${id}`.execute(
      tx,
    )
    if (numAffectedRows === 0n) return false
    await recordAct(tx, { actor, act: 'withdraw invitation', object: 'account/new' })
    return true
  })
}

/** Returns whom an invitation is for; null when it is used, expired or none. */
export async function findInvitation(db: Db, token: string, now: Date): Promise<{ email: string; role: Role } | null> {
  // find_invitation: by key.
  const { rows } = await sql<{ email: string; role: Role }>`
    SELECT email, role FROM account_link
    WHERE token_sha256 = ${tokenHash(token)} AND kind = 'invitation' AND used_at IS NULL AND expires_at > ${now}`.execute(
    db,
  )
  return rows[0] ?? null
}

/** Makes the invited account and returns its id; null when the invitation is no good (any more). */
export async function acceptInvitation(
  db: Db,
  token: string,
  person: { name: string; password: string },
  now: Date,
): Promise<string | null> {
  const passwordHash = await hashPassword(person.password)
  return await db.transaction().execute(async (tx) => {
    const invitation = await findInvitation(tx, token, now)
    if (invitation === null || !(await useLink(tx, token, 'invitation', now))) return null
    return await insertAccount(tx, { ...invitation, name: person.name }, passwordHash, 'invitation', now)
  })
}

/** Returns the token of a link for a new password and who asked; null when nobody has the address: the page says the same. */
export async function askReset(db: Db, email: string, now: Date): Promise<{ token: string; name: string } | null> {
  const account = await findCredentials(db, { email })
  if (account === null || account.isDisabled) return null
  const token = newToken()
  // Earlier links stay good until one is used or they expire: mails arrive out of order.
  await db
    .insertInto('account_link')
    .values({
      token_sha256: tokenHash(token),
      kind: 'reset',
      account_id: account.id,
      made_by: 'sign-in page',
      made_at: now,
      expires_at: new Date(now.getTime() + RESET_MINUTES * 60_000),
    })
    .execute()
  return { token, name: account.name }
}

/** Returns whose password the link may set; null when it is used, expired or none. */
export async function findReset(
  db: Db,
  token: string,
  now: Date,
): Promise<{ accountId: string; email: string; name: string } | null> {
  // find_reset: by key.
  const { rows } = await sql<{ accountId: string; email: string; name: string }>`
    SELECT a.id AS "accountId", a.email, a.name FROM account_link l JOIN account a ON a.id = l.account_id
    WHERE l.token_sha256 = ${tokenHash(token)} AND l.kind = 'reset' AND l.used_at IS NULL AND l.expires_at > ${now} AND a.disabled_at IS NULL`.execute(
    db,
  )
  return rows[0] ?? null
}

/** Sets the new password, once; every session and every other reset link of the account ends. Returns whose it was, or null. */
export async function useReset(
  db: Db,
  token: string,
  password: string,
  now: Date,
): Promise<{ accountId: string; email: string } | null> {
  const passwordHash = await hashPassword(password)
  return await db.transaction().execute(async (tx) => {
    const reset = await findReset(tx, token, now)
    if (reset === null || !(await useLink(tx, token, 'reset', now))) return null
    await replacePassword(tx, reset.accountId, passwordHash, 'reset link')
    // The others would let whoever has them in.
    await tx.deleteFrom('account_link').where('account_id', '=', reset.accountId).where('used_at', 'is', null).execute()
    return reset
  })
}

async function useLink(tx: Db, token: string, kind: 'invitation' | 'reset', now: Date): Promise<boolean> {
  // use_link: of two clicks one is the first.
  const { numUpdatedRows } = await tx
    .updateTable('account_link')
    .set({ used_at: now })
    .where('token_sha256', '=', tokenHash(token))
    .where('kind', '=', kind)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
