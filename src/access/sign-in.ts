// Signing in: a password, then a code where one is asked for. What is wrong is said alike for known and unknown people (threat T17).
import { createHmac } from 'node:crypto'
import type { Db } from '../store/connect.ts'
import { findCredentials, lacksSecondFactor, spendRecoveryCode, spendStep, type Credentials } from './accounts.ts'
import { countTry, forgetTries, triedKey, type TriedKey } from './failed-tries.ts'
import { isPassword, NOBODY } from './passwords.ts'
import { unseal, type SealKeys } from './sealed.ts'
import { recoveryHash, stepOf } from './second-factor.ts'
import { openSession, type Stage } from './sessions.ts'

/** What tries are judged with. */
export interface Door {
  db: Db
  seals: SealKeys
  now: Date
}

/** Where a try comes from. */
export interface Visitor {
  /** The network it comes from; '' when unknown. */
  network: string
  /** The token of a browser that this person was signed in with before; '' for none. */
  knownBrowser: string
  /** What the browser calls itself. */
  browser: string
}

export type Entered =
  | { kind: 'in'; token: string; stage: Stage; accountId: string }
  | { kind: 'wrong' }
  /** Too many wrong tries: nothing was judged. */
  | { kind: 'wait'; seconds: number }

/** Judges an address and a password, and opens a session for what is right. */
export async function enterPassword(
  { db, seals, now }: Door,
  { email, password }: { email: string; password: string },
  visitor: Visitor,
): Promise<Entered> {
  const tried = triesOf(seals, email, visitor)
  const seconds = await countTries(db, tried, now)
  if (seconds > 0) return { kind: 'wait', seconds }
  const account = await findCredentials(db, { email })
  // The same slow work whether or not somebody has this address.
  const isRight = await isPassword(password, account?.passwordHash ?? NOBODY)
  if (account === null || !isRight || account.isDisabled) return { kind: 'wrong' }
  const stage: Stage = account.hasSecondFactor ? 'code' : lacksSecondFactor(account) ? 'enrolment' : 'whole'
  // With a code still to come the tries go on counting: the password alone opens nothing.
  if (stage !== 'code') await forgetTries(db, tried)
  return {
    kind: 'in',
    token: await openSession(db, account.id, stage, visitor.browser, now),
    stage,
    accountId: account.id,
  }
}

/** Judges the code of an app or a recovery code, and opens the whole session. The caller closes the one at hand. */
export async function enterCode(
  { db, seals, now }: Door,
  accountId: string,
  code: string,
  visitor: Visitor,
): Promise<Entered> {
  const account = await findCredentials(db, { id: accountId })
  if (account === null || account.totpSecret === null) return { kind: 'wrong' }
  const tried = triesOf(seals, account.email, visitor)
  const seconds = await countTries(db, tried, now)
  if (seconds > 0) return { kind: 'wait', seconds }
  if (!(await isCode({ db, seals, now }, account, account.totpSecret, code))) return { kind: 'wrong' }
  await forgetTries(db, tried)
  return {
    kind: 'in',
    token: await openSession(db, accountId, 'whole', visitor.browser, now),
    stage: 'whole',
    accountId,
  }
}

async function isCode({ db, seals, now }: Door, account: Credentials, sealed: Buffer, code: string): Promise<boolean> {
  const step = stepOf(unseal(seals, sealed), code, now, account.totpStep)
  if (step !== null) return await spendStep(db, account.id, step)
  return await spendRecoveryCode(db, account.id, recoveryHash(code))
}

/** A browser that was let in before has tries of its own, so that strangers cannot keep the owner out. */
function triesOf(seals: SealKeys, email: string, { network, knownBrowser }: Visitor): TriedKey[] {
  const key = oldestKey(seals)
  return [
    triedKey(key, knownBrowser === browserToken(seals, email) ? 'browser' : 'account', email),
    ...(network === '' ? [] : [triedKey(key, 'network', network)]),
  ]
}

async function countTries(db: Db, tried: readonly TriedKey[], now: Date): Promise<number> {
  let longest = 0
  for (const each of tried) longest = Math.max(longest, await countTry(db, each, now))
  return longest
}

/** Returns the token by which a browser is known again as one that this person was signed in with. It opens nothing. */
export function browserToken(seals: SealKeys, email: string): string {
  return createHmac('sha256', oldestKey(seals)).update(`known browser\n${email}`).digest('base64url')
}

function oldestKey(seals: SealKeys): Buffer {
  return seals.at(-1) ?? Buffer.alloc(0)
}
