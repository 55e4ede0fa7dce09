// Launch: freezes the audience into the ledger by one statement and sets the campaign sending.
import { sql, type RawBuilder } from 'kysely'
import { providerOfDomain, type Provider } from '../audience/provider.ts'
import type { Matcher } from '../congress/matcher.ts'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import { assertMove } from '../core/transition.ts'
import type { Db } from '../store/connect.ts'
import { CAMPAIGN_MOVES } from './campaign.ts'
import { campaignHashes, currentRevision, lockCampaign, logEvent, moveCampaign, type CampaignRow } from './campaigns.ts'
import { readManifest } from './create.ts'
import { campaignMatcher } from './campaign-matcher.ts'
import { peopleOf } from './segment-people.ts'
import { parseSegment, type Segment } from './segment.ts'
import { layOut, type CanaryPlan, type Layout } from './layout.ts'
import { planVariants, type VariantPlan } from './variants.ts'

export interface LaunchOptions {
  /** The audience the operator expects; any other refuses the launch. */
  expect: number | null
  /** Names of the transports it may use, best first; one alone pins it. */
  transports: readonly string[]
  actor: string
  clock: Clock
  /** How many go first, to see whether all is well; null: everybody at once. */
  canary?: CanaryPlan | null
}

export interface Launched {
  /** Everyone in the ledger, those skipped at once included. */
  audience: number
  skipped: number
  shards: number
  /** How many go first; 0: everybody goes at once. */
  canary: number
  /** The shards that may be claimed now. */
  openShards: number
}

const HOUR_MS = 3_600_000

/**
 * Freezes the audience and starts the campaign, all or nothing. The caller enqueues the shards afterwards.
 * Throws `already_launched`, `bad_transition`, `approval_void` when something changed since the approval, `audience_differs`, `blocked`.
 * Calling it twice starts one send: the second finds the campaign sending (threat T19).
 */
export async function launchCampaign(db: Db, id: string, options: LaunchOptions): Promise<Launched> {
  try {
    return await freeze(db, id, options)
  } catch (error) {
    // Somebody changed the campaign while we waited for its lock: look again, once.
    if (!isSerializationFailure(error)) throw error
    return freeze(db, id, options)
  }
}

/** One snapshot for the ZIPs that are planned and the people who are frozen: nobody may arrive in between. */
function freeze(db: Db, id: string, options: LaunchOptions): Promise<Launched> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const campaign = await lockCampaign(tx, id)
      assertLaunchable(campaign)
      await assertApproved(tx, campaign)
      const manifest = readManifest((await currentRevision(tx, campaign)).files)
      const matcher = await campaignMatcher(tx, id, manifest, options.clock)
      assertUnblocked(id, matcher)
      const segment = parseSegment(campaign.segment)
      const plan = await planVariants(tx, matcher, manifest, segment)
      assertExpected(id, plan.audience, options.expect, segment)
      await freezeVariants(tx, id, plan)
      const layout = layOut(plan.audience, options.canary ?? null)
      const launched = await freezeAudience(tx, { id, segment }, matcher.mapId, plan, layout)
      await setSending(tx, id, launched, options, manifest.expiresAfterHours)
      return launched
    })
}

function isSerializationFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '40001'
}

/** A finished campaign can send again (failed deliveries are retried), but it has been launched. */
function assertLaunchable({ id, state, launched_at: launchedAt }: CampaignRow): void {
  if (launchedAt !== null) {
    throw new RollcallError(
      'already_launched',
      `campaign ${id} was launched at ${launchedAt.toISOString()} and is ${state}`,
      {
        hint: 'a campaign is launched once; make a new one to send again',
      },
    )
  }
  assertMove(CAMPAIGN_MOVES, state, 'sending', `campaign ${id}`)
}

/** A quarantined id or an unexplained seat that came up after the approval stops the launch, too. */
function assertUnblocked(id: string, matcher: Matcher): void {
  const [first, ...others] = matcher.blockers()
  if (!first) return
  const more = others.length > 0 ? ` (and ${others.length} more)` : ''
  throw new RollcallError('blocked', `campaign ${id} cannot be launched: ${first.sentence}${more}`, {
    hint: '`rollcall congress issues` shows what is open',
  })
}

