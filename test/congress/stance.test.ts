// The stance of a seat: the first rule that matches decides.
import { describe, expect, test } from 'vitest'
import { houseSeat, senateSeat } from '../../src/congress/seat.ts'
import { isSpeaker } from '../../src/congress/speaker.ts'
import { stanceOf } from '../../src/congress/stance.ts'
import type { SeatFacts } from '../../src/congress/stance.ts'

const RULES = {
  nay: 'champion',
  yea: 'opponent',
  not_voting: 'absent',
  present: 'neutral',
  'candidate:Pelosi': 'champion',
} as const
const NONE = new Map()
const term = { legislatorId: '7', bioguide: 'A000001', start: '2017-01-03' }
const nay = { legislatorId: '7', option: 'nay', label: 'No', candidateName: null } as const
const seat: SeatFacts = { seat: houseSeat('OR', 3), position: null, term, heldOn: '2017-12-21' }

describe('stanceOf', () => {
  test('an override comes first, for the voter or else the holder', () => {
    expect(stanceOf({ ...seat, position: nay }, RULES, new Map([['7', 'opponent']])).stance).toBe('opponent')
    expect(stanceOf(seat, RULES, new Map([['7', 'absent']]))).toEqual({ stance: 'absent', gap: null })
    expect(stanceOf({ ...seat, position: nay }, RULES, new Map([['8', 'opponent']])).stance).toBe('champion')
  })

  test('a position follows its rule, whatever the label', () => {
    expect(stanceOf({ ...seat, position: nay }, RULES, NONE)).toEqual({ stance: 'champion', gap: null })
    const candidate = { legislatorId: '7', option: 'candidate', label: 'Pelosi', candidateName: 'Pelosi' } as const
    expect(stanceOf({ ...seat, position: candidate }, RULES, NONE).stance).toBe('champion')
  })

  test('guilty, not guilty and a candidate have no default', () => {
    for (const option of ['guilty', 'not_guilty'] as const) {
      expect(stanceOf({ ...seat, position: { ...nay, option } }, RULES, NONE)).toEqual({
        stance: 'neutral',
        gap: 'unmapped_option',
      })
    }
    const other = {
      legislatorId: '7',
      option: 'candidate',
      label: 'constructor',
      candidateName: 'constructor',
    } as const
    expect(stanceOf({ ...seat, position: other }, RULES, NONE).gap).toBe('unmapped_option')
  })

  test('a delegate cannot vote, unless listed', () => {
    const delegate = { ...seat, seat: houseSeat('DC', 0) }
    expect(stanceOf(delegate, RULES, NONE).stance).toBe('cannot_vote')
    expect(stanceOf({ ...delegate, term: null }, RULES, NONE).stance).toBe('cannot_vote')
    expect(stanceOf({ ...delegate, position: nay }, RULES, NONE).stance).toBe('champion')
  })

  test('nobody holds it: vacant; sworn that day: not serving', () => {
    expect(stanceOf({ ...seat, term: null }, RULES, NONE)).toEqual({ stance: 'vacant', gap: null })
    expect(stanceOf({ ...seat, term: { ...term, start: '2017-12-21' } }, RULES, NONE)).toEqual({
      stance: 'not_serving',
      gap: null,
    })
  })

  test('the Speaker of the day is absent when not listed; no senator is ever the Speaker', () => {
    const ryan = { ...seat, term: { ...term, bioguide: 'R000570' } }
    expect(stanceOf(ryan, RULES, NONE)).toEqual({ stance: 'absent', gap: null })
    expect(stanceOf({ ...ryan, heldOn: '2019-02-01' }, RULES, NONE).gap).toBe('unlisted_legislator')
    expect(stanceOf({ ...ryan, seat: senateSeat('WI', 1) }, RULES, NONE).gap).toBe('unlisted_legislator')
  })

  test('anybody else who is not listed is a gap', () => {
    expect(stanceOf(seat, RULES, NONE)).toEqual({ stance: 'not_serving', gap: 'unlisted_legislator' })
  })
})

test.each([
  ['B000589', '2015-10-28', true],
  ['R000570', '2015-10-29', true],
  ['B000589', '2015-10-29', false],
  ['P000197', '2023-01-02', true],
  ['P000197', '2023-01-04', false],
  ['M001165', '2023-01-06', false],
  ['M001165', '2023-10-03', true],
  ['M001165', '2023-10-10', false],
  ['J000299', '2023-10-25', true],
  ['P000197', '2009-01-06', false],
])('%s on %s: Speaker is %s', (bioguide, day, expected) => {
  expect(isSpeaker(bioguide, day)).toBe(expected)
})
