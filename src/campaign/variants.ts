// Which combinations of seats an audience has: one variant each, so that facts are worked out once and not per person.
import { sql, type RawBuilder } from 'kysely'
import type { Match } from '../congress/match.ts'
import type { Matcher } from '../congress/matcher.ts'
import type { Manifest } from '../message/manifest.ts'
import type { Db } from '../store/connect.ts'
import { peopleOf } from './segment-people.ts'
import { isInSegment, type Segment } from './segment.ts'

export interface Variant {
  /** House seats in order, comma-separated; '' when none is known. */
  candidates: string
  match: Match
  /** Set when the campaign's policy says not to write to these people. */
  skipReason: 'ambiguous' | 'unresolved' | null
  /** How many subscribers have it. */
  subscribers: number
}

export interface VariantPlan {
  /** Their order is the number that a delivery carries. */
  variants: Variant[]
  /** Everyone in the segment. */
  audience: number
  zips: { zip: string; variant: number; subscribers: number }[]
  /** The number of the variant for people of whom no seat is known. */
  unresolved: number
  /** Whether the segment has those people. */
  hasUnresolved: boolean
}

type Policies = Pick<Manifest, 'ambiguous' | 'unresolved'>

/** Returns the variants of everyone who is subscribed now and belongs to the segment; null: everyone. */
export async function planVariants(
  db: Db,
  matcher: Matcher,
  policies: Policies,
  segment: Segment | null,
): Promise<VariantPlan> {
  const variants: Variant[] = []
  const numbers = new Map<string, number>()
  const numberOf = (match: Match): number => {
    const candidates = match.candidates.join(',')
    const known = numbers.get(candidates)
    if (known !== undefined) return known
    numbers.set(candidates, variants.length)
    return variants.push({ candidates, match, skipReason: skipReason(match, policies), subscribers: 0 }) - 1
  }
  const count = (number: number, subscribers: number) => {
    const variant = variants[number]
    if (variant) variant.subscribers += subscribers
    return number
  }

  const people = peopleOf(segment)
  const nobody = matcher.match(null)
  const unresolved = numberOf(nobody)
  const hasUnresolved = isInSegment(nobody, segment)
  const zips: VariantPlan['zips'] = []
  for (const { zip, subscribers } of await countZips(db, matcher.mapId, people)) {
    const match = matcher.match(zip)
    if (!isInSegment(match, segment)) continue
    if (zip === null) count(unresolved, subscribers)
    else zips.push({ zip, variant: count(numberOf(match), subscribers), subscribers })
  }
  for (const { seatId, subscribers } of await countChosenSeats(db, matcher.mapId, people)) {
    const match = matcher.matchSeat(seatId)
    if (isInSegment(match, segment)) count(numberOf(match), subscribers)
  }
  const audience = variants.reduce((sum, variant) => sum + variant.subscribers, 0)
  return { variants, audience, zips, unresolved, hasUnresolved }
}

function skipReason(match: Match, policies: Policies): Variant['skipReason'] {
  if (match.outcome === 'ambiguous' && policies.ambiguous === 'skip') return 'ambiguous'
  if (match.outcome === 'unresolved' && policies.unresolved === 'skip') return 'unresolved'
  return null
}

type People = RawBuilder<boolean> | null

async function countZips(
  db: Db,
  mapId: string,
  people: People,
): Promise<{ zip: string | null; subscribers: number }[]> {
  // Every ZIP of the people who have not chosen a seat themselves, with how many they are.
  const { rows } = await sql<{ zip: string | null; subscribers: number }>`
    SELECT s.zip, count(*)::int AS subscribers
    FROM subscriber s
    WHERE NOT EXISTS (SELECT FROM subscriber_seat c WHERE c.subscriber_id = s.id AND c.map_id = ${mapId})
      ${people === null ? sql`` : sql`AND ${people}`}
    GROUP BY s.zip ORDER BY s.zip`.execute(db)
  return rows
}

async function countChosenSeats(
  db: Db,
  mapId: string,
  people: People,
): Promise<{ seatId: string; subscribers: number }[]> {
  // Every seat that somebody has chosen on this map.
  const { rows } = await sql<{ seatId: string; subscribers: number }>`
    SELECT seat_id AS "seatId", count(*)::int AS subscribers
    FROM subscriber_seat c WHERE map_id = ${mapId}
      ${people === null ? sql`` : sql`AND EXISTS (SELECT FROM subscriber s WHERE s.id = c.subscriber_id AND ${people})`}
    GROUP BY seat_id ORDER BY seat_id`.execute(db)
  return rows
}
