// How fast campaigns have gone so far, and how long the next one will take by that.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { listThrottles, transportKey } from './throttles.ts'

export interface SendingTime {
  /** Milliseconds; null when nothing of the kind was ever sent and nothing limits it. */
  aboutMs: number | null
  perSecond: number | null
  /** What the figure is taken from. */
  basis: 'measured' | 'limit' | 'nothing'
}

/** Returns how long `messages` will take through these transports: by what was measured, and never faster than the first one's limit. */
export async function sendingTime(db: Db, transports: readonly string[], messages: number): Promise<SendingTime> {
  // measured_pace: the fastest of the last campaigns that went the same way.
  const { rows } = await sql<{ perSecond: number }>`
    SELECT (audience / greatest(1, extract(epoch FROM finished_at - launched_at)))::float8 AS "perSecond"
    FROM campaign WHERE state = 'finished' AND transports[1] = ${transports[0] ?? ''} AND audience >= 100
    ORDER BY launched_at DESC LIMIT 5`.execute(db)
  const measured = rows.length === 0 ? null : Math.max(...rows.map((row) => row.perSecond))
  const limits = await listThrottles(db)
  const limit = limits.find(({ key }) => key === transportKey(transports[0] ?? ''))?.perSecond ?? null
  const known = [measured, limit].filter((each) => each !== null)
  if (known.length === 0) return { aboutMs: null, perSecond: null, basis: 'nothing' }
  const perSecond = Math.min(...known)
  return { aboutMs: (messages / perSecond) * 1000, perSecond, basis: perSecond === measured ? 'measured' : 'limit' }
}

export interface Rates {
  /** Messages handed over. */
  sent: number
  bounced: number
  complaints: number
}

/** Returns what came back of the campaigns launched since then, from the counts that lists keep. */
export async function ratesSince(db: Db, since: Date): Promise<Rates> {
  // rates_since: one row a campaign; complaints are few.
  const { rows } = await sql<Rates>`
    SELECT coalesce(sum(coalesce((f.deliveries ->> 'sent')::bigint, 0) + coalesce((f.deliveries ->> 'bounced')::bigint, 0)), 0)::float8 AS sent,
      coalesce(sum((f.deliveries ->> 'bounced')::bigint), 0)::float8 AS bounced,
      (SELECT count(*) FROM suppression WHERE reason = 'complaint' AND set_at >= ${since})::float8 AS complaints
    FROM campaign c JOIN campaign_figure f ON f.campaign_id = c.id WHERE c.launched_at >= ${since}`.execute(db)
  return rows[0] ?? { sent: 0, bounced: 0, complaints: 0 }
}
