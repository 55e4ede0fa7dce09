// Suppressions page by page, in the order of their keys.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'
import type { Suppression } from './suppression.ts'

export interface SuppressionLine extends Omit<Suppression, 'addressKey'> {
  /** Keyed hash of the address, hex. */
  addressKey: string
}

const BY_KEY: Keyset<SuppressionLine> = {
  parts: [{ expression: sql`s.address_key`, type: 'bytea' }],
  keyOf: ({ addressKey }) => [`\\x${addressKey}`],
}

/** Returns a page of the suppressions, without addresses. */
export function pageSuppressions(db: Db, wish: PageWish): Promise<Page<SuppressionLine>> {
  return keysetPage(BY_KEY, wish, async ({ where, orderBy, limit }) => {
    // page_suppressions: by key.
    const { rows } = await sql<SuppressionLine>`
      SELECT encode(s.address_key, 'hex') AS "addressKey", s.reason, s.channel, s.note, s.set_by AS "setBy", s.set_at AS "setAt"
      FROM suppression s WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}
