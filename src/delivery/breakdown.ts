// The ledger of a campaign broken down by outcome, state of the country, legislator and domain; kept for a while, for it is slow to count.
import { sql } from 'kysely'
import { stateName } from '../congress/jurisdiction.ts'
import type { Match } from '../congress/match.ts'
import type { Outcome } from '../congress/outcome.ts'
import { seatLabel } from '../congress/seat.ts'
import type { Stance } from '../congress/stance.ts'
import type { Db } from '../store/connect.ts'
import type { DeliveryState } from './delivery.ts'

export type Counts = Partial<Record<DeliveryState, number>>

export interface Breakdown {
  outcomes: { outcome: Outcome; counts: Counts }[]
  /** By two-letter code; '' for those of whom no seat is known, and those who may live in several. */
  places: { code: string; name: string; counts: Counts }[]
  /** Of each legislator: what the messages that were sent said. */
  legislators: { name: string; seat: string; party: string; stance: Stance; sent: number }[]
  /** The ids of the deliveries of each variant lie together: first, last, how many. */
  ranges: { variant: number; outcome: Outcome; code: string; first: string; last: string; count: number }[]
}

export interface DomainCount {
  domain: string
  counts: Counts
}

export interface Kept<Value> {
  value: Value
  takenAt: Date
}

/** Returns the breakdown, not older than `maxAgeMs`, and not from before a moment at which everything changed. A launched campaign's variants never change, so its ranges are right at any age. */
export async function breakdownOf(
  db: Db,
  campaignId: string,
  maxAgeMs: number,
  notBefore: Date | null = null,
): Promise<Kept<Breakdown>> {
  return await kept(db, { campaignId, kind: 'report', maxAgeMs, notBefore }, () => breakDown(db, campaignId))
}

/** Returns the domains that most of the audience has, as fresh as `breakdownOf`. */
export async function domainsOf(
  db: Db,
  campaignId: string,
  maxAgeMs: number,
  notBefore: Date | null = null,
): Promise<Kept<DomainCount[]>> {
  return await kept(db, { campaignId, kind: 'domains', maxAgeMs, notBefore }, () => countDomains(db, campaignId))
}

interface Key {
  campaignId: string
  kind: 'report' | 'domains'
  maxAgeMs: number
  notBefore: Date | null
}

async function kept<Value extends object>(db: Db, key: Key, take: () => Promise<Value>): Promise<Kept<Value>> {
  const { campaignId, kind, maxAgeMs, notBefore } = key
  // kept_breakdown: by key, while it is young enough.
  const { rows } = await sql<Kept<Value>>`
    SELECT figures AS value, taken_at AS "takenAt" FROM campaign_breakdown
    WHERE campaign_id = ${campaignId} AND kind = ${kind} AND taken_at > now() - make_interval(secs => ${maxAgeMs / 1000}::float8)
      AND taken_at > coalesce(${notBefore}::timestamptz, '-infinity')`.execute(db)
  if (rows[0]) return rows[0]
  const startedAt = performance.now()
  const value = await take()
  const tookMs = Math.round(performance.now() - startedAt)
  // keep_breakdown: for all who look after us.
  const { rows: written } = await sql<{ at: Date }>`
    INSERT INTO campaign_breakdown (campaign_id, kind, figures, taken_at, took_ms)
    VALUES (${campaignId}, ${kind}, ${JSON.stringify(value)}::jsonb, now(), ${tookMs})
    ON CONFLICT (campaign_id, kind) DO UPDATE SET figures = excluded.figures, taken_at = excluded.taken_at, took_ms = excluded.took_ms
    RETURNING taken_at AS at`.execute(db)
  return { value, takenAt: written[0]?.at ?? new Date() }
}

interface VariantCount {
  variant: number
  state: DeliveryState
  count: number
  first: string
  last: string
}

