// Subscribers page by page, for programs.
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'

export interface SubscriberLine {
  id: string
  address: string
  firstName: string
  lastName: string
  zip: string | null
  plus4: string | null
  createdAt: Date
  updatedAt: Date
  /** Why they must not be written to; null: nothing forbids it. */
  suppressed: string | null
}

const BY_ID: Keyset<SubscriberLine> = {
  parts: [{ expression: sql`s.id`, type: 'bigint' }],
  keyOf: ({ id }) => [id],
}

const LINE = sql`s.id, s.address, s.first_name AS "firstName", s.last_name AS "lastName", s.zip, s.plus4, s.created_at AS "createdAt",
  s.updated_at AS "updatedAt", (SELECT x.reason FROM suppression x WHERE x.address_key = s.address_key) AS suppressed`

/** Returns a page of the subscribers in the order they came. */
export function pageSubscribers(db: Db, wish: PageWish): Promise<Page<SubscriberLine>> {
  return keysetPage(BY_ID, wish, async ({ where, orderBy, limit }) => {
    // page_subscribers: by key.
    const { rows } = await sql<SubscriberLine>`
      SELECT ${LINE} FROM subscriber s WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}

/** Returns one subscriber, by id or by the key of the address. Throws `no_subscriber`. */
export async function findSubscriberLine(db: Db, by: { id: string } | { addressKey: Buffer }): Promise<SubscriberLine> {
  const which = 'id' in by ? sql`s.id = ${by.id}` : sql`s.address_key = ${by.addressKey}`
  // find_subscriber_line: one, by a unique key.
  const { rows } = await sql<SubscriberLine>`SELECT ${LINE} FROM subscriber s WHERE ${which}`.execute(db)
  const [row] = rows
  if (row) return row
  throw new RollcallError('no_subscriber', 'there is no such subscriber', {
    hint: 'look them up by address, or import them',
    kind: 'usage',
  })
}
