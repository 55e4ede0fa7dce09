// The reference campaign's roll calls and rules, for the tests of this folder.
import path from 'node:path'
import { createMatcher } from '../../src/congress/matcher.ts'
import type { Matcher, MatcherRequest } from '../../src/congress/matcher.ts'
import type { StanceRules } from '../../src/congress/stance.ts'
import type { Db } from '../../src/store/connect.ts'

export const FIXTURE = path.join(import.meta.dirname, '../../fixtures/congress-115')
export const HOUSE = 'h708-115.2017'
export const SENATE = 's325-115.2017'
const GOOD_NO = { nay: 'champion', yea: 'opponent', not_voting: 'absent', present: 'neutral' } as const
export const RULES: StanceRules = [HOUSE, SENATE].map((rollCallId) => ({ rollCallId, stances: GOOD_NO }))

/** Returns the matcher of the reference campaign, with whatever the test changes. */
export function referenceMatcher(db: Db, change: Partial<MatcherRequest> = {}): Promise<Matcher> {
  return createMatcher(db, {
    house: HOUSE,
    senate: SENATE,
    rules: RULES,
    overrides: [],
    callOn: '2017-12-22',
    ...change,
  })
}
