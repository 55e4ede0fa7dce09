// The accounts of the staff: SQL for the account table.
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import { recordAct } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import type { Account } from './account.ts'
import { hashPassword } from './passwords.ts'
import { needsSecondFactor, type Role } from './roles.ts'

/** An account with what proves who somebody is. */
export interface Credentials extends Account {
  passwordHash: string
  totpSecret: Buffer | null
  totpStep: number | null
  recoveryCodes: readonly Buffer[]
}

export interface NewAccount {
  email: string
  name: string
  role: Role
  password: string
}

/** Returns whether nobody has an account yet: the first visit makes the admin. */
export async function isUnclaimed(db: Db): Promise<boolean> {
  // Any account at all.
  return (await db.selectFrom('account').select('id').limit(1).executeTakeFirst()) === undefined
}

/** Makes the first account, an admin, and returns its id; null when somebody was faster. */
export async function claimInstallation(db: Db, person: Omit<NewAccount, 'role'>, now: Date): Promise<string | null> {
  const passwordHash = await hashPassword(person.password)
  return await db.transaction().execute(async (tx) => {
    // claim: of two first visits one is first.
    await sql`SELECT pg_advisory_xact_lock(hashtext('rollcall first account'))`.execute(tx)
    if (!(await isUnclaimed(tx))) return null
    return await insertAccount(tx, { ...person, role: 'admin' }, passwordHash, 'first visit', now)
  })
}

/** Makes an account, in the caller's transaction, and returns its id. Throws `email_taken`. */
export async function insertAccount(
  tx: Db,
  person: Omit<NewAccount, 'password'>,
  passwordHash: string,
  actor: string,
  now: Date,
): Promise<string> {
  // One account for one address.
  const row = await tx
    .insertInto('account')
    .values({
      email: person.email,
      name: person.name,
      role: person.role,
      password_hash: passwordHash,
      made_at: now,
      made_by: actor,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (row === undefined) {
    throw new RollcallError('email_taken', `${person.email} has an account already`, {
      hint: 'sign in, or ask for a new password',
      kind: 'usage',
    })
  }
  await recordAct(tx, { actor, act: 'make account', object: `account/${row.id}`, reason: person.role })
  return row.id
}

function selectAccounts(db: Db) {
  return db
    .selectFrom('account')
    .select(['id', 'email', 'name', 'role'])
    .select(sql<boolean>`totp_since IS NOT NULL`.as('hasSecondFactor'))
    .select(sql<boolean>`disabled_at IS NOT NULL`.as('isDisabled'))
}

/** Returns everyone, in the order they came. */
export function listAccounts(db: Db): Promise<Account[]> {
  // All accounts: a team, not a list of subscribers.
  return selectAccounts(db).orderBy('id').execute()
}

/** Returns the account, or throws `no_account`. */
export async function findAccount(db: Db, id: string): Promise<Account> {
  // One account by its id.
  const row = /^\d{1,18}$/.test(id) ? await selectAccounts(db).where('id', '=', id).executeTakeFirst() : undefined
  if (row) return row
  throw new RollcallError('no_account', `there is no account ${id}`, { hint: 'look at the team', kind: 'usage' })
}

/** Returns the account with this address and what proves it, or null. */
export async function findCredentials(db: Db, by: { email: string } | { id: string }): Promise<Credentials | null> {
  // One account with its secrets.
  const row = await selectAccounts(db)
    .select(['password_hash', 'totp_secret', 'totp_step', 'recovery_codes'])
    .where((eb) => ('email' in by ? eb('email', '=', by.email) : eb('id', '=', by.id)))
    .executeTakeFirst()
  if (!row) return null
  const {
    password_hash: passwordHash,
    totp_secret: totpSecret,
    totp_step,
    recovery_codes: recoveryCodes,
    ...account
  } = row
  return {
    ...account,
    passwordHash,
    totpSecret,
    totpStep: totp_step === null ? null : Number(totp_step),
    recoveryCodes,
  }
}

/** Sets a new password and ends every session of the account. */
export async function setPassword(db: Db, id: string, password: string, actor: string): Promise<void> {
  const passwordHash = await hashPassword(password)
  await db.transaction().execute((tx) => replacePassword(tx, id, passwordHash, actor))
}

/** The same in the caller's transaction, with the hash made before. */
export async function replacePassword(tx: Db, id: string, passwordHash: string, actor: string): Promise<void> {
  // The new hash; every browser has to sign in again.
  await tx.updateTable('account').set({ password_hash: passwordHash }).where('id', '=', id).execute()
  await endSessions(tx, id)
  await recordAct(tx, { actor, act: 'set password', object: `account/${id}` })
}

/** Keeps the sealed secret of an enrolment that has begun; it counts once its first code was right. */
export async function beginSecondFactor(db: Db, id: string, sealed: Buffer): Promise<void> {
  // Not while one is in force: that takes `removeSecondFactor` first.
  await db
    .updateTable('account')
    .set({ totp_secret: sealed, totp_step: null })
    .where('id', '=', id)
    .where('totp_since', 'is', null)
    .execute()
}

/** Puts the second factor in force, with its recovery codes; other sessions end. */
export async function confirmSecondFactor(
  db: Db,
  id: string,
  step: number,
  codes: readonly Buffer[],
  now: Date,
  actor: string,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // From now on codes are asked for.
    await tx
      .updateTable('account')
      .set({ totp_since: now, totp_step: String(step), recovery_codes: [...codes] })
      .where('id', '=', id)
      .execute()
    await endSessions(tx, id)
    await recordAct(tx, { actor, act: 'set up second factor', object: `account/${id}` })
  })
}

