// How often a key may call: a number of calls a minute, counted for all processes together.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

const WINDOW_SECONDS = 60

export interface Budget {
  /** Calls a window. */
  limit: number
  windowSeconds: number
  /** Calls left in this window. */
  remaining: number
  /** Seconds until the next window. */
  resetSeconds: number
  isSpent: boolean
}

/** Counts a call of the key and returns what is left. The database's clock decides, so that processes agree. */
export async function takeCall(db: Db, keyId: string, limit: number): Promise<Budget> {
  // take_call: a window that has ended starts anew.
  const { rows } = await sql<{ used: number; resetSeconds: number }>`
    INSERT INTO api_budget AS b (key_id, window_at, used) VALUES (${keyId}, now(), 1)
    ON CONFLICT (key_id) DO UPDATE SET
      used = CASE WHEN b.window_at <= now() - make_interval(secs => ${WINDOW_SECONDS}) THEN 1 ELSE least(b.used + 1, ${limit} + 1) END,
      window_at = CASE WHEN b.window_at <= now() - make_interval(secs => ${WINDOW_SECONDS}) THEN now() ELSE b.window_at END
    RETURNING used, ceil(${WINDOW_SECONDS} - extract(epoch FROM now() - window_at))::int AS "resetSeconds"`.execute(db)
  const { used, resetSeconds } = rows[0] ?? { used: 1, resetSeconds: WINDOW_SECONDS }
  return {
    limit,
    windowSeconds: WINDOW_SECONDS,
    remaining: Math.max(0, limit - used),
    resetSeconds,
    isSpent: used > limit,
  }
}
