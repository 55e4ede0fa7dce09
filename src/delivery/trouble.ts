// What went wrong of late in a campaign, in sentences: each once, with how often and when last.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { stripAddresses } from './reply.ts'

export interface Trouble {
  ending: 'deferred' | 'bounced' | 'failed' | 'in_doubt'
  transport: string
  sentence: string
  /** Of the last attempts that were looked at. */
  count: number
  lastAt: Date
}

/** So many of the last troubled attempts are looked at. */
const LOOKED_AT = 500

/** Returns the latest kinds of trouble, newest first, without addresses. */
export async function latestTrouble(db: Db, campaignId: string, limit: number): Promise<Trouble[]> {
  // latest_trouble: by the index of what went wrong.
  const { rows } = await sql<Trouble>`
    SELECT ending, transport, sentence, count(*)::int AS count, max(ended_at) AS "lastAt"
    FROM (
      SELECT ending, transport, sentence, ended_at FROM attempt
      WHERE campaign_id = ${campaignId} AND ending IN ('deferred', 'bounced', 'failed', 'in_doubt')
      ORDER BY ended_at DESC LIMIT ${LOOKED_AT}
    ) AS latest
    GROUP BY ending, transport, sentence ORDER BY max(ended_at) DESC`.execute(db)
  return merge(rows.map((row) => ({ ...row, sentence: stripAddresses(row.sentence) }))).slice(0, limit)
}

/** Sentences that differed in an address alone are one. */
function merge(rows: readonly Trouble[]): Trouble[] {
  const found = new Map<string, Trouble>()
  for (const row of rows) {
    const key = `${row.ending} ${row.transport} ${row.sentence}`
    const known = found.get(key)
    found.set(key, known === undefined ? row : { ...known, count: known.count + row.count })
  }
  return [...found.values()]
}
