// Who got what: the deliveries of a campaign as people look for them, page by page.
import { sql, type RawBuilder } from 'kysely'
import type { Outcome } from '../congress/outcome.ts'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type KeysetClauses, type Page, type PageWish } from '../store/keyset.ts'
import type { Breakdown } from './breakdown.ts'
import type { DeliveryState } from './delivery.ts'
import { stripAddresses } from './reply.ts'

export interface DeliveryFilter {
  state: DeliveryState | null
  outcome: Outcome | null
  /** Two-letter code of the state of the country. */
  place: string | null
  /** One word; only with a state. */
  reason: string | null
  /** Exactly this one. */
  id: string | null
}

export interface ListedDelivery {
  id: string
  subscriberId: string
  /** Null when the subscriber has been erased. */
  address: string | null
  zip: string | null
  outcome: Outcome
  state: DeliveryState
  reason: string | null
  attempt: number
  transport: string | null
  /** The last thing the receiver said, without addresses. */
  reply: string | null
  sentAt: Date | null
  updatedAt: Date
}

const BY_ID: Keyset<ListedDelivery> = {
  parts: [{ expression: sql`d.id`, type: 'bigint' }],
  keyOf: ({ id }) => [id],
}

/** Returns a page of the deliveries that fit the filter, in the order of the send. `ranges` say where each variant's deliveries are. */
export async function deliveryPage(
  db: Db,
  campaignId: string,
  filter: DeliveryFilter,
  ranges: Breakdown['ranges'],
  wish: PageWish,
): Promise<Page<ListedDelivery>> {
  return await keysetPage(BY_ID, wish, (clauses) => select(db, campaignId, filter, ranges, clauses))
}

/** Yields all deliveries that fit the filter, some thousand at a time. */
export async function* everyDelivery(
  db: Db,
  campaignId: string,
  filter: DeliveryFilter,
  ranges: Breakdown['ranges'],
): AsyncGenerator<ListedDelivery> {
  let after: string | undefined
  for (;;) {
    const page = await deliveryPage(db, campaignId, filter, ranges, { after, limit: 2_000 })
    yield* page.rows
    if (page.next === null) return
    after = page.next
  }
}

/** Returns why deliveries ended badly or not at all, the commonest reasons first. */
export async function troubleReasons(
  db: Db,
  campaignId: string,
): Promise<{ state: DeliveryState; reason: string; count: number }[]> {
  // trouble_reasons: from the index of what ended badly alone.
  const { rows } = await sql<{ state: DeliveryState; reason: string; count: number }>`
    SELECT state, reason, count(*)::int AS count FROM delivery
    WHERE campaign_id = ${campaignId} AND state IN ('failed', 'in_doubt', 'bounced', 'skipped', 'deferred')
    GROUP BY state, reason ORDER BY count DESC`.execute(db)
  return rows
}

/** Where deliveries of these variants may be: neighbouring ranges are one, so that the list of them stays short. */
function spansOf(ranges: Breakdown['ranges'], { outcome, place }: DeliveryFilter): { first: string; last: string }[] {
  const all = ranges.toSorted((a, b) => (BigInt(a.first) < BigInt(b.first) ? -1 : 1))
  const spans: { first: string; last: string }[] = []
  let isOpen = false
  for (const range of all) {
    const fits = (outcome === null || range.outcome === outcome) && (place === null || range.code === place)
    const last = spans.at(-1)
    if (fits && isOpen && last) last.last = range.last
    else if (fits) spans.push({ first: range.first, last: range.last })
    isOpen = fits
  }
  return spans
}

async function select(
  db: Db,
  campaignId: string,
  filter: DeliveryFilter,
  ranges: Breakdown['ranges'],
  clauses: KeysetClauses,
): Promise<ListedDelivery[]> {
  const { state, reason, id } = filter
  const columns = sql`d.id, d.subscriber_id, d.zip, d.variant, d.state, d.reason, d.attempt, d.transport, d.reply, d.sent_at, d.updated_at`
  const conditions = [
    sql`d.campaign_id = ${campaignId}`,
    clauses.where,
    ...(state === null ? [] : [sql`d.state = ${state}`]),
    ...(reason === null ? [] : [sql`d.reason = ${reason}`]),
    ...(id === null ? [] : [sql`d.id = ${id}::bigint`]),
  ]
  const spans = spansOf(ranges, filter)
  const isEverywhere = spans.length <= 1 && filter.outcome === null && filter.place === null
  const { orderBy, limit } = clauses
  const found: RawBuilder<unknown> =
    id !== null || isEverywhere
      ? // One walk along the ids, or the one row that is asked for.
        sql`SELECT ${columns} FROM delivery d WHERE ${sql.join(conditions, sql` AND `)} ORDER BY ${orderBy} LIMIT ${limit}`
      : // One walk for each span of ids, in order, until the page is full.
        sql`SELECT d.* FROM unnest(${spans.map((each) => each.first)}::bigint[], ${spans.map((each) => each.last)}::bigint[]) AS span (first, last)
          CROSS JOIN LATERAL (
            SELECT ${columns} FROM delivery d
            WHERE d.id BETWEEN span.first AND span.last AND ${sql.join(conditions, sql` AND `)}
            ORDER BY ${orderBy} LIMIT ${limit}
          ) AS d ORDER BY ${orderBy} LIMIT ${limit}`
  // delivery_list: the page first, then who and what its rows are.
  const { rows } = await sql<ListedDelivery>`
    WITH page AS MATERIALIZED (${found})
    SELECT d.id, d.subscriber_id AS "subscriberId", s.address, d.zip, v.outcome, d.state, d.reason, d.attempt, d.transport, d.reply,
      d.sent_at AS "sentAt", d.updated_at AS "updatedAt"
    FROM page d
    JOIN campaign_variant v ON v.campaign_id = ${campaignId} AND v.variant = d.variant
    LEFT JOIN subscriber s ON s.id = d.subscriber_id
    ORDER BY ${orderBy}`.execute(db)
  return rows.map((row) => ({ ...row, reply: row.reply === null ? null : stripAddresses(row.reply) }))
}
