// Every seat explained: where each position belongs, and why a seat has none.
import { describe, expect, test } from 'vitest'
import { accountForSeats, findingsOf } from '../../src/congress/importers/account-seats.ts'
import type { ListedPosition } from '../../src/congress/importers/parsed.ts'
import { placePositions } from '../../src/congress/importers/place-positions.ts'
import type { PlaceContext } from '../../src/congress/importers/place-positions.ts'
import { parseSeatId } from '../../src/congress/seat.ts'
import type { StoredTerm } from '../../src/congress/terms.ts'

const heldOn = '2017-01-03'
const term = (bioguide: string, seatId: string, start: string, end: string): StoredTerm => ({
  id: `${bioguide} ${start}`,
  legislatorId: bioguide,
  bioguide,
  seatId,
  start,
  end,
  endBasis: 'scheduled',
  how: null,
  parties: [{ from: start, party: 'Democrat', caucus: null }],
})
const line = (memberId: string, state: string): ListedPosition => ({
  memberId,
  state,
  displayName: memberId,
  party: 'D',
  option: 'yea',
  label: 'Yea',
  candidateName: null,
})
const context = (terms: StoredTerm[]): PlaceContext => ({
  chamber: 'house',
  heldOn,
  people: new Map(terms.map((each) => [each.bioguide, each.legislatorId])),
  terms,
})

describe('a position without a term that day', () => {
  test('takes the seat of the nearest term within 14 days, with a warning: the vote record wins', () => {
    const { placed, findings } = placePositions(
      [line('S001180', 'OR')],
      context([term('S001180', 'US-H-OR-05', '2017-01-10', '2019-01-03')]),
    )
    expect(placed.map((each) => each.seat.id)).toEqual(['US-H-OR-05'])
    expect(findings).toMatchObject([{ code: 'no_term', severity: 'warning', subject: 'S001180' }])
  })

  test.each([
    ['15 days away', [term('S001180', 'US-H-OR-05', '2017-01-18', '2019-01-03')]],
    ['in the other chamber', [term('S001180', 'US-S-OR-2', '2017-01-03', '2019-01-03')]],
    ['in another state', [term('S001180', 'US-H-WA-05', '2017-01-10', '2019-01-03')]],
  ])('blocks when its term is %s', (_, terms) => {
    const { placed, findings } = placePositions([line('S001180', 'OR')], context(terms))
    expect(placed).toEqual([])
    expect(findings).toMatchObject([{ code: 'no_term', severity: 'blocking' }])
  })

  test('blocks when somebody else is listed for the only seat near', () => {
    const terms = [
      term('A000001', 'US-H-OR-05', '2017-01-03', '2019-01-03'),
      term('B000001', 'US-H-OR-05', '2015-01-06', '2017-01-03'),
    ]
    const { placed, findings } = placePositions([line('A000001', 'OR'), line('B000001', 'OR')], context(terms))
    expect(placed.map((each) => each.memberId)).toEqual(['A000001'])
    expect(findings).toMatchObject([{ code: 'no_term', severity: 'blocking' }])
  })
})

describe('a seat without a position', () => {
  const seats = ['US-H-OR-01', 'US-H-OR-02', 'US-H-OR-03', 'US-H-OR-04', 'US-H-WI-01', 'US-H-DC-00'].map(parseSeatId)
  const terms = [
    term('A000001', 'US-H-OR-01', '2015-01-06', '2019-01-03'),
    term('B000001', 'US-H-OR-02', heldOn, '2019-01-03'),
    term('C000001', 'US-H-OR-04', '2015-01-06', '2019-01-03'),
    term('R000570', 'US-H-WI-01', '2015-01-06', '2019-01-03'),
    term('N000147', 'US-H-DC-00', '2015-01-06', '2019-01-03'),
  ]
  const { placed } = placePositions([line('A000001', 'OR')], context(terms))

  test('is vacant, of somebody sworn that day, the Speaker’s, or unexplained; delegates do not count', () => {
    const account = accountForSeats(placed, { chamber: 'house', heldOn, terms, seats, quarantined: [] })
    expect(account).toMatchObject({
      listed: 1,
      vacant: ['US-H-OR-03'],
      swornThatDay: ['US-H-OR-02'],
      speaker: ['US-H-WI-01'],
    })
    expect(account.unlisted.map((each) => each.bioguide)).toEqual(['C000001'])
    const findings = findingsOf(account, 'house', heldOn)
    expect(findings.map((finding) => [finding.code, finding.severity])).toEqual([
      ['unlisted_legislator', 'blocking'],
      ['seat_count', 'blocking'],
    ])
    expect(findings[1]?.sentence).toMatch(/1 listed, 1 vacant, 1 sworn that day, 1 Speaker, 1 unlisted: together 5/)
  })

  test('may belong to somebody in quarantine, but only of the same state', () => {
    const count = (quarantined: string[]): number =>
      accountForSeats(placed, { chamber: 'house', heldOn, terms, seats, quarantined }).perhapsHeld
    expect([count(['OR']), count(['OR', 'OR']), count(['WA'])]).toEqual([1, 1, 0])
  })
})
