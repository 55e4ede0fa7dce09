// Seats, days, ZIPs and terms as values.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  congressOn,
  congressSpan,
  daysBetween,
  easternDay,
  easternInstant,
  isDay,
} from '../../src/congress/day.ts'
import { JURISDICTIONS, stateName } from '../../src/congress/jurisdiction.ts'
import { compareSeatIds, houseSeat, parseSeatId, seatLabel, senateSeat } from '../../src/congress/seat.ts'
import { endAtSenate, endAtSuccessor, findOverlaps, holderOn } from '../../src/congress/term.ts'
import type { Term } from '../../src/congress/term.ts'
import { parseZip, specialZips } from '../../src/congress/zip.ts'

describe('seats', () => {
  test('there are 56 jurisdictions, each with its own FIPS code', () => {
    expect(JURISDICTIONS).toHaveLength(56)
    expect(new Set(JURISDICTIONS.map((each) => each.fips)).size).toBe(56)
    expect([stateName('NC'), stateName('VI'), stateName('DC')]).toEqual([
      'North Carolina',
      'U.S. Virgin Islands',
      'District of Columbia',
    ])
  })

  test('an id reads back as the seat it was made from', () => {
    const usps = fc.constantFrom(...JURISDICTIONS.map((each) => each.usps))
    fc.assert(
      fc.property(usps, fc.integer({ min: 0, max: 99 }), (state, district) => {
        expect(parseSeatId(houseSeat(state, district).id)).toEqual(houseSeat(state, district))
      }),
    )
    expect(parseSeatId('US-S-OR-2')).toEqual(senateSeat('OR', 2))
    expect(houseSeat('VT', 0)).toMatchObject({ id: 'US-H-VT-00', voting: true })
    expect(houseSeat('PR', 0).voting).toBe(false)
  })

  test.each(['US-H-OR-3', 'US-H-XX-03', 'US-S-DC-1', 'US-S-OR-4', 'OR-3', '', 'US-H-OR-03 '])(
    '"%s" is no seat',
    (id) => {
      expect(() => parseSeatId(id)).toThrow(expect.objectContaining({ code: 'bad_seat' }))
    },
  )

  test('sort House first, and have a short label', () => {
    expect(['US-S-AK-2', 'US-H-WY-00'].toSorted(compareSeatIds)).toEqual(['US-H-WY-00', 'US-S-AK-2'])
    expect(['US-H-OR-03', 'US-H-VT-00', 'US-H-PR-00', 'US-S-OR-2'].map((id) => seatLabel(parseSeatId(id)))).toEqual([
      'OR-3',
      'VT (at large)',
      'PR',
      'OR (class 2)',
    ])
  })
})

describe('days', () => {
  test('are compared in Washington, with daylight saving', () => {
    expect(easternInstant('2017-12-21T16:53').toISOString()).toBe('2017-12-21T21:53:00.000Z')
    expect(easternInstant('2007-06-12T19:49').toISOString()).toBe('2007-06-12T23:49:00.000Z')
    expect(easternInstant('2021-02-05T05:23').toISOString()).toBe('2021-02-05T10:23:00.000Z')
    expect(easternDay(new Date('2018-01-01T04:59:00Z'))).toBe('2017-12-31')
    expect(easternDay(new Date('2018-07-01T04:00:00Z'))).toBe('2018-07-01')
  })

  test('that do not exist are no days', () => {
    expect(['2017-02-29', '2017-13-01', '2017-1-1', '20171221', ''].filter(isDay)).toEqual([])
    expect(isDay('2016-02-29')).toBe(true)
  })

  test('count forth and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -400, max: 400 }), (count) => {
        expect(daysBetween('2017-12-21', addDays('2017-12-21', count))).toBe(count)
      }),
    )
  })

  test('belong to a Congress', () => {
    expect(congressSpan(115)).toEqual({ start: '2017-01-03', end: '2019-01-03' })
    expect(['2017-01-02', '2017-01-03', '2018-12-31', '2019-01-02', '2019-01-03'].map(congressOn)).toEqual([
      114, 115, 115, 115, 116,
    ])
  })
})

