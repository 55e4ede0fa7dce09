// The SQL of segments: those that are saved by name, and the one of a campaign.
import type { Db } from '../store/connect.ts'
import { RollcallError } from '../core/errors.ts'
import { lockCampaign, logEvent } from './campaigns.ts'
import type { Act } from './control.ts'
import { refuseLaunched, UNAPPROVED } from './create.ts'
import { describeSegment, parseSegment, type Segment } from './segment.ts'

export interface SavedSegment {
  id: string
  name: string
  segment: Segment
  setBy: string
  setAt: Date
}

/** Returns the saved segments, by name. */
export async function listSegments(db: Db): Promise<SavedSegment[]> {
  // list_segments: people make a few dozen.
  const rows = await db.selectFrom('segment').selectAll().orderBy('name').execute()
  return rows.flatMap(({ id, name, rules, set_by: setBy, set_at: setAt }) => {
    const segment = parseSegment(rules)
    return segment === null ? [] : [{ id, name, segment, setBy, setAt }]
  })
}

/** Keeps a segment under a name; one that has the name already is replaced. Campaigns that were made with it keep theirs. */
export async function saveSegment(db: Db, name: string, segment: Segment, { actor, clock }: Act): Promise<void> {
  const known = name.trim()
  if (known === '' || known.length > 80) {
    throw new RollcallError('bad_name', 'a segment needs a name of 1 to 80 characters', { kind: 'usage' })
  }
  const row = { rules: JSON.stringify(segment), set_by: actor, set_at: clock.now() }
  // save_segment: by its name.
  await db
    .insertInto('segment')
    .values({ name: known, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute()
}

/** Forgets a saved segment. */
export async function removeSegment(db: Db, id: string): Promise<void> {
  // remove_segment: campaigns have copies of their own.
  await db.deleteFrom('segment').where('id', '=', id).execute()
}

/** Chooses whom a campaign that is not launched goes to; null: everyone. Any approval is void. Throws `already_launched`. */
export async function setCampaignSegment(
  db: Db,
  id: string,
  segment: Segment | null,
  { actor, clock }: Act,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    refuseLaunched(await lockCampaign(tx, id))
    // set_campaign_segment: what was approved was another audience.
    await tx
      .updateTable('campaign')
      .set({ segment: segment === null ? null : JSON.stringify(segment), ...UNAPPROVED })
      .where('id', '=', id)
      .execute()
    await logEvent(tx, id, 'segment', actor, { segment, words: describeSegment(segment) }, clock.now())
  })
}
