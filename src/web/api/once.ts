// A POST happens once: its Idempotency-Key stands for it, and a repetition gets the answer of the first.
import type { Context } from 'hono'
import { keepAnswer, releaseCall, reserveCall, type CallName, type KeptAnswer } from '../../access/idempotency.ts'
import type { Db } from '../../store/connect.ts'
import { Refused } from './problem.ts'

/** The draft writes a quoted string; nearly everybody sends it bare. Both are the same key. */
const KEY = /^(?:"([\x20-\x21\x23-\x7E]{1,255})"|([\x21\x23-\x7E]{1,255}))$/

export interface Answer {
  status: number
  contentType: string
  body: string
}

interface Once {
  db: Db
  keyId: string
  operation: string
  /** Whether the answer may be kept. */
  isPersonal: boolean
  digest: () => Promise<Buffer>
}

/**
 * Does the work unless a request with the same key has done it, and returns the answer, with whether it is a repeated one.
 * Only success is kept: what was refused may be tried again under the same key.
 */
export async function once(
  c: Context,
  { db, keyId, operation, isPersonal, digest }: Once,
  work: () => Promise<Answer>,
): Promise<Answer & { isRepeated: boolean }> {
  const call: CallName = { keyId, idempotencyKey: keyOf(c), operation }
  const reserved = await reserveCall(db, call)
  if (reserved.kind === 'busy') {
    throw new Refused({
      status: 409,
      code: 'call_in_progress',
      detail: 'another request with this Idempotency-Key is at work',
      hint: 'wait for its answer, or ask again in a while',
      headers: { 'Retry-After': '1' },
    })
  }
  if (reserved.kind === 'answered') return { ...(await repeated(reserved.answer, operation, digest)), isRepeated: true }
  const { fence } = reserved
  try {
    const answer = await work()
    const { status, contentType, body } = answer
    await keepAnswer(db, call, fence, {
      requestSha256: await digest(),
      status,
      contentType,
      body: isPersonal ? null : body,
    })
    return { ...answer, isRepeated: false }
  } catch (error) {
    await releaseCall(db, call, fence)
    throw error
  }
}

function keyOf(c: Context): string {
  const given = c.req.header('idempotency-key')
  const [, quoted, bare] = KEY.exec(given ?? '') ?? []
  const key = quoted ?? bare
  if (key !== undefined) return key
  throw new Refused({
    status: given === undefined ? 400 : 422,
    code: 'idempotency_key',
    detail:
      given === undefined
        ? 'a POST needs an Idempotency-Key'
        : 'the Idempotency-Key is not 1 to 255 printable ASCII characters',
    hint: 'make a new random key for each thing that is to be done, and send the same one when you try again',
  })
}

async function repeated(kept: KeptAnswer, operation: string, digest: () => Promise<Buffer>): Promise<Answer> {
  if (kept.operation !== operation || !kept.requestSha256.equals(await digest())) {
    throw new Refused({
      status: 422,
      code: 'idempotency_key_reused',
      detail: 'this Idempotency-Key was used for another request',
      hint: 'make a new key for each thing that is to be done',
    })
  }
  if (kept.body === null || kept.contentType === null) {
    throw new Refused({
      status: 409,
      code: 'answer_not_kept',
      detail: 'this was done; its answer held personal data and was not kept',
      hint: 'use a new Idempotency-Key to do it again',
    })
  }
  return { status: kept.status, contentType: kept.contentType, body: kept.body }
}
