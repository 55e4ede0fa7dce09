// The logs of the compliance desk page by page, for programs.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'
import type { ListedRequest } from './data-requests.ts'
import type { OptOut } from './opt-outs.ts'

const NEWEST: Keyset<{ id: string }> = {
  parts: [{ expression: sql`l.id`, type: 'bigint', isDescending: true }],
  keyOf: ({ id }) => [id],
}

/** Returns a page of the wishes to be left alone, newest first. */
export function pageOptOuts(db: Db, wish: PageWish): Promise<Page<OptOut>> {
  return keysetPage(NEWEST as Keyset<OptOut>, wish, async ({ where, orderBy, limit }) => {
    // page_opt_outs: by key.
    const { rows } = await sql<OptOut>`
      SELECT l.id, encode(l.address_key, 'hex') AS "addressKey", l.delivery_id AS "deliveryId", l.channel,
        l.requested_at AS "requestedAt", l.effective_at AS "effectiveAt"
      FROM opt_out l WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}

/** Returns a page of the data requests, newest first; `isOpen`: only those without an answer. */
export function pageRequests(db: Db, isOpen: boolean, wish: PageWish): Promise<Page<ListedRequest>> {
  return keysetPage(NEWEST as Keyset<ListedRequest>, wish, async ({ where, orderBy, limit }) => {
    // page_requests: by key.
    const { rows } = await sql<ListedRequest>`
      SELECT l.id, l.kind, encode(l.address_key, 'hex') AS "addressKey", l.requested_at AS "requestedAt", l.due_at AS "dueAt",
        l.done_at AS "doneAt", l.taken_by AS "takenBy", l.note
      FROM data_request l WHERE ${where} AND (l.done_at IS NULL OR NOT ${isOpen}) ORDER BY ${orderBy} LIMIT ${limit}`.execute(
      db,
    )
    return rows
  })
}
