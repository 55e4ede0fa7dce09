// The campaigns that are being sent, stand still in the middle, or wait for their hour.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

export interface Running {
  id: string
  name: string
  state: 'sending' | 'paused' | 'scheduled'
  audience: number | null
  launchAt: Date | null
  pauseReason: string | null
}

/** Returns them, those that move first. */
export async function onTheWire(db: Db): Promise<Running[]> {
  // on_the_wire: there are hundreds of campaigns, and a few of these.
  const { rows } = await sql<Running>`
    SELECT id, name, state, audience, launch_at AS "launchAt", pause_reason AS "pauseReason"
    FROM campaign WHERE state IN ('sending', 'paused', 'scheduled')
    ORDER BY array_position(ARRAY['sending', 'paused', 'scheduled'], state), coalesce(launched_at, launch_at) LIMIT 20`.execute(
    db,
  )
  return rows
}
