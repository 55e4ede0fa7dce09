// The matcher of one campaign: its primary roll calls, its rules and overrides, its day of the call.
import { createMatcher, type Matcher } from '../congress/matcher.ts'
import type { Clock } from '../core/clock.ts'
import type { Manifest } from '../message/manifest.ts'
import type { Db } from '../store/connect.ts'

const DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }) // YYYY-MM-DD

/** Returns the matcher that decides what campaign `id` says to whom. */
export async function campaignMatcher(db: Db, id: string, manifest: Manifest, clock: Clock): Promise<Matcher> {
  // The primary roll call of each chamber.
  const primary = await db
    .selectFrom('campaign_roll_call')
    .select(['roll_call_id', 'chamber'])
    .where('campaign_id', '=', id)
    .where('role', '=', 'primary')
    .execute()
  // Legislators judged by hand.
  const overrides = await db
    .selectFrom('stance_override')
    .select(['legislator_id', 'stance'])
    .where('campaign_id', '=', id)
    .execute()
  const rollCallOf = (chamber: 'house' | 'senate') =>
    primary.find((each) => each.chamber === chamber)?.roll_call_id ?? null
  return createMatcher(db, {
    house: rollCallOf('house'),
    senate: rollCallOf('senate'),
    rules: manifest.rollCalls.map(({ id: rollCallId, stances }) => ({ rollCallId, stances })),
    overrides: overrides.map(({ legislator_id, stance }) => ({ legislatorId: legislator_id, stance })),
    callOn: manifest.callOn ?? DAY.format(clock.now()),
  })
}
