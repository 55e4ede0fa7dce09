// The opt-out log, and the proof that nobody was written to after their wish took effect.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

export interface OptOut {
  id: string
  /** Keyed hash of the address, hex. */
  addressKey: string
  deliveryId: string | null
  channel: string
  requestedAt: Date
  effectiveAt: Date
}

/** Returns the newest wishes, last first. */
export async function latestOptOuts(db: Db, limit: number): Promise<OptOut[]> {
  // latest_opt_outs: by key.
  const { rows } = await sql<OptOut>`
    SELECT id, encode(address_key, 'hex') AS "addressKey", delivery_id AS "deliveryId", channel,
      requested_at AS "requestedAt", effective_at AS "effectiveAt"
    FROM opt_out ORDER BY id DESC LIMIT ${limit}`.execute(db)
  return rows
}

/** From request to effect, in milliseconds; null when there was no wish. */
export interface Latency {
  wishes: number
  p50Ms: number | null
  p99Ms: number | null
  maxMs: number | null
}

/** Returns how fast wishes took effect since `since`. */
export async function optOutLatency(db: Db, since: Date): Promise<Latency> {
  // opt_out_latency: percentiles of the log.
  const { rows } = await sql<Latency>`
    SELECT count(*)::int AS wishes,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS "p50Ms", percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) AS "p99Ms", max(ms) AS "maxMs"
    FROM (SELECT extract(epoch FROM effective_at - requested_at)::float8 * 1000 AS ms FROM opt_out WHERE requested_at >= ${since}) AS log`.execute(
    db,
  )
  return rows[0] ?? { wishes: 0, p50Ms: null, p99Ms: null, maxMs: null }
}

/** A message that left although its address was suppressed. */
export interface LateSend {
  campaignId: string
  deliveryId: string
  /** When the address was suppressed, and why. */
  suppressedAt: Date
  reason: string
  startedAt: Date
  /** It had been claimed when the wish came, and was already on its way. */
  wasInTheAir: boolean
}

/**
 * So long may lie between the claim, which is the last to ask, and the hand-over: beyond, the worker asks again
 * (`staleMs` of the send loop).
 */
const IN_THE_AIR_MS = 10_000

/**
 * Returns every message of the whole ledger that was handed over while its address was suppressed: from the suppression to the
 * release that followed, if any. Those that were in the air are told apart; there must be no others.
 */
export async function lateSends(db: Db): Promise<LateSend[]> {
  // late_sends: spans → attempts that began inside of one; each campaign is asked by its own index.
  const { rows } = await sql<LateSend>`
    WITH spans AS (
      SELECT e.address_key, e.basis AS reason, e.at AS from_at,
        (SELECT min(r.at) FROM consent_event r WHERE r.address_key = e.address_key AND r.act = 'released' AND r.id > e.id) AS until_at
      FROM consent_event e WHERE e.act = 'suppressed'
    )
    SELECT d.campaign_id AS "campaignId", d.id AS "deliveryId", s.from_at AS "suppressedAt", s.reason, a.started_at AS "startedAt",
      a.started_at < s.from_at + make_interval(secs => ${IN_THE_AIR_MS / 1000}) AS "wasInTheAir"
    FROM spans s
    CROSS JOIN campaign c
    JOIN delivery d ON d.campaign_id = c.id AND d.address_key = s.address_key
    JOIN attempt a ON a.campaign_id = d.campaign_id AND a.delivery_id = d.id
    WHERE a.ending IN ('sent', 'in_doubt') AND a.started_at > s.from_at AND (s.until_at IS NULL OR a.started_at < s.until_at)
    ORDER BY a.started_at, d.id`.execute(db)
  return rows
}
