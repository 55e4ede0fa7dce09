// What all workers share about a transport: whether it is paused, and how often it has failed in a row.
import { sql } from 'kysely'
import { recordAct } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import { campaignKey, providerPrefix, transportKey } from './throttles.ts'

/** Pauses a transport for everybody, for at least `ms` from now. A longer pause stays. */
export async function pauseLane(db: Db, transport: string, ms: number, reason: string): Promise<void> {
  // pause_lane: the later end wins, and its reason with it.
  await sql`
    INSERT INTO lane AS l (transport, paused_until, pause_reason)
    VALUES (${transport}, now() + make_interval(secs => ${ms / 1000}::float8), ${reason})
    ON CONFLICT (transport) DO UPDATE SET
      paused_until = greatest(l.paused_until, excluded.paused_until),
      pause_reason = CASE WHEN l.paused_until > excluded.paused_until THEN l.pause_reason ELSE excluded.pause_reason END`.execute(
    db,
  )
}

/** A circuit that opens again and again stays open up to so many times longer. */
const LONGEST = 8

/**
 * Opens the circuit of a transport that failed: a pause of `ms`, doubled for each time it failed in a row before, and
 * its unclaimed deliveries go to the next transport of their campaign. Failures while it is open are the same failure.
 */
export async function openCircuit(db: Db, transport: string, ms: number, reason: string): Promise<void> {
  // open_circuit: whoever comes first counts it.
  await sql`
    INSERT INTO lane AS l (transport, paused_until, pause_reason, failures)
    VALUES (${transport}, now() + make_interval(secs => ${ms / 1000}::float8), ${reason}, 1)
    ON CONFLICT (transport) DO UPDATE SET
      failures = l.failures + 1,
      paused_until = now() + make_interval(secs => ${ms / 1000}::float8 * least(${LONGEST}, 2 ^ l.failures)),
      pause_reason = excluded.pause_reason
    WHERE l.paused_until IS NULL OR l.paused_until <= now()`.execute(db)
}

/** Closes the circuit: the transport has carried a message. */
export async function closeCircuit(db: Db, transport: string): Promise<void> {
  // close_circuit: a pause that somebody else set meanwhile stays.
  await sql`UPDATE lane SET failures = 0 WHERE transport = ${transport} AND failures > 0`.execute(db)
}

/** Ends a pause at once and forgets the failures; the operator says so. */
export async function resumeLane(db: Db, transport: string): Promise<void> {
  // resume_lane: forgets the pause.
  await sql`UPDATE lane SET paused_until = NULL, pause_reason = NULL, failures = 0 WHERE transport = ${transport}`.execute(
    db,
  )
}

export interface LanePause {
  transport: string
  until: Date
  reason: string
}

/** Returns the transports that are paused now. */
export async function pausedLanes(db: Db): Promise<LanePause[]> {
  // paused_lanes: the operator's list.
  const { rows } = await sql<LanePause>`
    SELECT transport, paused_until AS until, pause_reason AS reason FROM lane WHERE paused_until > now() ORDER BY transport`.execute(
    db,
  )
  return rows
}

/** What a worker must know of a transport before it claims for it. */
export interface LaneView {
  /** Some throttle may hold back what is claimed for it. */
  isLimited: boolean
  /** Failures since it last carried a message: above 0 it is tried with one message at a time. */
  failures: number
}

/** Returns how a transport stands. */
export async function viewLane(db: Db, transport: string): Promise<LaneView> {
  // view_lane: the throttle of any campaign that may send counts, for whichever campaign comes next.
  const { rows } = await sql<LaneView>`
    SELECT EXISTS (
        SELECT 1 FROM throttle t
        WHERE t.key = ${transportKey(transport)} OR starts_with(t.key, ${providerPrefix(transport)})
      ) OR EXISTS (
        SELECT 1 FROM campaign c JOIN throttle t ON t.key = ${campaignKey('')} || c.id WHERE c.state IN ('sending', 'paused')
      ) AS "isLimited",
      coalesce((SELECT failures FROM lane WHERE transport = ${transport}), 0) AS failures`.execute(db)
  return rows[0] ?? { isLimited: false, failures: 0 }
}

/** Returns the transports a sending campaign may use now, best first: those whose circuit is closed. Empty for any other campaign. */
export async function openLanes(db: Db, campaignId: string): Promise<string[]> {
  // open_lanes: in the order of the campaign.
  const { rows } = await sql<{ name: string }>`
    SELECT t.name
    FROM campaign c CROSS JOIN LATERAL unnest(c.transports) WITH ORDINALITY AS t (name, place)
    WHERE c.id = ${campaignId} AND c.state = 'sending'
      AND NOT EXISTS (SELECT 1 FROM lane l WHERE l.transport = t.name AND l.paused_until > now())
    ORDER BY t.place`.execute(db)
  return rows.map((row) => row.name)
}

/** A person pauses a transport: as `pauseLane`, and in the audit log. */
export async function restLane(db: Db, transport: string, ms: number, reason: string, actor: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await pauseLane(tx, transport, ms, reason)
    await recordAct(tx, { actor, act: 'pause lane', object: `lane/${transport}`, reason })
  })
}

/** A person ends the pause of a transport: as `resumeLane`, and in the audit log. */
export async function openLane(db: Db, transport: string, actor: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await resumeLane(tx, transport)
    await recordAct(tx, { actor, act: 'resume lane', object: `lane/${transport}` })
  })
}
