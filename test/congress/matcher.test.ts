// The edge cases of split ZIPs, successors, delegates, and what a campaign may ask of the matcher.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixedClock } from '../../src/core/clock.ts'
import type { Match } from '../../src/congress/match.ts'
import { createMatcher } from '../../src/congress/matcher.ts'
import type { Matcher } from '../../src/congress/matcher.ts'
import { unmappedOptions } from '../../src/congress/off-party.ts'
import { loadReference } from '../../src/congress/reference.ts'
import { loadRollCall } from '../../src/congress/roll-calls.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { FIXTURE, HOUSE, referenceMatcher, RULES, SENATE } from './reference-campaign.ts'

const clock = fixedClock('2026-01-05T12:00:00Z')
let store: Store
let matcher: Matcher

beforeAll(async () => {
  store = await testDatabase()
  await loadReference(store.db, FIXTURE, clock)
  matcher = await referenceMatcher(store.db)
})
afterAll(() => store[Symbol.asyncDispose]())

/** `US-H-NY-10 champion` of every seat of a match. */
function stances(match: Match): string[] {
  return match.seats.map((seat) => `${seat.seat.id} ${seat.stance}`)
}

function names(match: Match): string[] {
  return match.seats.map((seat) => seat.voter?.name ?? '')
}

