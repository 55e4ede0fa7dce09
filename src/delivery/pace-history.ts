// How many messages of a campaign went out in each interval of the last minutes.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

export interface PaceHistory {
  /** Messages sent in each interval, oldest first; the one that has just begun is left out. */
  sent: number[]
  everySeconds: number
}

/** Returns the pace of the last `intervals` of `everySeconds`. */
export async function paceHistory(
  db: Db,
  campaignId: string,
  { intervals, everySeconds }: { intervals: number; everySeconds: number },
): Promise<PaceHistory> {
  // pace_history: attempts are in the order of time, so that only the last blocks are read.
  const { rows } = await sql<{ ago: number; sent: number }>`
    SELECT floor(extract(epoch FROM now() - ended_at) / ${everySeconds}::float8)::int AS ago, count(*)::int AS sent
    FROM attempt
    WHERE ended_at > now() - make_interval(secs => ${intervals * everySeconds}::float8) AND ended_at <= now()
      AND campaign_id = ${campaignId} AND ending = 'sent'
    GROUP BY 1`.execute(db)
  const byAgo = new Map(rows.map(({ ago, sent }) => [ago, sent]))
  const sent = Array.from({ length: intervals }, (_, index) => byAgo.get(intervals - 1 - index) ?? 0)
  return { sent, everySeconds }
}
