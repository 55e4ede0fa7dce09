// The audit log page by page, newest first.
import { sql } from 'kysely'
import type { AuditEntry } from './audit-entries.ts'
import type { Db } from './connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from './keyset.ts'

const NEWEST: Keyset<AuditEntry> = {
  parts: [{ expression: sql`e.id`, type: 'bigint', isDescending: true }],
  keyOf: ({ id }) => [id],
}

/** Returns a page of the entries; with `object` (`kind/id`) only those about it. */
export function pageEntries(db: Db, object: string | null, wish: PageWish): Promise<Page<AuditEntry>> {
  return keysetPage(NEWEST, wish, async ({ where, orderBy, limit }) => {
    // page_entries: by key, or by the index of what was done to.
    const { rows } = await sql<AuditEntry>`
      SELECT e.id, e.place, e.at, e.actor, e.act, e.object, e.reason FROM audit_entry e
      WHERE ${where} AND ${object === null ? sql`true` : sql`e.object = ${object}`} ORDER BY ${orderBy} LIMIT ${limit}`.execute(
      db,
    )
    return rows
  })
}
