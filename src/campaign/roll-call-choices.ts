// The SQL of choosing a roll call for a campaign: those that are imported, found by number, bill or words.
import { sql } from 'kysely'
import type { RuledStance } from '../congress/stance.ts'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'

export interface RollCallChoice {
  id: string
  chamber: 'house' | 'senate'
  heldOn: string
  question: string
  result: string
  bill: string | null
}

/** Returns up to `limit` roll calls that the words fit, the newest first. */
export async function findRollCalls(db: Db, words: string, limit = 20): Promise<RollCallChoice[]> {
  const pattern = `%${words.trim().replace(/[%_\\]/g, '\\$&')}%`
  // find_roll_calls: by id, bill or question; there are some thousand in a Congress.
  const { rows } = await sql<RollCallChoice>`
    SELECT id, chamber, held_on::text AS "heldOn", question, result, bill FROM roll_call
    WHERE id ILIKE ${pattern} OR coalesce(bill, '') ILIKE ${pattern} OR question ILIKE ${pattern}
    ORDER BY held_at DESC, id LIMIT ${limit}`.execute(db)
  return rows
}

/** What options usually mean; which of yea and nay is the good one, a person must say. */
const USUAL: Readonly<Record<string, RuledStance>> = { present: 'neutral', not_voting: 'absent' }

/**
 * Returns stances for every option of a roll call: the good one makes champions, the others of its kind opponents.
 * Throws `no_roll_call`, and `no_option` for a good one that does not occur.
 */
export async function usualStances(db: Db, rollCallId: string, good: string): Promise<Record<string, RuledStance>> {
  // roll_call_options: what occurs on it, with how many.
  const row = await db.selectFrom('roll_call').select('official_totals').where('id', '=', rollCallId).executeTakeFirst()
  if (!row) {
    throw new RollcallError('no_roll_call', `roll call ${rollCallId} is not imported`, {
      hint: 'import it on the Congress page first',
      kind: 'usage',
    })
  }
  const options = Object.keys(row.official_totals)
  if (!options.includes(good)) {
    throw new RollcallError('no_option', `nobody voted "${good}" on ${rollCallId}`, {
      hint: `there are ${options.join(', ')}`,
      kind: 'usage',
    })
  }
  return Object.fromEntries(
    options.map((option) => [option, option === good ? 'champion' : (USUAL[option] ?? 'opponent')]),
  )
}
