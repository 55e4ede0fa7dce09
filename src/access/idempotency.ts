// Calls that must not happen twice (Idempotency-Key): reserved before the work, answered after it, and the answer given again.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

/** Longer than any call takes; after it, the call of a process that died may be made anew. */
const LEASE_MINUTES = 30
const KEPT_HOURS = 24

export interface CallName {
  keyId: string
  idempotencyKey: string
  operation: string
}

export interface KeptAnswer {
  requestSha256: Buffer
  operation: string
  status: number
  contentType: string | null
  /** Null: it held personal data and was not kept. */
  body: string | null
}

export type Reservation =
  /** Nobody has made this call: do it, then `keepAnswer` or `releaseCall`. */
  | { kind: 'yours'; fence: string }
  /** Another request with this key is at work. */
  | { kind: 'busy' }
  | { kind: 'answered'; answer: KeptAnswer }

/** Takes the call for this request, or returns what has become of it. */
export async function reserveCall(db: Db, { keyId, idempotencyKey, operation }: CallName): Promise<Reservation> {
  const fence = randomUUID()
  // reserve_call: the primary key decides between two; one that is a day old, or whose process died, is taken over.
  const { numAffectedRows = 0n } = await sql`
    INSERT INTO api_call AS c (key_id, idempotency_key, operation, lease_until, fence)
    VALUES (${keyId}, ${idempotencyKey}, ${operation}, now() + make_interval(mins => ${LEASE_MINUTES}), ${fence})
    ON CONFLICT (key_id, idempotency_key) DO UPDATE SET
      operation = excluded.operation, lease_until = excluded.lease_until, fence = excluded.fence, made_at = now(),
      request_sha256 = NULL, status = NULL, content_type = NULL, body = NULL, answered_at = NULL
    WHERE CASE WHEN c.answered_at IS NULL THEN c.lease_until < now()
               ELSE c.answered_at < now() - make_interval(hours => ${KEPT_HOURS}) END`.execute(db)
  if (numAffectedRows === 1n) return { kind: 'yours', fence }
  // What the other one answered, if it has.
  const row = await db
    .selectFrom('api_call')
    .select(['request_sha256', 'operation', 'status', 'content_type', 'body'])
    .where('key_id', '=', keyId)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()
  // Gone since: it failed, and may be tried again; whoever asks again finds it free.
  if (row === undefined || row.status === null || row.request_sha256 === null) return { kind: 'busy' }
  const { request_sha256: requestSha256, operation: earlier, status, content_type: contentType, body } = row
  return { kind: 'answered', answer: { requestSha256, operation: earlier, status, contentType, body } }
}

/** Keeps the answer of a call that was ours. */
export async function keepAnswer(
  db: Db,
  call: CallName,
  fence: string,
  answer: Omit<KeptAnswer, 'operation'>,
): Promise<void> {
  // keep_answer: unless somebody took the call over.
  await db
    .updateTable('api_call')
    .set({
      request_sha256: answer.requestSha256,
      status: answer.status,
      content_type: answer.contentType,
      body: answer.body,
      answered_at: sql<Date>`now()`,
    })
    .where('key_id', '=', call.keyId)
    .where('idempotency_key', '=', call.idempotencyKey)
    .where('fence', '=', fence)
    .execute()
}

/** Gives up a call that came to nothing: the same key may be used again. */
export async function releaseCall(db: Db, call: CallName, fence: string): Promise<void> {
  // release_call: only while it is ours.
  await db
    .deleteFrom('api_call')
    .where('key_id', '=', call.keyId)
    .where('idempotency_key', '=', call.idempotencyKey)
    .where('fence', '=', fence)
    .where('answered_at', 'is', null)
    .execute()
}
