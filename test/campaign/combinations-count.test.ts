// The combinations of an audience for previews: counted once a minute, matched anew each time.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { campaignMatcher } from '../../src/campaign/campaign-matcher.ts'
import { createCombinationCounter } from '../../src/campaign/combinations.ts'
import { currentRevision, findCampaign } from '../../src/campaign/campaigns.ts'
import { overrideStance, readManifest } from '../../src/campaign/create.ts'
import { parseSegment } from '../../src/campaign/segment.ts'
import { fixedClock } from '../../src/core/clock.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { ACT, addSubscribers, draftCampaign } from '../support/reference-campaign.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  await addSubscribers(store.db, ['97212', '97212', '35203', null])
})
afterAll(() => store[Symbol.asyncDispose]())

test('counts are a minute old at most, and what is said of the seats is never old', async () => {
  const clock = fixedClock('2018-01-03T12:00:00Z')
  const id = await draftCampaign(store.db)
  const manifest = readManifest((await currentRevision(store.db, await findCampaign(store.db, id))).files)
  const counter = createCombinationCounter(clock)
  const outcomes = async () => {
    const matcher = await campaignMatcher(store.db, id, manifest, clock)
    const found = await counter.combinationsOf(store.db, matcher, manifest, null)
    return found.map(({ match, subscribers }) => `${match.outcome} ${subscribers}`)
  }
  expect((await outcomes())[0]).toBe('all_champions 2')
  expect((await outcomes()).toSorted()).toEqual(['all_champions 2', 'all_opponents 1', 'unresolved 1'])

  await addSubscribers(store.db, ['97212', '97212'], 'later')
  await overrideStance(store.db, id, { bioguide: 'M001176', stance: 'opponent', reason: 'said otherwise' }, ACT)
  expect((await outcomes()).toSorted()).toEqual(['all_opponents 1', 'mixed 2', 'unresolved 1'])
  clock.advance(60_000)
  expect((await outcomes()).toSorted()).toEqual(['all_opponents 1', 'mixed 4', 'unresolved 1'])
})

test('only the people of the segment count', async () => {
  const clock = fixedClock('2018-01-03T12:00:00Z')
  const id = await draftCampaign(store.db)
  const manifest = readManifest((await currentRevision(store.db, await findCampaign(store.db, id))).files)
  const matcher = await campaignMatcher(store.db, id, manifest, clock)
  const segment = parseSegment({ states: { values: ['AL'] } })
  const found = await createCombinationCounter(clock).combinationsOf(store.db, matcher, manifest, segment)
  expect(found.map(({ match, subscribers }) => `${match.candidates.join()} ${subscribers}`)).toEqual(['US-H-AL-07 1'])
})