describe('edge cases', () => {
  test('one seat: Portland has Wyden, Merkley and Blumenauer, all champions', () => {
    const match = matcher.match('97212')
    expect(names(match)).toEqual(['Earl Blumenauer', 'Jeff Merkley', 'Ron Wyden'])
    expect(match).toMatchObject({ basis: 'zip', outcome: 'all_champions', candidates: ['US-H-OR-03'] })
    expect(match.seats.every((seat) => !seat.candidate)).toBe(true)
  })

  test('a split ZIP whose outcome is certain calls neither representative the own one', () => {
    const match = matcher.match('10001')
    expect(match).toMatchObject({ outcome: 'all_champions', key: 'champion|champion+champion' })
    expect(match.seats.map((seat) => [seat.seat.id, seat.candidate])).toEqual([
      ['US-H-NY-10', true],
      ['US-H-NY-12', true],
      ['US-S-NY-1', false],
      ['US-S-NY-3', false],
    ])
  })

  test('a ZIP in two states with one outcome calls none of the four senators the own one', () => {
    const match = matcher.match('57724')
    expect(match).toMatchObject({ outcome: 'all_opponents', candidates: ['US-H-MT-00', 'US-H-SD-00'] })
    expect(match.seats).toHaveLength(6)
    expect(match.seats.every((seat) => seat.candidate)).toBe(true)
  })

  test('five candidates at most; the senators stay certain', () => {
    const match = matcher.match('92373')
    expect(match.outcome).toBe('ambiguous')
    expect(match.candidates).toEqual(['08', '31', '36', '41', '42'].map((district) => `US-H-CA-${district}`))
    expect(match.seats.filter((seat) => !seat.candidate).map((seat) => seat.seat.id)).toEqual([
      'US-S-CA-1',
      'US-S-CA-3',
    ])
    expect(Math.max(...matcher.zips().map((zip) => matcher.match(zip).candidates.length))).toBe(5)
  })

  test('two seats, one of them vacant', () => {
    const match = matcher.match('15003')
    expect(stances(match).slice(0, 2)).toEqual(['US-H-PA-12 opponent', 'US-H-PA-18 vacant'])
    expect(match).toMatchObject({ outcome: 'ambiguous', key: null })
    expect(match.seats[1]).toMatchObject({ voter: null, party: '', position: null, holder: null })
  })

  test.each([
    ['21912', ['US-H-DE-00', 'US-H-MD-01'], 'ambiguous'],
    ['02861', ['US-H-MA-04', 'US-H-RI-01'], 'ambiguous'],
    ['84531', ['US-H-AZ-01', 'US-H-UT-03'], 'ambiguous'],
    ['30165', ['US-H-AL-03', 'US-H-GA-14'], 'ambiguous'],
    ['71749', ['US-H-AR-04', 'US-H-LA-04'], 'all_opponents'],
    ['75556', ['US-H-AR-04', 'US-H-TX-04'], 'all_opponents'],
    ['59270', ['US-H-MT-00', 'US-H-ND-00'], 'all_opponents'],
  ])('%s lies in two states', (zip, candidates, outcome) => {
    const match = matcher.match(zip)
    expect(match.candidates).toEqual(candidates)
    expect([match.outcome, zip]).toEqual([outcome, zip])
  })

  test.each([
    ['99501', 'US-H-AK-00'],
    ['05401', 'US-H-VT-00'],
    ['82001', 'US-H-WY-00'],
  ])('%s is at large', (zip, seat) => {
    expect(matcher.match(zip).candidates).toEqual([seat])
  })

  test.each([
    ['20001', 'US-H-DC-00', 'Eleanor Holmes Norton'],
    ['00601', 'US-H-PR-00', 'Jenniffer González-Colón'],
    ['96910', 'US-H-GU-00', 'Madeleine Z. Bordallo'],
    ['96799', 'US-H-AS-00', 'Aumua Amata Coleman Radewagen'],
    ['96950', 'US-H-MP-00', 'Gregorio Kilili Camacho Sablan'],
    ['00802', 'US-H-VI-00', 'Stacey E. Plaskett'],
  ])('%s has a delegate who cannot vote, and no senators', (zip, seat, name) => {
    const match = matcher.match(zip)
    expect(match).toMatchObject({ candidates: [seat], outcome: 'no_vote', key: 'cannot_vote|none' })
    expect(match.seats.map((each) => [each.stance, each.voter?.name])).toEqual([['cannot_vote', name]])
  })

  test('who voted and whom to call differ when the senator is gone by the day of the call', async () => {
    const january = await referenceMatcher(store.db, { callOn: '2018-01-04' })
    const alabama = january.match('35203').seats.find((seat) => seat.seat.id === 'US-S-AL-2')
    expect(alabama).toMatchObject({
      voter: { name: 'Luther Strange' },
      position: { option: 'yea' },
      holder: { name: 'Doug Jones', party: 'D' },
    })
    const minnesota = january.match('55401').seats.find((seat) => seat.seat.id === 'US-S-MN-2')
    expect(minnesota).toMatchObject({
      voter: { name: 'Al Franken' },
      stance: 'champion',
      holder: { name: 'Tina Smith' },
    })
    expect(matcher.match('35203').seats.find((seat) => seat.seat.id === 'US-S-AL-2')?.holder?.name).toBe(
      'Luther Strange',
    )
  })

  test('nobody is called for a House seat under another map', async () => {
    const later = await referenceMatcher(store.db, { callOn: '2019-02-01' })
    expect(later.match('97212').seats.map((seat) => seat.holder?.lastName ?? null)).toEqual([null, 'Merkley', 'Wyden'])
  })

  test('PO boxes and single buildings have the candidates of their state', () => {
    expect(matcher.match('10118')).toMatchObject({ basis: 'state', outcome: 'ambiguous' })
    expect(matcher.match('10118').candidates).toHaveLength(27)
    expect(matcher.match('20500')).toMatchObject({ basis: 'state', candidates: ['US-H-DC-00'], outcome: 'no_vote' })
    expect(matcher.match('73301').candidates).toHaveLength(36)
  })

  test.each(['09001', '34001', '96301', '96941', '00000', '99999'])('%s has no candidate', (zip) => {
    expect(matcher.match(zip)).toEqual({ basis: 'none', candidates: [], seats: [], outcome: 'unresolved', key: null })
  })

  test('no ZIP at all has no candidate either', () => {
    expect(matcher.match(null).outcome).toBe('unresolved')
  })

  test('a chosen seat settles a split ZIP', () => {
    expect(matcher.matchSeat('US-H-CA-31')).toMatchObject({ basis: 'manual', candidates: ['US-H-CA-31'] })
    expect(() => matcher.matchSeat('US-H-CA-99')).toThrow(/no House seat "US-H-CA-99"/)
  })

  test.each([
    ['US-H-IL-07', 'US-H-IL-13'],
    ['US-H-TX-09', 'US-H-TX-29'],
    ['US-H-TX-30', 'US-H-TX-03'],
    ['US-H-FL-17', 'US-H-FL-19'],
    ['US-H-GA-08', 'US-H-GA-13'],
  ])('namesakes in %s and %s are two people with two stances', (one, other) => {
    const [a, b] = [one, other].map((id) => matcher.matchSeat(id).seats[0])
    expect(a?.voter?.lastName).toBe(b?.voter?.lastName)
    expect(a?.voter?.bioguide).not.toBe(b?.voter?.bioguide)
    expect(a?.stance).not.toBe(b?.stance)
  })

  test('vote 324 is another vote: 37 senators differ', async () => {
    const decoy = await referenceMatcher(store.db, {
      senate: 's324-115.2017',
      rules: [...RULES, { rollCallId: 's324-115.2017', stances: RULES[0]?.stances ?? {} }],
    })
    const senators = (from: Matcher): Map<string, string> =>
      new Map(
        from
          .zips()
          .flatMap((zip) => from.match(zip).seats)
          .filter((seat) => seat.seat.chamber === 'senate')
          .map((seat) => [seat.seat.id, seat.stance]),
      )
    const right = senators(matcher)
    expect([...senators(decoy)].filter(([id, stance]) => right.get(id) !== stance)).toHaveLength(37)
  })
})