describe('ZIPs', () => {
  test.each([
    ['12345', '12345', null],
    ['12345-6789', '12345', '6789'],
    ['12345 6789', '12345', '6789'],
    ['123456789', '12345', '6789'],
    [' 01001 ', '01001', null],
  ])('"%s" is %s and %s', (text, zip, plus4) => expect(parseZip(text)).toEqual({ zip, plus4 }))

  test.each(['1234', '123456', '12345-', '12345-678', '1234a', '', '١٢٣٤٥'])('"%s" is none', (text) =>
    expect(parseZip(text)).toBeNull(),
  )

  test('1,608 of them have no seat', () => {
    const special = specialZips()
    expect(special).toHaveLength(1608)
    expect(special.filter((each) => each.kind === 'freely_associated')).toHaveLength(8)
    expect(special.map((each) => each.zip)).toContain('09001')
  })
})

describe('terms', () => {
  const term = (bioguide: string, start: string, end: string, endBasis: Term['endBasis'] = 'scheduled'): Term => ({
    bioguide,
    seatId: 'US-S-AL-2',
    start,
    end,
    endBasis,
  })

  test('end where the next one in the seat starts', () => {
    const [strange, jones] = endAtSuccessor([
      term('J', '2018-01-03', '2021-01-03'),
      term('S', '2017-02-09', '2018-01-05', 'observed'),
    ])
    expect(strange).toMatchObject({ end: '2018-01-03', endBasis: 'successor' })
    expect(jones).toMatchObject({ end: '2021-01-03', endBasis: 'scheduled' })
  })

  test('without a day are dropped when the incumbent left as the successor came', () => {
    const kept = endAtSuccessor([
      term('C', '2013-01-03', '2015-01-03'),
      term('C', '2015-01-06', '2017-01-03'),
      term('W', '2015-01-06', '2017-01-03'),
    ])
    expect(kept.map((each) => [each.bioguide, each.start])).toEqual([
      ['C', '2013-01-03'],
      ['W', '2015-01-06'],
    ])
  })

  test('of two newcomers on one day overlap', () => {
    expect(
      findOverlaps(endAtSuccessor([term('A', '2015-01-06', '2017-01-03'), term('B', '2015-01-06', '2017-01-03')])),
    ).toHaveLength(1)
  })

  test('of a representative end on the day the same person enters the Senate for that state', () => {
    const house = {
      bioguide: 'W',
      seatId: 'US-H-OR-03',
      start: '1995-01-04',
      end: '1997-01-03',
      endBasis: 'scheduled',
    } as const
    const senate = { ...house, seatId: 'US-S-OR-3', start: '1996-02-06', end: '1999-01-03' }
    expect(endAtSenate([senate, house])).toEqual([senate, { ...house, end: '1996-02-06', endBasis: 'successor' }])
    const elsewhere = { ...senate, seatId: 'US-S-WA-3' }
    expect(endAtSenate([elsewhere, house])).toEqual([elsewhere, house])
    const manual = { ...house, endBasis: 'manual' } as const
    expect(endAtSenate([senate, manual])).toEqual([senate, manual])
  })

  test('keep an end that a person set', () => {
    const [manual] = endAtSuccessor([
      term('A', '2015-01-06', '2016-01-03', 'manual'),
      term('B', '2015-12-31', '2017-01-03'),
    ])
    expect(manual).toMatchObject({ end: '2016-01-03', endBasis: 'manual' })
  })

  test('a gap of up to 14 days between two terms of one person counts as held, of two people or 15 days not', () => {
    const terms = [term('A', '2013-01-03', '2015-01-03'), term('A', '2015-01-17', '2017-01-03')]
    expect(holderOn(terms, '2015-01-04')?.bioguide).toBe('A')
    expect(holderOn([terms[0] ?? term('A', '', ''), term('A', '2015-01-18', '2017-01-03')], '2015-01-04')).toBeNull()
    expect(holderOn([terms[0] ?? term('A', '', ''), term('B', '2015-01-06', '2017-01-03')], '2015-01-04')).toBeNull()
    expect(holderOn(terms, '2017-01-03')).toBeNull()
  })
})
