// Throttles: how much may go through a transport, to a provider or for a campaign, counted once for all workers.
import { sql, type RawBuilder } from 'kysely'
import type { Provider } from '../audience/provider.ts'
import { findCampaign, logEvent } from '../campaign/campaigns.ts'
import type { Act } from '../campaign/control.ts'
import type { Db } from '../store/connect.ts'
import { isAlive } from './worker-slots.ts'

/** What the settings allow one transport. Null: no limit. */
export interface TransportLimits {
  perSecond: number | null
  /** Messages a day (UTC). */
  perDay: number | null
  /** Messages a second to addresses of one provider. */
  providers: Readonly<Partial<Record<Provider, number>>>
}

export const NO_LIMITS: TransportLimits = { perSecond: null, perDay: null, providers: {} }

/** Returns the key of a transport's own throttle. */
export function transportKey(transport: string): string {
  return `transport/${transport}`
}

/** Returns the start of the keys of a transport's providers; the provider's name follows. */
export function providerPrefix(transport: string): string {
  return `provider/${transport}/`
}

/** Returns the key of a campaign's throttle. */
export function campaignKey(campaignId: string): string {
  return `campaign/${campaignId}`
}

/** How much may be caught up after a lull, in seconds of sending. Without it the time between two claims would be lost for good. */
const CATCH_UP_S = 0.5

/** Far more than one claim ever asks for. */
const PLENTY = 1_000_000

/** SQL: the messages that may go now by rate, as a number with a fraction. `t` is the throttle. */
export const tokensNow: RawBuilder<number> = sql`
  least(greatest(1, t.per_second * ${sql.lit(CATCH_UP_S)}), t.tokens + t.per_second * extract(epoch FROM clock_timestamp() - t.filled_at)::float8)`

/** SQL: the day that counts. */
export const today: RawBuilder<string> = sql`(now() AT TIME ZONE 'UTC')::date`

/** SQL: the messages of today. `t` is the throttle. */
export const usedToday: RawBuilder<number> = sql`CASE WHEN t.day = ${today} THEN t.used_today ELSE 0 END`

/** SQL: how many whole messages may go now, by rate and by day. `t` is the throttle. */
export const allowedNow: RawBuilder<number> = sql`
  greatest(0, least(
    CASE WHEN t.per_second IS NULL THEN ${sql.lit(PLENTY)} ELSE floor(${tokensNow}) END,
    CASE WHEN t.per_day IS NULL THEN ${sql.lit(PLENTY)} ELSE t.per_day - ${usedToday} END))::int`

/** However slow a rate is, it is looked at again after so long: only a day that is used up means a longer wait. */
const LOOK_AGAIN_MS = 60_000

/** SQL: milliseconds until one message may go, 0 when one may; a minute where the rate wants more. `t` is the throttle. */
export const waitMs: RawBuilder<number> = sql`
  CASE WHEN t.per_day <= ${usedToday} THEN extract(epoch FROM date_trunc('day', now(), 'UTC') + interval '24 hours' - now()) * 1000
    WHEN t.per_second IS NULL THEN 0
    ELSE least(${sql.lit(LOOK_AGAIN_MS)}, greatest(0, ceil((1 - ${tokensNow}) / t.per_second * 1000))) END::float8`

/** Why a lane rests when its day is used up. */
export const DAY_USED_UP = 'as many messages as the settings allow in a day have been sent'

/**
 * Makes the throttles of a transport what the settings say. Where a receiver has slowed it down it stays slow, but for
 * that reason alone. A lane that rests because its day was used up goes on when the settings now allow more.
 */