describe('what a campaign asks for', () => {
  test('a chamber without a roll call gives no seat', async () => {
    const senateOnly = await referenceMatcher(store.db, { house: null })
    expect(stances(senateOnly.match('97212'))).toEqual(['US-S-OR-2 champion', 'US-S-OR-3 champion'])
    expect(senateOnly.match('92373')).toMatchObject({ outcome: 'all_champions', key: 'none|champion+champion' })
    expect(senateOnly.match('20001').outcome).toBe('no_vote')
    const neither = await referenceMatcher(store.db, { house: null, senate: null })
    expect(neither.match('97212')).toMatchObject({ seats: [], outcome: 'no_vote', key: 'none|none' })
  })

  test('an override beats the rule, for a voter and for a seat without a position', async () => {
    const voter = matcher.match('97212').seats[0]?.voter?.legislatorId ?? ''
    const delegate = matcher.match('20001').seats[0]?.voter?.legislatorId ?? ''
    const judged = await referenceMatcher(store.db, {
      overrides: [
        { legislatorId: voter, stance: 'opponent' },
        { legislatorId: delegate, stance: 'champion' },
      ],
    })
    expect(judged.match('97212').outcome).toBe('mixed')
    expect(judged.match('20001').outcome).toBe('all_champions')
  })

  test('nothing blocks the reference campaign', () => {
    expect(matcher.blockers()).toEqual([])
  })

  test('an option that no rule maps blocks', async () => {
    const partial = await referenceMatcher(store.db, {
      rules: [{ rollCallId: HOUSE, stances: { nay: 'champion', yea: 'opponent' } }, ...RULES.slice(1)],
    })
    expect(partial.blockers()).toMatchObject([{ code: 'unmapped_option', rollCallId: HOUSE }])
    const house = await loadRollCall(store.db, HOUSE)
    expect(unmappedOptions(house, [{ rollCallId: HOUSE, stances: { nay: 'champion' } }])).toEqual(['yea', 'not_voting'])
    expect(unmappedOptions(house, RULES)).toEqual([])
  })

  test('a roll call of the other chamber, an unknown one, and a day without a map are refused', async () => {
    await expect(referenceMatcher(store.db, { house: SENATE })).rejects.toThrow(/of the senate, not the house/)
    await expect(referenceMatcher(store.db, { house: 'h1-1.1789' })).rejects.toThrow(
      /"h1-1.1789" is not in the database/,
    )
    const onlyDay = { house: null, senate: null, rules: [], overrides: [], callOn: '2030-01-01' }
    await expect(createMatcher(store.db, onlyDay)).rejects.toThrow(/no ZIP map is valid on 2030-01-01/)
  })
})
