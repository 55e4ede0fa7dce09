// The matcher of one campaign: the roll calls and rules of a manifest, the overrides, the day of the call.
import { createMatcher, type Matcher } from '../congress/matcher.ts'
import type { Clock } from '../core/clock.ts'
import type { Manifest } from '../message/manifest.ts'
import type { Db } from '../store/connect.ts'

const DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }) // YYYY-MM-DD

/** Returns the matcher that decides what campaign `id` says to whom with this manifest, be it saved or not. */
export async function campaignMatcher(db: Db, id: string, manifest: Manifest, clock: Clock): Promise<Matcher> {
  // Legislators judged by hand.
  const overrides = await db
    .selectFrom('stance_override')
    .select(['legislator_id', 'stance'])
    .where('campaign_id', '=', id)
    .execute()
  // An id begins with its chamber: h708-115.2017.
  const primaryOf = (letter: 'h' | 's') =>
    manifest.rollCalls.find((rule) => rule.role === 'primary' && rule.id.startsWith(letter))?.id ?? null
  return createMatcher(db, {
    house: primaryOf('h'),
    senate: primaryOf('s'),
    rules: manifest.rollCalls.map(({ id: rollCallId, stances }) => ({ rollCallId, stances })),
    overrides: overrides.map(({ legislator_id, stance }) => ({ legislatorId: legislator_id, stance })),
    callOn: manifest.callOn ?? DAY.format(clock.now()),
  })
}
