// What all workers share about a transport: whether it is paused, and when its next message may go.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import type { TransportKind } from './transport.ts'

/** Pauses a transport for everybody, for at least `ms` from now. A longer pause stays. */
export async function pauseLane(db: Db, transport: TransportKind, ms: number, reason: string): Promise<void> {
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

/** Ends a pause at once; the operator says so. */
export async function resumeLane(db: Db, transport: TransportKind): Promise<void> {
  // resume_lane: forgets the pause.
  await sql`UPDATE lane SET paused_until = NULL, pause_reason = NULL WHERE transport = ${transport}`.execute(db)
}

export interface LanePause {
  transport: TransportKind
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

/** What a lane may catch up after a lull. Without it the time between two claims would be lost for good. */
const CATCH_UP_MS = 500

/**
 * Reserves the next `messages` slots of a transport that may carry `perSecond`, and returns how many milliseconds to wait
 * before the first. The caller waits before it claims, never while it holds claims.
 */
export async function reserveSlots(
  db: Db,
  transport: TransportKind,
  messages: number,
  perSecond: number,
): Promise<number> {
  const lengthMs = (messages * 1000) / perSecond
  const catchUp = CATCH_UP_MS / 1000
  // reserve_slots: moves the lane's clock on; the row lock makes all workers queue.
  const { rows } = await sql<{ wait_ms: number }>`/* prepared: reserve_slots */
    INSERT INTO lane AS l (transport, next_slot_at)
    VALUES (${transport}, clock_timestamp() + make_interval(secs => ${lengthMs / 1000}::float8))
    ON CONFLICT (transport) DO UPDATE SET
      next_slot_at = greatest(l.next_slot_at, clock_timestamp() - make_interval(secs => ${catchUp}::float8)) + make_interval(secs => ${lengthMs / 1000}::float8)
    RETURNING (extract(epoch FROM next_slot_at - clock_timestamp()) * 1000 - ${lengthMs}::float8)::float8 AS wait_ms`.execute(
    db,
  )
  return Math.max(0, rows[0]?.wait_ms ?? 0)
}
