// The request desk: who asked for what about their data, by when it is due, and that it was done.
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { recordAct } from '../store/audit-entries.ts'

export type RequestKind = 'export' | 'rectify' | 'erase'

/** An answer is due within a month (GDPR article 12 (3)). */
const DUE_DAYS = 30
const DAY_MS = 86_400_000

export interface DataRequest {
  kind: RequestKind
  addressKey: Buffer
  requestedAt: Date
  /** What staff note; no personal data. */
  note: string
  takenBy: string
}

/** Writes the request down and returns its id and when it is due. */
export async function takeRequest(db: Db, request: DataRequest): Promise<{ id: string; dueAt: Date }> {
  const dueAt = new Date(request.requestedAt.getTime() + DUE_DAYS * DAY_MS)
  // take_request: opened, and in the audit log.
  const { id } = await db
    .insertInto('data_request')
    .values({
      kind: request.kind,
      address_key: request.addressKey,
      requested_at: request.requestedAt,
      due_at: dueAt,
      note: request.note,
      taken_by: request.takenBy,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await recordAct(db, {
    actor: request.takenBy,
    act: `take ${request.kind} request`,
    object: `data-request/${id}`,
    reason: request.note,
  })
  return { id, dueAt }
}

/** Keeps an open request for the caller's transaction. Throws `no_request`, `request_answered`. */
export async function claimRequest(tx: Db, id: string, kind: RequestKind): Promise<void> {
  // claim_request: two people who press at once answer it once.
  const row = await tx
    .selectFrom('data_request')
    .select('done_at')
    .where('id', '=', id)
    .where('kind', '=', kind)
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined) throw noRequest(id)
  if (row.done_at !== null)
    throw new RollcallError('request_answered', `request ${id} was answered on ${row.done_at.toISOString()}`, {
      hint: 'take in a new request if the person asked again',
    })
}

function noRequest(id: string): RollcallError {
  return new RollcallError('no_request', `there is no data request ${id}`, { hint: 'open it from the list' })
}

export interface RequestInFull extends ListedRequest {
  doneBy: string | null
  /** What was done, as counts of rows; null while it is open. */
  result: Record<string, number> | null
  /** The subscriber who has the address; null when nobody has. */
  subscriberId: string | null
}

/** Returns one request. Throws `no_request`. */
export async function findRequest(db: Db, id: string): Promise<RequestInFull> {
  if (!/^\d{1,18}$/.test(id)) throw noRequest(id)
  // find_request: by id, with the subscriber whom it is about.
  const row = await db
    .selectFrom('data_request as r')
    .leftJoin('subscriber as s', 's.address_key', 'r.address_key')
    .selectAll('r')
    .select('s.id as subscriber_id')
    .where('r.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) throw noRequest(id)
  return {
    ...listed(row),
    doneBy: row.done_by,
    result: row.result as RequestInFull['result'],
    subscriberId: row.subscriber_id,
  }
}

/** Closes a request with the counts of what was done. */
export async function closeRequest(
  db: Db,
  id: string,
  by: string,
  at: Date,
  result: Record<string, number>,
): Promise<void> {
  // close_request: once.
  await db
    .updateTable('data_request')
    .set({ done_at: at, done_by: by, result: JSON.stringify(result) })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .execute()
  await recordAct(db, { actor: by, act: 'answer request', object: `data-request/${id}`, after: JSON.stringify(result) })
}

export interface ListedRequest {
  id: string
  kind: RequestKind
  addressKey: string
  requestedAt: Date
  dueAt: Date
  doneAt: Date | null
  takenBy: string
  note: string
}

/** Returns the newest requests, last first; `isOpen`: only those without an answer. */
export async function listRequests(db: Db, limit: number, isOpen = false): Promise<ListedRequest[]> {
  // list_requests: by key.
  const rows = await db
    .selectFrom('data_request')
    .select(['id', 'kind', 'address_key', 'requested_at', 'due_at', 'done_at', 'taken_by', 'note'])
    .$if(isOpen, (query) => query.where('done_at', 'is', null))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(listed)
}

interface RequestRow {
  id: string
  kind: RequestKind
  address_key: Buffer
  requested_at: Date
  due_at: Date
  done_at: Date | null
  taken_by: string
  note: string
}

function listed(row: RequestRow): ListedRequest {
  return {
    id: row.id,
    kind: row.kind,
    addressKey: row.address_key.toString('hex'),
    requestedAt: row.requested_at,
    dueAt: row.due_at,
    doneAt: row.done_at,
    takenBy: row.taken_by,
    note: row.note,
  }
}

/** Returns how many requests are late. */
export async function overdueRequests(db: Db, now: Date): Promise<number> {
  // overdue_requests: in the small index of what is open.
  const row = await db
    .selectFrom('data_request')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('done_at', 'is', null)
    .where('due_at', '<', now)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}
