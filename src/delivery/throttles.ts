// Throttles: how much may go through a transport, to a provider or for a campaign, counted once for all workers.
import { sql, type RawBuilder } from 'kysely'
import type { Provider } from '../audience/provider.ts'
import type { Db } from '../store/connect.ts'

/** What the settings allow one transport. Null: no limit. */
export interface TransportLimits {
  perSecond: number | null
  /** Messages a day (UTC). */
  perDay: number | null
  /** Messages a second to addresses of one provider. */
  providers: Readonly<Partial<Record<Provider, number>>>
}

export const NO_LIMITS: TransportLimits = { perSecond: null, perDay: null, providers: {} }

export function transportKey(transport: string): string {
  return `transport/${transport}`
}

/** Returns the start of the keys of a transport's providers; the provider's name follows. */
export function providerPrefix(transport: string): string {
  return `provider/${transport}/`
}

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

/** SQL: milliseconds until one message may go, 0 when one may. `t` is the throttle. */
export const waitMs: RawBuilder<number> = sql`
  CASE WHEN t.per_day <= ${usedToday} THEN extract(epoch FROM date_trunc('day', now(), 'UTC') + interval '1 day' - now()) * 1000
    WHEN t.per_second IS NULL THEN 0
    ELSE greatest(0, ceil((1 - ${tokensNow}) / t.per_second * 1000)) END::float8`

/** Makes the throttles of a transport what the settings say. Where a receiver has slowed it down it stays slow. */
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
  // declare_limits: removes what is no longer set, unless a receiver slowed it; two workers that start at once agree.
  await sql`
    WITH declared AS (
      SELECT * FROM unnest(${rows.map((row) => row.key)}::text[], ${rows.map((row) => row.perSecond)}::float8[], ${rows.map((row) => row.perDay)}::int[])
        AS d (key, per_second, per_day)
    ), removed AS (
      DELETE FROM throttle t
      WHERE (t.key = ${transportKey(transport)} OR starts_with(t.key, ${providerPrefix(transport)}))
        AND t.slowed_at IS NULL AND NOT EXISTS (SELECT 1 FROM declared d WHERE d.key = t.key)
    )
    INSERT INTO throttle AS t (key, per_second, ceiling, per_day)
    SELECT key, per_second, per_second, per_day FROM declared ORDER BY key
    ON CONFLICT (key) DO UPDATE SET ceiling = excluded.ceiling, per_day = excluded.per_day,
      per_second = CASE WHEN t.slowed_at IS NULL THEN excluded.per_second ELSE least(t.per_second, excluded.per_second) END
    WHERE (t.ceiling, t.per_day) IS DISTINCT FROM (excluded.ceiling, excluded.per_day)`.execute(db)
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

/** As slow as back-pressure makes a lane: one message a minute (what large receivers ask for, mail-rules 9). */
const SLOWEST = 1 / 60

/** Ten connections hear the same "slow down": within this time it counts once. */
const ONCE_IN_S = 5

/**
 * Halves the rate of a transport because a receiver wants us slower. `perSecond` is the rate it has now.
 * Returns the new rate, or null when it was slowed a moment ago already.
 */
export async function slowTransport(
  db: Db,
  transport: string,
  perSecond: number,
  reason: string,
): Promise<number | null> {
  const observed = Math.max(perSecond, SLOWEST * 2)
  // slow_transport: additive increase, multiplicative decrease; the first to say so counts.
  const { rows } = await sql<{ per_second: number }>`
    INSERT INTO throttle AS t (key, per_second, tokens, filled_at, slowed_at, eased_at, slow_reason)
    VALUES (${transportKey(transport)}, ${observed / 2}::float8, 0, now(), now(), now(), ${reason})
    ON CONFLICT (key) DO UPDATE SET
      per_second = greatest(${SLOWEST}::float8, least(coalesce(t.per_second, ${observed}::float8), ${observed}::float8) / 2),
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