export async function declareLimits(db: Db, transport: string, limits: TransportLimits): Promise<void> {
  const rows = [
    ...(limits.perSecond === null && limits.perDay === null
      ? []
      : [{ key: transportKey(transport), perSecond: limits.perSecond, perDay: limits.perDay }]),
    ...Object.entries(limits.providers).map(([provider, perSecond]) => ({
      key: providerPrefix(transport) + provider,
      perSecond,
      perDay: null,
    })),
  ]
  await db.transaction().execute(async (tx) => {
    const undeclared = sql`key <> ALL (${rows.map((row) => row.key)}::text[]) AND (key = ${transportKey(transport)} OR starts_with(key, ${providerPrefix(transport)}))`
    // one_declares: so that the next statement sees all there are.
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`limits of ${transport}`}, 0))`.execute(tx)
    // lock_limits: in the order in which claims lock them, or the two would wait for each other.
    await sql`
      SELECT key FROM throttle WHERE key = ${transportKey(transport)} OR starts_with(key, ${providerPrefix(transport)}) ORDER BY key FOR UPDATE`.execute(
      tx,
    )
    // remove_limits: what is no longer set.
    await sql`DELETE FROM throttle WHERE ${undeclared} AND slowed_at IS NULL`.execute(tx)
    // unset_limits: no longer set, but slowed down by a receiver.
    await sql`UPDATE throttle SET ceiling = NULL, per_day = NULL WHERE ${undeclared}`.execute(tx)
    // declare_limits: two workers that start at once agree.
    await sql`
    INSERT INTO throttle AS t (key, per_second, ceiling, per_day)
    SELECT key, per_second, per_second, per_day
    FROM unnest(${rows.map((row) => row.key)}::text[], ${rows.map((row) => row.perSecond)}::float8[], ${rows.map((row) => row.perDay)}::int[])
      AS declared (key, per_second, per_day)
    ORDER BY key
    ON CONFLICT (key) DO UPDATE SET ceiling = excluded.ceiling, per_day = excluded.per_day,
      per_second = CASE WHEN t.slowed_at IS NULL THEN excluded.per_second ELSE least(t.per_second, excluded.per_second) END
    WHERE (t.ceiling, t.per_day) IS DISTINCT FROM (excluded.ceiling, excluded.per_day)`.execute(tx)
    // end_rest: the day has messages left after all.
    await sql`
      UPDATE lane SET paused_until = NULL, pause_reason = NULL
      WHERE transport = ${transport} AND pause_reason = ${DAY_USED_UP}
        AND NOT EXISTS (SELECT 1 FROM throttle t WHERE t.key = ${transportKey(transport)} AND t.per_day <= ${usedToday})`.execute(
      tx,
    )
  })
}

/** Limits a campaign to so many messages a second; null ends the limit. */
export async function limitCampaign(db: Db, campaignId: string, perSecond: number | null): Promise<void> {
  const key = campaignKey(campaignId)
  if (perSecond === null) await db.deleteFrom('throttle').where('key', '=', key).execute()
  else
    await db
      .insertInto('throttle')
      .values({ key, per_second: perSecond, ceiling: perSecond })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ per_second: perSecond, ceiling: perSecond }))
      .execute()
}

/** Limits a campaign as a person decided, with a line in its history. Throws for a campaign that does not exist. */
export async function throttleCampaign(
  db: Db,
  id: string,
  perSecond: number | null,
  { actor, clock }: Act,
): Promise<void> {
  await findCampaign(db, id)
  await limitCampaign(db, id, perSecond)
  await logEvent(db, id, 'throttled', actor, { perSecond }, clock.now())
}

/** As slow as back-pressure makes a lane: one message a minute (what large receivers ask for, mail-rules 9). */
const SLOWEST = 1 / 60

/** Ten connections hear the same "slow down": within this time it counts once. */
const ONCE_IN_S = 5

/** The rate of a transport that nobody knows: it was refused before it had carried anything. */
const UNKNOWN_RATE = 1

/**
 * Halves the rate of a transport because a receiver wants us slower. `perSecond` is the rate at which this worker has
 * sent of late, 0 when it has not; that of all is taken to be as much for each worker that is alive. Once it is slowed,
 * its rate is what is halved: what is carried while all is refused would say nothing.
 * Returns the new rate, or null when it was slowed a moment ago already.
 */
export async function slowTransport(
  db: Db,
  transport: string,
  perSecond: number,
  reason: string,
): Promise<number | null> {
  const isKnown = perSecond > 0
  // slow_transport: additive increase, multiplicative decrease; the first to say so counts.
  const { rows } = await sql<{ per_second: number }>`
    INSERT INTO throttle AS t (key, per_second, tokens, filled_at, slowed_at, eased_at, slow_reason)
    SELECT ${transportKey(transport)}, greatest(${SLOWEST}::float8, observed / 2), 0, now(), now(), now(), ${reason}
    FROM (
      SELECT CASE WHEN ${isKnown} THEN ${perSecond}::float8 * greatest(1, count(*)) ELSE ${UNKNOWN_RATE} END AS observed
      FROM worker w WHERE ${isAlive}
    ) AS now_sent
    ON CONFLICT (key) DO UPDATE SET
      per_second = greatest(${SLOWEST}::float8, CASE
        WHEN ${isKnown} AND t.slowed_at IS NULL THEN least(t.per_second, excluded.per_second * 2)
        ELSE coalesce(t.per_second, excluded.per_second * 2) END / 2),
      tokens = 0, filled_at = now(), slowed_at = now(), eased_at = now(), slow_reason = excluded.slow_reason
    WHERE t.slowed_at IS NULL OR t.slowed_at < now() - make_interval(secs => ${ONCE_IN_S}::float8)
    RETURNING per_second`.execute(db)
  return rows[0]?.per_second ?? null
}

/** How fast a slowed transport gets faster. */
export interface EasePlan {
  /** How long it must have gone well before the next step, in milliseconds. */
  everyMs: number
  factor: number
  /** From this rate on a transport without a limit of its own is free again. */
  freeAtPerSecond: number
}

export const DEFAULT_EASE: EasePlan = { everyMs: 30_000, factor: 1.5, freeAtPerSecond: 2_000 }

/** Lets slowed transports go a step faster when nobody has complained for a while; at its limit, or free of it, one is as before. */
export async function easeTransports(
  db: Db,
  { everyMs, factor, freeAtPerSecond }: EasePlan = DEFAULT_EASE,
): Promise<void> {
  // ease_transports: one step for each quiet spell; a row that exists only for the slowness goes with it.
  await sql`
    WITH calm AS (
      SELECT key, per_second * ${factor}::float8 AS faster FROM throttle
      WHERE slowed_at IS NOT NULL AND eased_at <= now() - make_interval(secs => ${everyMs / 1000}::float8)
      ORDER BY key FOR UPDATE
    ), freed AS (
      DELETE FROM throttle t USING calm c
      WHERE t.key = c.key AND t.ceiling IS NULL AND t.per_day IS NULL AND c.faster >= ${freeAtPerSecond}::float8
    )
    UPDATE throttle t SET
      per_second = CASE WHEN t.ceiling IS NULL AND c.faster >= ${freeAtPerSecond}::float8 THEN NULL ELSE least(c.faster, t.ceiling) END,
      slowed_at = CASE WHEN c.faster >= coalesce(t.ceiling, ${freeAtPerSecond}::float8) THEN NULL ELSE t.slowed_at END,
      slow_reason = CASE WHEN c.faster >= coalesce(t.ceiling, ${freeAtPerSecond}::float8) THEN NULL ELSE t.slow_reason END,
      eased_at = now()
    FROM calm c
    WHERE t.key = c.key AND NOT (t.ceiling IS NULL AND t.per_day IS NULL AND c.faster >= ${freeAtPerSecond}::float8)`.execute(
    db,
  )
}

/** One throttle, for people. */
export interface ThrottleState {
  key: string
  /** Messages a second that may go now. */
  perSecond: number | null
  /** What the settings allow. */
  ceiling: number | null
  perDay: number | null
  usedToday: number
  slowedAt: Date | null
  slowReason: string | null
}

/** Returns all throttles. */
export async function listThrottles(db: Db): Promise<ThrottleState[]> {
  // list_throttles: there are a few.
  const { rows } = await sql<ThrottleState>`
    SELECT t.key, t.per_second AS "perSecond", t.ceiling, t.per_day AS "perDay", ${usedToday} AS "usedToday",
      t.slowed_at AS "slowedAt", t.slow_reason AS "slowReason"
    FROM throttle t ORDER BY t.key`.execute(db)
  return rows
}
