// Roll calls and legislators page by page, for programs.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'
import type { Chamber } from './seat.ts'

export interface ListedRollCall {
  id: string
  chamber: Chamber
  heldAt: Date
  question: string
  bill: string | null
  result: string
  totals: Record<string, number>
}

const LATEST: Keyset<ListedRollCall & { key: string }> = {
  parts: [
    { expression: sql`r.held_at`, type: 'timestamptz', isDescending: true },
    { expression: sql`r.id`, type: 'text', isDescending: true },
  ],
  keyOf: ({ key, id }) => [key, id],
}

/** Returns a page of the roll calls, the latest first. */
export function pageRollCalls(db: Db, wish: PageWish): Promise<Page<ListedRollCall>> {
  return keysetPage(LATEST, wish, async ({ where, orderBy, limit }) => {
    // page_roll_calls: there are some hundred.
    const { rows } = await sql<ListedRollCall & { key: string }>`
      SELECT r.id, r.chamber, r.held_at AS "heldAt", r.question, r.bill, r.result, r.official_totals AS totals, r.held_at::text AS key
      FROM roll_call r WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}

export interface ListedLegislator {
  bioguide: string
  name: string
  /** The seats and days of their terms, the latest first. */
  terms: { seat: string; start: string; end: string }[]
}

const BY_ID: Keyset<ListedLegislator> = {
  parts: [{ expression: sql`l.bioguide`, type: 'text' }],
  keyOf: ({ bioguide }) => [bioguide],
}

/** Returns a page of the legislators in the order of their Bioguide ids; with `name` those whose last name starts so, whatever the case. */
export function pageLegislators(db: Db, name: string | null, wish: PageWish): Promise<Page<ListedLegislator>> {
  const pattern = name === null ? null : `${name.toLowerCase().replace(/[%_\\]/g, '\\$&')}%`
  return keysetPage(BY_ID, wish, async ({ where, orderBy, limit }) => {
    // page_legislators: the page first, then the terms of those on it.
    const { rows } = await sql<ListedLegislator>`
      SELECT p.bioguide, coalesce(p.official_full, concat_ws(' ', p.first_name, p.last_name, p.suffix)) AS name,
        coalesce((SELECT jsonb_agg(jsonb_build_object('seat', t.seat_id, 'start', lower(t.during), 'end', upper(t.during)) ORDER BY lower(t.during) DESC)
                  FROM term t WHERE t.legislator_id = p.id), '[]') AS terms
      FROM (SELECT l.* FROM legislator l WHERE ${where} AND ${pattern === null ? sql`true` : sql`lower(l.last_name) LIKE ${pattern}`}
            ORDER BY ${orderBy} LIMIT ${limit}) AS p
      ORDER BY p.bioguide`.execute(db)
    return rows
  })
}
