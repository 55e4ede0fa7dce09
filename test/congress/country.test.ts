// The whole country against the ground truth of 21 December 2017.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixedClock } from '../../src/core/clock.ts'
import type { Match } from '../../src/congress/match.ts'
import type { Matcher } from '../../src/congress/matcher.ts'
import { offParty } from '../../src/congress/off-party.ts'
import { outcomeKey } from '../../src/congress/outcome.ts'
import { loadReference } from '../../src/congress/reference.ts'
import { loadRollCall } from '../../src/congress/roll-calls.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { FIXTURE, HOUSE, referenceMatcher, SENATE } from './reference-campaign.ts'

const clock = fixedClock('2026-01-05T12:00:00Z')
let store: Store
let matcher: Matcher

beforeAll(async () => {
  store = await testDatabase()
  await loadReference(store.db, FIXTURE, clock)
  matcher = await referenceMatcher(store.db)
})
afterAll(() => store[Symbol.asyncDispose]())

describe('the reference data', () => {
  test('loads twice to the same effect, the second time without a change', async () => {
    const again = await loadReference(store.db, FIXTURE, clock)
    expect(again).toEqual({
      changed: false,
      rollCalls: ['h705-115.2017', 'h706-115.2017', HOUSE, 's324-115.2017', SENATE],
    })
  })

  test('has the official totals, and by party', async () => {
    const house = await loadRollCall(store.db, HOUSE)
    expect(house.totals).toEqual({ yea: 231, nay: 188, not_voting: 13, present: 0 })
    expect(house.byParty).toEqual({ R: { yea: 217, nay: 16, not_voting: 6 }, D: { yea: 14, nay: 172, not_voting: 7 } })
    expect(house).toMatchObject({ heldOn: '2017-12-21', requirement: '1/2', bill: 'hr1370-115', result: 'Passed' })
    const senate = await loadRollCall(store.db, SENATE)
    expect(senate.totals).toMatchObject({ yea: 66, nay: 32, not_voting: 2 })
    expect(senate.byParty).toEqual({
      R: { yea: 48, nay: 2, not_voting: 2 },
      D: { yea: 17, nay: 29 },
      I: { yea: 1, nay: 1 },
    })
    expect(senate.requirement).toBe('3/5')
  })

  test('names who voted against the own party', async () => {
    const house = await offParty(store.db, HOUSE)
    expect(house.filter((each) => each.party === 'D').map((each) => each.seatId)).toHaveLength(14)
    expect(house.filter((each) => each.party === 'R').map((each) => each.seatId)).toHaveLength(16)
    expect(house.find((each) => each.seatId === 'US-H-AZ-01')).toMatchObject({
      person: { name: 'Tom O’Halleran' },
      label: 'Yea',
      majority: 'nay',
    })
    const senate = await offParty(store.db, SENATE)
    expect(
      senate
        .filter((each) => each.party === 'R')
        .map((each) => each.person.lastName)
        .toSorted(),
    ).toEqual(['Lee', 'Paul'])
    expect(senate.filter((each) => each.party === 'D')).toHaveLength(17)
    expect(senate.filter((each) => each.party === 'I').map((each) => [each.person.lastName, each.side])).toEqual([
      ['King', 'D'],
    ])
  })
})

describe('against the ground truth', () => {
  test('all 541 seats have the right person, position and stance', async () => {
    const [, ...lines] = (await readFile(path.join(FIXTURE, 'expected-hr1370.csv'), 'utf8')).trim().split('\n')
    const seats = new Map(
      matcher
        .zips()
        .flatMap((zip) => matcher.match(zip).seats)
        .map((seat) => [seat.seat.id, seat]),
    )
    const found = [...seats.values()].map((seat) =>
      [seat.seat.id, seat.voter?.bioguide ?? '', seat.position?.label ?? '', seat.stance].join(','),
    )
    expect(found.toSorted()).toEqual(lines.toSorted())
    expect(found).toHaveLength(541)
  })

  test('33,156 ZIPs match in less than two seconds, 103 of them in two states', async () => {
    const fresh = await referenceMatcher(store.db)
    const started = Date.now()
    const matches = fresh.zips().map((zip) => fresh.match(zip))
    expect(Date.now() - started).toBeLessThan(2000)
    expect(matches).toHaveLength(33_156)
    const split = matches.filter((match) => match.candidates.length > 1)
    const states = (match: Match): number => new Set(match.candidates.map((id) => id.slice(5, 7))).size
    expect(split).toHaveLength(5783)
    expect(split.filter((match) => match.outcome !== 'ambiguous')).toHaveLength(3488)
    const border = matches.filter((match) => states(match) > 1)
    expect(border).toHaveLength(103)
    expect(border.filter((match) => match.outcome === 'ambiguous')).toHaveLength(51)
  })

  test('every outcome has as many ZIPs as it should', () => {
    const counts: Record<string, number> = {}
    for (const zip of matcher.zips()) {
      const { outcome } = matcher.match(zip)
      counts[outcome] = (counts[outcome] ?? 0) + 1
    }
    expect(counts).toEqual({
      all_opponents: 13_301,
      mixed: 11_960,
      all_champions: 4183,
      ambiguous: 2295,
      some_opponents: 1109,
      no_vote: 210,
      some_champions: 98,
    })
  })

  test('the 15 combinations are certain and possible in as many ZIPs as they should be', () => {
    const certain: Record<string, number> = {}
    const possible: Record<string, number> = {}
    for (const zip of matcher.zips()) {
      const match = matcher.match(zip)
      if (match.key !== null) certain[match.key] = (certain[match.key] ?? 0) + 1
      for (const key of new Set(match.candidates.map((id) => matcher.matchSeat(id)).map(keyOf))) {
        possible[key] = (possible[key] ?? 0) + 1
      }
    }
    const table = Object.keys(possible).map((key) => [key, certain[key], possible[key]])
    expect(Object.fromEntries(table.map(([key, ...counts]) => [key, counts]))).toEqual({
      'opponent|opponent+opponent': [13_301, 14_268],
      'champion|champion+champion': [4183, 4721],
      'opponent|champion+champion': [4046, 4564],
      'opponent|champion+opponent': [3902, 4386],
      'champion|opponent+opponent': [2485, 3426],
      'champion|champion+opponent': [1149, 1594],
      'opponent|absent+opponent': [815, 936],
      'absent|opponent+opponent': [264, 481],
      'champion|absent+opponent': [180, 302],
      'cannot_vote|none': [210, 210],
      'absent|champion+champion': [98, 194],
      'absent|champion+opponent': [91, 175],
      'vacant|champion+opponent': [107, 158],
      'vacant|opponent+opponent': [17, 39],
      'vacant|absent+opponent': [13, 38],
    })
  })
})

function keyOf(match: Match): string {
  return outcomeKey({
    house: match.seats.find((seat) => seat.seat.chamber === 'house')?.stance ?? null,
    senate: match.seats.filter((seat) => seat.seat.chamber === 'senate').map((seat) => seat.stance),
  })
}
