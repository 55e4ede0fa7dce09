// Roll calls for the eyes of staff: by chamber and words, the latest first, with what is still open about each.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'
import type { Day } from './day.ts'
import type { Chamber } from './seat.ts'

export interface FoundRollCall {
  id: string
  chamber: Chamber
  number: number
  heldOn: Day
  question: string
  bill: string | null
  result: string
  totals: Record<string, number>
  /** Lines of the file that have no seat. */
  quarantined: number
  openIssues: number
}

export interface RollCallWish {
  chamber: Chamber | null
  /** Words of the question, a bill as in `hr1370`, or an id; '' for all. */
  text: string
}

type Keyed = FoundRollCall & { key: string }

const LATEST: Keyset<Keyed> = {
  parts: [
    { expression: sql`r.held_at`, type: 'timestamptz', isDescending: true },
    { expression: sql`r.id`, type: 'text', isDescending: true },
  ],
  keyOf: ({ key, id }) => [key, id],
}

/** Returns a page. There are some thousand roll calls at most: their words are looked through. */
export function searchRollCalls(db: Db, { chamber, text }: RollCallWish, wish: PageWish): Promise<Page<Keyed>> {
  const pattern = `%${text.toLowerCase().replace(/[%_\\]/g, '\\$&')}%`
  return keysetPage(LATEST, wish, async ({ where, orderBy, limit }) => {
    // search_roll_calls: a page of those that fit.
    const { rows } = await sql<Keyed>`
      SELECT r.id, r.chamber, r.number, r.held_on AS "heldOn", r.question, r.bill, r.result, r.official_totals AS totals,
        r.held_at::text AS key,
        (SELECT count(*)::int FROM quarantined_position q WHERE q.roll_call_id = r.id) AS quarantined,
        (SELECT count(*)::int FROM import_issue i WHERE i.roll_call_id = r.id AND i.resolved_at IS NULL) AS "openIssues"
      FROM roll_call r
      WHERE ${where} AND (${chamber}::text IS NULL OR r.chamber = ${chamber})
        AND (${text} = '' OR lower(r.question) LIKE ${pattern} OR r.bill LIKE ${pattern} OR r.id LIKE ${pattern})
      ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}
