// The SQL of overrides: legislators whom a campaign judges by hand, and taking that back.
import { sql } from 'kysely'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { lockCampaign, logEvent } from './campaigns.ts'
import { refuseLaunched, UNAPPROVED } from './create.ts'

export interface Override {
  legislatorId: string
  bioguide: string
  name: string
  stance: 'champion' | 'opponent' | 'neutral' | 'absent'
  reason: string
  setBy: string
  setAt: Date
}

/** Returns the overrides of a campaign, by name. */
export async function listOverrides(db: Db, id: string): Promise<Override[]> {
  // list_overrides: who is judged by hand, and why.
  const { rows } = await sql<Override>`
    SELECT o.legislator_id::text AS "legislatorId", l.bioguide, coalesce(l.official_full, l.first_name || ' ' || l.last_name) AS name,
      o.stance, o.reason, o.set_by AS "setBy", o.set_at AS "setAt"
    FROM stance_override o JOIN legislator l ON l.id = o.legislator_id
    WHERE o.campaign_id = ${id} ORDER BY l.last_name, l.bioguide`.execute(db)
  return rows
}

/** Lets the rules decide about a legislator again. Any approval is void. Throws `no_override`, `already_launched`. */
export async function takeBackOverride(
  db: Db,
  id: string,
  bioguide: string,
  { actor, clock }: { actor: string; clock: Clock },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    refuseLaunched(await lockCampaign(tx, id))
    // take_back_override: the row goes, the log keeps what it said.
    const { rows } = await sql<{ stance: string; reason: string }>`
      DELETE FROM stance_override o USING legislator l
      WHERE o.campaign_id = ${id} AND l.id = o.legislator_id AND l.bioguide = ${bioguide}
      RETURNING o.stance, o.reason`.execute(tx)
    const [gone] = rows
    if (!gone) {
      throw new RollcallError('no_override', `nobody with the Bioguide id "${bioguide}" is judged by hand`, {
        hint: 'somebody may have taken it back: load the page again',
        kind: 'usage',
      })
    }
    // What was approved was another message.
    await tx.updateTable('campaign').set(UNAPPROVED).where('id', '=', id).execute()
    await logEvent(tx, id, 'override taken back', actor, { bioguide, ...gone }, clock.now())
  })
}

/** Copies the overrides of one campaign to another, each with its reason, as `actor`'s own. */
export async function copyOverrides(
  db: Db,
  { from, to }: { from: string; to: string },
  { actor, clock }: { actor: string; clock: Clock },
): Promise<number> {
  const now = clock.now()
  // copy_overrides: the reasons go along.
  const { numAffectedRows } = await sql`
    INSERT INTO stance_override (campaign_id, legislator_id, stance, reason, set_by, set_at)
    SELECT ${to}, legislator_id, stance, reason, ${actor}, ${now} FROM stance_override WHERE campaign_id = ${from}`.execute(
    db,
  )
  const copied = Number(numAffectedRows ?? 0)
  if (copied > 0) await logEvent(db, to, 'override', actor, { copiedFrom: from, copied }, now)
  return copied
}
