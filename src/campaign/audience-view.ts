// The audience of a campaign before its launch, for people: how many, where, which outcomes, who is skipped and why.
import { sql } from 'kysely'
import { providerOfDomain, type Provider } from '../audience/provider.ts'
import { stateName } from '../congress/jurisdiction.ts'
import type { Outcome } from '../congress/outcome.ts'
import { parseSeatId, seatLabel } from '../congress/seat.ts'
import type { Clock } from '../core/clock.ts'
import type { Manifest } from '../message/manifest.ts'
import type { Db } from '../store/connect.ts'
import { campaignMatcher } from './campaign-matcher.ts'
import { currentRevision, findCampaign, type CampaignRow } from './campaigns.ts'
import { readManifest } from './create.ts'
import { peopleOf } from './segment-people.ts'
import { parseSegment, type Segment } from './segment.ts'
import { planVariants, type VariantPlan } from './variants.ts'

export interface AudienceView {
  /** Everyone in the segment, those skipped included. */
  audience: number
  outcomes: { outcome: Outcome; subscribers: number; isSkipped: boolean }[]
  places: { code: string; name: string; subscribers: number }[]
  /** ZIPs whose outcome is open, those of most people first. */
  ambiguous: { zip: string; seats: string[]; subscribers: number }[]
}

export interface Skipped {
  reason: 'suppressed' | 'consent_expired' | 'topic_off' | 'on_pause' | 'ambiguous' | 'unresolved'
  subscribers: number
}

export interface Planned {
  view: AudienceView
  plan: VariantPlan
  mapId: string
}

/** Returns the audience that a segment would make of the subscribers as they are now. */
export async function planAudience(
  db: Db,
  campaign: Pick<CampaignRow, 'id'>,
  manifest: Manifest,
  segment: Segment | null,
  clock: Clock,
): Promise<Planned> {
  const matcher = await campaignMatcher(db, campaign.id, manifest, clock)
  const plan = await planVariants(db, matcher, manifest, segment)
  return { view: viewOf(plan), plan, mapId: matcher.mapId }
}

/** Returns how many subscribers campaign `id` would go to now. */
export async function countAudience(db: Db, id: string, clock: Clock): Promise<number> {
  const campaign = await findCampaign(db, id)
  const manifest = readManifest((await currentRevision(db, campaign)).files)
  const { plan } = await planAudience(db, campaign, manifest, parseSegment(campaign.segment), clock)
  return plan.audience
}

function viewOf({ audience, variants, zips }: VariantPlan): AudienceView {
  const sum = (same: readonly { subscribers: number }[]) => same.reduce((total, each) => total + each.subscribers, 0)
  const most = <Each extends { subscribers: number }>(list: Each[]) =>
    list.sort((a, b) => b.subscribers - a.subscribers)
  const inUse = variants.filter(({ subscribers }) => subscribers > 0)
  return {
    audience,
    outcomes: most(
      [...Map.groupBy(inUse, ({ match }) => match.outcome)].map(([outcome, same]) => ({
        outcome,
        subscribers: sum(same),
        isSkipped: same.every(({ skipReason }) => skipReason !== null),
      })),
    ),
    places: most(
      [...Map.groupBy(inUse, ({ match }) => placeOf(match.candidates))].map(([code, same]) => ({
        code,
        name: code === '' ? 'Not known, or several' : stateName(code),
        subscribers: sum(same),
      })),
    ),
    ambiguous: most(
      zips.flatMap(({ zip, variant, subscribers }) => {
        const match = variants[variant]?.match
        if (match?.outcome !== 'ambiguous') return []
        return [{ zip, seats: match.candidates.map((seat) => seatLabel(parseSeatId(seat))), subscribers }]
      }),
    ),
  }
}

function placeOf(candidates: readonly string[]): string {
  const codes = new Set(candidates.map((seat) => seat.slice(5, 7)))
  const [only] = codes
  return codes.size === 1 ? (only ?? '') : ''
}