async function assertApproved(tx: Db, campaign: CampaignRow): Promise<void> {
  const { hash } = await campaignHashes(tx, campaign)
  if (campaign.approved_hash === hash) return
  throw new RollcallError(
    'approval_void',
    `campaign ${campaign.id} is not what ${campaign.approved_by ?? 'anybody'} approved: a roll call, an override or the audience has changed since`,
    {
      hint: `run rollcall campaign check ${campaign.id}, then approve it anew`,
    },
  )
}

function assertExpected(id: string, audience: number, expect: number | null, segment: Segment | null): void {
  if (audience === 0) {
    const why = segment === null ? 'there are no subscribers' : 'no subscriber is in its segment'
    throw new RollcallError('no_audience', `campaign ${id} has nobody to go to: ${why}`, {
      hint: segment === null ? 'rollcall subscribers import FILE.csv' : 'widen the segment, or import subscribers',
    })
  }
  if (expect === null || expect === audience) return
  throw new RollcallError(
    'audience_differs',
    `campaign ${id} would go to ${audience} subscribers, not to the ${expect} you expect`,
    {
      hint: 'nothing was sent; look who came or went, then launch with the right number',
    },
  )
}

async function freezeVariants(tx: Db, id: string, { variants, zips }: VariantPlan): Promise<void> {
  // The facts of every variant, as they are now.
  await sql`
    INSERT INTO campaign_variant (campaign_id, variant, candidates, outcome, skip_reason, match)
    SELECT ${id}, number - 1, candidates, outcome, skip_reason, match::jsonb
    FROM unnest(
      ${variants.map((each) => each.candidates)}::text[], ${variants.map((each) => each.match.outcome)}::text[],
      ${variants.map((each) => each.skipReason)}::text[], ${variants.map((each) => JSON.stringify(each.match))}::text[]
    ) WITH ORDINALITY AS planned (candidates, outcome, skip_reason, match, number)`.execute(tx)
  // Which variant each ZIP of the audience has.
  await sql`
    INSERT INTO campaign_zip (campaign_id, zip, variant)
    SELECT ${id}, zip, variant
    FROM unnest(${zips.map((each) => each.zip)}::text[], ${zips.map((each) => each.variant)}::int[]) AS planned (zip, variant)`.execute(
    tx,
  )
}