async function breakDown(db: Db, campaignId: string): Promise<Breakdown> {
  // count_variants: one pass over the campaign's rows.
  const { rows: counts } = await sql<VariantCount>`
    SELECT variant, state, count(*)::int AS count, min(id) AS first, max(id) AS last
    FROM delivery WHERE campaign_id = ${campaignId} GROUP BY variant, state`.execute(db)
  // What each variant says, as it was frozen.
  const variants = await db
    .selectFrom('campaign_variant')
    .select(['variant', 'outcome', 'match'])
    .where('campaign_id', '=', campaignId)
    .execute()
  const facts = new Map(
    variants.map((each) => [each.variant, { match: each.match as Match, outcome: each.outcome as Outcome }]),
  )
  const rows = counts.flatMap((row) => {
    const fact = facts.get(row.variant)
    return fact ? [{ ...row, ...fact, code: codeOf(fact.match) }] : []
  })
  return {
    outcomes: [...Map.groupBy(rows, ({ outcome }) => outcome)]
      .map(([outcome, same]) => ({ outcome, counts: sumStates(same) }))
      .sort((a, b) => totalOf(b.counts) - totalOf(a.counts)),
    places: [...Map.groupBy(rows, ({ code }) => code)]
      .map(([code, same]) => ({ code, name: code === '' ? 'Not known' : stateName(code), counts: sumStates(same) }))
      .sort((a, b) => totalOf(b.counts) - totalOf(a.counts)),
    legislators: legislatorsOf(rows),
    ranges: [...Map.groupBy(rows, ({ variant }) => variant).values()].flatMap((same) => rangeOf(same)),
  }
}

type Row = VariantCount & { match: Match; outcome: Outcome; code: string }

function codeOf({ candidates }: Match): string {
  const codes = new Set(candidates.map((seat) => seat.slice(5, 7)))
  const [only] = codes
  return codes.size === 1 ? (only ?? '') : ''
}

function rangeOf(same: readonly Row[]): Breakdown['ranges'] {
  const [one] = same
  if (!one) return []
  const ids = same.flatMap(({ first, last }) => [BigInt(first), BigInt(last)])
  const first = ids.reduce((a, b) => (b < a ? b : a))
  const last = ids.reduce((a, b) => (b > a ? b : a))
  const count = same.reduce((sum, each) => sum + each.count, 0)
  return [{ variant: one.variant, outcome: one.outcome, code: one.code, first: `${first}`, last: `${last}`, count }]
}

function sumStates(rows: readonly { state: DeliveryState; count: number }[]): Counts {
  const counts: Counts = {}
  for (const { state, count } of rows) counts[state] = (counts[state] ?? 0) + count
  return counts
}

/** Returns the sum of all states. */
export function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, each) => sum + each, 0)
}

function legislatorsOf(rows: readonly Row[]): Breakdown['legislators'] {
  const found = new Map<string, Breakdown['legislators'][number]>()
  for (const { match, state, count } of rows) {
    if (state !== 'sent') continue
    for (const { seat, voter, party, stance } of match.seats ?? []) {
      const known = found.get(seat.id)
      if (known) known.sent += count
      else found.set(seat.id, { name: voter?.name ?? 'Vacant', seat: seatLabel(seat), party, stance, sent: count })
    }
  }
  return [...found.values()].sort((a, b) => b.sent - a.sent)
}

async function countDomains(db: Db, campaignId: string): Promise<DomainCount[]> {
  // count_domains: of subscribers that are still there; the commonest hundred.
  const { rows } = await sql<{ domain: string; counts: Counts }>`
    SELECT domain, jsonb_object_agg(state, count) AS counts
    FROM (
      SELECT s.domain, d.state, count(*) AS count FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id
      WHERE d.campaign_id = ${campaignId} GROUP BY s.domain, d.state
    ) AS counted
    GROUP BY domain ORDER BY sum(count) DESC, domain LIMIT 100`.execute(db)
  return rows
}