/** Returns who of them would be skipped now, and why: one reason each, as at the launch. */
export async function countSkipped(
  db: Db,
  { plan, mapId }: Planned,
  segment: Segment | null,
  purpose: CampaignRow['purpose'],
): Promise<Skipped[]> {
  const policy = plan.zips.map(({ variant }) => plan.variants[variant]?.skipReason ?? '')
  const chosen = plan.variants.map(({ candidates }) => candidates)
  // count_skipped: starts from the few who must not get it, and sees which of them the policies would have skipped anyway.
  const { rows } = await sql<{ reason: Skipped['reason'] | null; policy: string; subscribers: number }>`
    SELECT reason, policy, count(*)::int AS subscribers
    FROM (
      SELECT CASE WHEN p.address_key IS NOT NULL THEN 'suppressed' WHEN x.address_key IS NOT NULL THEN 'consent_expired'
          WHEN ${purpose} = ANY (w.topics_off) THEN 'topic_off' WHEN w.paused_until > now() THEN 'on_pause' END AS reason,
        CASE WHEN c.seat_id IS NOT NULL THEN '' WHEN s.zip IS NULL THEN ${plan.variants[plan.unresolved]?.skipReason ?? ''} ELSE z.policy END AS policy
      FROM (
        SELECT s.id FROM suppression p JOIN subscriber s ON s.address_key = p.address_key
        UNION SELECT s.id FROM expired_consent x JOIN subscriber s ON s.address_key = x.address_key
        UNION SELECT w.subscriber_id FROM subscriber_wish w
      ) AS few JOIN subscriber s ON s.id = few.id
      LEFT JOIN subscriber_seat c ON c.subscriber_id = s.id AND c.map_id = ${mapId}
      LEFT JOIN unnest(${plan.zips.map(({ zip }) => zip)}::text[], ${policy}::text[]) AS z (zip, policy) ON z.zip = s.zip
      LEFT JOIN suppression p ON p.address_key = s.address_key
      LEFT JOIN expired_consent x ON x.address_key = s.address_key
      LEFT JOIN subscriber_wish w ON w.subscriber_id = s.id
      WHERE ${peopleOf(segment) ?? sql`true`}
        AND CASE WHEN c.seat_id IS NOT NULL THEN c.seat_id = ANY (${chosen}::text[]) WHEN s.zip IS NOT NULL THEN z.zip IS NOT NULL
          ELSE ${plan.hasUnresolved}::boolean END
    ) AS told
    WHERE reason IS NOT NULL GROUP BY reason, policy`.execute(db)
  const counts = new Map<Skipped['reason'], number>()
  const add = (reason: Skipped['reason'], subscribers: number) =>
    counts.set(reason, (counts.get(reason) ?? 0) + subscribers)
  for (const { skipReason, subscribers } of plan.variants) if (skipReason !== null) add(skipReason, subscribers)
  for (const { reason, policy: also, subscribers } of rows) {
    if (reason !== null) add(reason, subscribers)
    if (also === 'ambiguous' || also === 'unresolved') add(also, -subscribers)
  }
  return [...counts]
    .map(([reason, subscribers]) => ({ reason, subscribers }))
    .filter(({ subscribers }) => subscribers > 0)
    .sort((a, b) => b.subscribers - a.subscribers)
}

/** Returns how many subscribers have their mailbox where, over the whole list. */
export async function countProviders(db: Db): Promise<{ provider: Provider; subscribers: number }[]> {
  // count_providers: domains first; which provider one belongs to, only we know.
  const { rows } = await sql<{ domain: string; subscribers: number }>`
    SELECT domain, count(*)::int AS subscribers FROM subscriber GROUP BY domain`.execute(db)
  const groups = Map.groupBy(rows, ({ domain }) => providerOfDomain(domain))
  return [...groups]
    .map(([provider, same]) => ({ provider, subscribers: same.reduce((sum, each) => sum + each.subscribers, 0) }))
    .sort((a, b) => b.subscribers - a.subscribers)
}