/** Everyone gets a row, in shards of about one size; returns how many were skipped at once. */
async function freezeAudience(
  tx: Db,
  { id, segment }: { id: string; segment: Segment | null },
  mapId: string,
  { audience, unresolved, hasUnresolved }: VariantPlan,
  layout: Layout,
): Promise<Launched> {
  const { canary, canaryShards, shards } = layout
  const providers = await largeProviders(tx)
  // Lets the one big sort stay in memory; and right after an import, without statistics, the planner would take the
  // audience for a few rows and look each one up: a million that way take a quarter of an hour.
  await sql`SELECT set_config('work_mem', '128MB', true), set_config('enable_nestloop', 'off', true)`.execute(tx)
  // One row for every subscriber. People of one variant get neighbouring ids, so that a worker fills one skeleton
  // many times before it needs the next: the rows are numbered and written in the order of the innermost query. The canary
  // is spread evenly over them, so that each variant is in it as often as in the audience.
  const { numAffectedRows } = await sql`
    INSERT INTO delivery (campaign_id, subscriber_id, address_key, zip, variant, shard, provider, state, reason, next_at, updated_at)
    SELECT ${id}, id, address_key, zip, variant,
      CASE WHEN (place + 1) * ${canary}::bigint / ${audience}::bigint > place * ${canary}::bigint / ${audience}::bigint
        THEN place * ${canary}::bigint / ${audience}::bigint * ${canaryShards}::bigint / ${Math.max(1, canary)}::bigint
        ELSE ${canaryShards}::bigint + place * ${shards - canaryShards}::bigint / ${audience}::bigint END,
      provider, CASE WHEN reason IS NULL THEN 'pending' ELSE 'skipped' END, reason, CASE WHEN reason IS NULL THEN now() END, now()
    FROM (SELECT *, row_number() OVER () - 1 AS place FROM (
      SELECT s.id, s.address_key, s.zip, v.variant, coalesce(large.provider, 'other') AS provider,
        CASE WHEN p.address_key IS NOT NULL THEN 'suppressed' WHEN x.address_key IS NOT NULL THEN 'consent_expired'
          WHEN (SELECT purpose FROM campaign WHERE id = ${id}) = ANY (w.topics_off) THEN 'topic_off'
          WHEN w.paused_until > now() THEN 'on_pause' ELSE v.skip_reason END AS reason
      FROM subscriber s
      LEFT JOIN subscriber_seat c ON c.subscriber_id = s.id AND c.map_id = ${mapId}
      LEFT JOIN campaign_variant own ON own.campaign_id = ${id} AND own.candidates = c.seat_id
      LEFT JOIN campaign_zip z ON z.campaign_id = ${id} AND z.zip = s.zip
      JOIN campaign_variant v ON v.campaign_id = ${id} AND v.variant = coalesce(own.variant, z.variant, ${unresolved})
      LEFT JOIN suppression p ON p.address_key = s.address_key
      LEFT JOIN expired_consent x ON x.address_key = s.address_key
      LEFT JOIN subscriber_wish w ON w.subscriber_id = s.id
      LEFT JOIN unnest(${providers.map((each) => each.domain)}::text[], ${providers.map((each) => each.provider)}::text[])
        AS large (domain, provider) ON large.domain = s.domain
      ${segment === null ? sql`` : sql`WHERE ${membersOf(segment, hasUnresolved)}`}
      ORDER BY v.variant, s.id
    ) AS chosen) AS placed`.execute(tx)
  if (numAffectedRows !== BigInt(audience)) {
    throw new RollcallError('bug', `${audience} subscribers were planned and ${numAffectedRows} frozen`)
  }
  // Counts whom the launch itself left out, and who goes first.
  const { rows } = await sql<{ skipped: number; canary: number }>`
    SELECT count(*) FILTER (WHERE state = 'skipped')::int AS skipped,
      count(*) FILTER (WHERE state = 'pending' AND shard < ${canaryShards})::int AS canary
    FROM delivery WHERE campaign_id = ${id}`.execute(tx)
  const { skipped = 0, canary: first = 0 } = rows[0] ?? {}
  return { audience, skipped, shards, canary: first, openShards: first === 0 ? shards : canaryShards }
}

/** SQL: whether a subscriber is in the segment. Only its variants are planned: whoever has none of them is outside. */
function membersOf(segment: Segment, hasUnresolved: boolean): RawBuilder<boolean> {
  const people = peopleOf(segment) ?? sql<boolean>`true`
  return sql<boolean>`${people} AND CASE WHEN c.seat_id IS NOT NULL THEN own.variant IS NOT NULL
    WHEN s.zip IS NOT NULL THEN z.variant IS NOT NULL ELSE ${hasUnresolved}::boolean END`
}

/** The domains of the audience that belong to a large mailbox provider. */
async function largeProviders(tx: Db): Promise<{ domain: string; provider: Provider }[]> {
  // Every domain there is, once.
  const { rows } = await sql<{ domain: string }>`SELECT DISTINCT domain FROM subscriber ORDER BY domain`.execute(tx)
  return rows
    .map(({ domain }) => ({ domain, provider: providerOfDomain(domain) }))
    .filter((each) => each.provider !== 'other')
}

async function setSending(
  tx: Db,
  id: string,
  { audience, shards, openShards, canary, skipped }: Launched,
  options: LaunchOptions,
  expiresAfterHours: number,
): Promise<void> {
  const now = options.clock.now()
  // Which content of each roll call the messages speak of.
  await sql`
    UPDATE campaign_roll_call crc SET frozen_sha256 = rc.content_sha256
    FROM roll_call rc WHERE rc.id = crc.roll_call_id AND crc.campaign_id = ${id}`.execute(tx)
  // The ledger is there: claims may begin.
  await moveCampaign(tx, id, 'sending', {
    audience,
    shards,
    open_shards: openShards,
    canary,
    canary_wait_minutes: options.canary?.waitMinutes ?? 0,
    transports: options.transports,
    launched_at: now,
    expires_at: new Date(now.getTime() + expiresAfterHours * HOUR_MS),
    launch_at: null,
    launch_wish: null,
  })
  await logEvent(
    tx,
    id,
    'launched',
    options.actor,
    { audience, skipped, shards, canary, expect: options.expect, transports: options.transports },
    now,
  )
}
