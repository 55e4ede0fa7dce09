// The outcome function: total, the same in any order, judged on keys.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commonKey, outcomeKey, outcomeOf, OUTCOMES } from '../../src/congress/outcome.ts'
import type { Candidate } from '../../src/congress/outcome.ts'
import { STANCES } from '../../src/congress/stance.ts'

const stance = fc.constantFrom(...STANCES)
const candidate: fc.Arbitrary<Candidate> = fc.record({
  house: fc.option(stance),
  senate: fc.array(stance, { maxLength: 2 }),
})
const candidates = fc.array(candidate, { maxLength: 6 })

describe('outcomeOf', () => {
  test('is one of the nine words for any input', () => {
    fc.assert(
      fc.property(candidates, (given) => {
        expect(OUTCOMES).toContain(outcomeOf(given))
      }),
    )
  })

  test('does not depend on the order of candidates, nor on the order of senators', () => {
    const shuffled = candidates.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length, maxLength: given.length })),
    )
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        const turned = other.map(({ house, senate }) => ({ house, senate: senate.toReversed() }))
        expect(outcomeOf(turned)).toBe(outcomeOf(given))
        expect(commonKey(turned)).toBe(commonKey(given))
      }),
    )
  })

  test('repeating a candidate changes nothing', () => {
    fc.assert(
      fc.property(candidate, fc.integer({ min: 1, max: 5 }), (one, times) => {
        expect(outcomeOf(Array.from({ length: times }, () => one))).toBe(outcomeOf([one]))
      }),
    )
  })

  test('is ambiguous exactly when two candidates differ in their keys', () => {
    fc.assert(
      fc.property(candidates, (given) => {
        expect(outcomeOf(given) === 'ambiguous').toBe(new Set(given.map(outcomeKey)).size > 1)
        expect(outcomeOf(given) === 'unresolved').toBe(given.length === 0)
      }),
    )
  })

  test('of one candidate follows from its champions and opponents alone', () => {
    fc.assert(
      fc.property(candidate, (one) => {
        const all = one.house === null ? one.senate : [one.house, ...one.senate]
        const champions = all.filter((each) => each === 'champion').length
        const opponents = all.filter((each) => each === 'opponent').length
        const outcome = outcomeOf([one])
        expect(outcome === 'mixed').toBe(champions > 0 && opponents > 0)
        expect(outcome === 'all_champions').toBe(champions > 0 && champions === all.length)
        expect(outcome === 'some_champions').toBe(champions > 0 && opponents === 0 && champions < all.length)
        expect(outcome === 'all_opponents').toBe(opponents > 0 && opponents === all.length)
        expect(outcome === 'some_opponents').toBe(opponents > 0 && champions === 0 && opponents < all.length)
      }),
    )
  })

  test('two ways of being mixed are ambiguous, for they say different things about the representative', () => {
    const senate = ['champion', 'opponent'] as const
    expect(
      outcomeOf([
        { house: 'champion', senate },
        { house: 'opponent', senate },
      ]),
    ).toBe('ambiguous')
  })

  test.each([
    [{ house: 'absent', senate: ['vacant', 'neutral'] }, 'none_voted'],
    [{ house: 'not_serving', senate: [] }, 'none_voted'],
    [{ house: 'cannot_vote', senate: [] }, 'no_vote'],
    [{ house: null, senate: [] }, 'no_vote'],
    [{ house: 'vacant', senate: ['champion', 'champion'] }, 'some_champions'],
  ] satisfies [Candidate, string][])('%o is %s', (one, outcome) => {
    expect(outcomeOf([one])).toBe(outcome)
  })

  test('the key names what is missing', () => {
    expect(outcomeKey({ house: 'opponent', senate: ['opponent', 'absent'] })).toBe('opponent|absent+opponent')
    expect(outcomeKey({ house: null, senate: [] })).toBe('none|none')
  })
})