/** Takes the second factor away, when a phone is lost; sessions end, and a role that needs one sets up a new one next time. */
export async function removeSecondFactor(db: Db, id: string, actor: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // No code is asked for until another is set up.
    await tx
      .updateTable('account')
      .set({ totp_secret: null, totp_since: null, totp_step: null, recovery_codes: [] })
      .where('id', '=', id)
      .execute()
    await endSessions(tx, id)
    await recordAct(tx, { actor, act: 'remove second factor', object: `account/${id}` })
  })
}

/** Marks a time step as used; false when its code, or a later one, was used already. */
export async function spendStep(db: Db, id: string, step: number): Promise<boolean> {
  // spend_step: of two who show the same code one gets in.
  const { numUpdatedRows } = await db
    .updateTable('account')
    .set({ totp_step: String(step) })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('totp_step', 'is', null), eb('totp_step', '<', String(step))]))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Marks a recovery code as used; false when it is none of theirs. */
export async function spendRecoveryCode(db: Db, id: string, code: Buffer): Promise<boolean> {
  // spend_recovery_code: takes it out of the list.
  const { numAffectedRows } = await sql`
    UPDATE account SET recovery_codes = array_remove(recovery_codes, ${code}) WHERE id = ${id} AND ${code} = ANY (recovery_codes)`.execute(
    db,
  )
  return numAffectedRows === 1n
}

/** Changes what somebody may do; sessions end. Throws `last_admin` when nobody would be left who can do it again. */
export async function setRole(db: Db, id: string, role: Role, actor: string): Promise<void> {
  await changeAccount(db, id, { act: 'change role', reason: role, actor }, { role })
}

/** Shuts an account, or opens it again; sessions end. Throws `last_admin`. */
export async function setDisabled(db: Db, id: string, disabledAt: Date | null, actor: string): Promise<void> {
  const act = disabledAt === null ? 'open account' : 'shut account'
  await changeAccount(db, id, { act, reason: '', actor }, { disabled_at: disabledAt })
}

async function changeAccount(
  db: Db,
  id: string,
  { act, reason, actor }: { act: string; reason: string; actor: string },
  change: { role?: Role; disabled_at?: Date | null },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // change_account: admins queue, so that two of them cannot each remove the other.
    await sql`SELECT id FROM account WHERE role = 'admin' ORDER BY id FOR UPDATE`.execute(tx)
    const before = await findAccount(tx, id)
    // The change itself.
    await tx.updateTable('account').set(change).where('id', '=', id).execute()
    // Somebody must be able to let others in.
    const admin = await tx
      .selectFrom('account')
      .select('id')
      .where('role', '=', 'admin')
      .where('disabled_at', 'is', null)
      .limit(1)
      .executeTakeFirst()
    if (admin === undefined) {
      throw new RollcallError('last_admin', `${before.name} is the last admin`, {
        hint: 'make somebody else an admin first',
        kind: 'usage',
      })
    }
    await endSessions(tx, id)
    await recordAct(tx, {
      actor,
      act,
      object: `account/${id}`,
      reason,
      before: JSON.stringify(before),
      after: JSON.stringify(change),
    })
  })
}

/** Changes one's own name. */
export async function setName(db: Db, id: string, name: string): Promise<void> {
  // Earlier acts keep the name they were done under.
  await db.updateTable('account').set({ name }).where('id', '=', id).execute()
}

/** Returns whether this role still lacks its second factor. */
export function lacksSecondFactor(account: Pick<Account, 'role' | 'hasSecondFactor'>): boolean {
  return needsSecondFactor(account.role) && !account.hasSecondFactor
}

async function endSessions(tx: Db, id: string): Promise<void> {
  // Every browser, the one at hand included: it gets a new session (threat T17).
  await tx.deleteFrom('session').where('account_id', '=', id).execute()
}
