// The kill switch: one row that every claim reads (threat T19).
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

export interface KillSwitch {
  isEngaged: boolean
  reason: string
  setBy: string
  setAt: Date
}

/** Engages or releases the switch: engaged, nothing of any campaign is claimed; what is in the air still arrives. */
export async function setKillSwitch(db: Db, isEngaged: boolean, reason: string, by: string): Promise<void> {
  // set_kill_switch: the one row there is.
  await sql`UPDATE kill_switch SET engaged = ${isEngaged}, reason = ${reason}, set_by = ${by}, set_at = now()`.execute(
    db,
  )
}

/** Returns how the switch stands. */
export async function readKillSwitch(db: Db): Promise<KillSwitch> {
  // The one row there is.
  const row = await db.selectFrom('kill_switch').selectAll().executeTakeFirstOrThrow()
  return { isEngaged: row.engaged, reason: row.reason, setBy: row.set_by, setAt: row.set_at }
}
