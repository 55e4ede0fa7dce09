// The words for places and votes.
import { describe, expect, it } from 'vitest'
import { countWord, pluralVerb, summary } from '../../src/message/prose.ts'
import { ordinal, phrase, placeOf, titleOf } from '../../src/message/titles.ts'
import { wordingOf } from '../../src/message/wording.ts'
import { buildView } from '../../src/message/build-view.ts'
import { exampleFacts, exampleMatch, position, seatMatch } from './example-match.ts'

const place = (id: string, state: string) => placeOf(seatMatch(id, 'A B').seat, state)

describe('titles and places', () => {
  it('write a seat as people say it', () => {
    expect(place('US-H-OR-03', 'Oregon')).toBe('Oregon’s 3rd district')
    expect(place('US-H-TX-22', 'Texas')).toBe('Texas’ 22nd district')
    expect(place('US-H-VT-00', 'Vermont')).toBe('Vermont (at large)')
    expect(place('US-H-PR-00', 'Puerto Rico')).toBe('Puerto Rico')
    expect(place('US-S-OR-2', 'Oregon')).toBe('Oregon')
  })

  it('give each kind of seat its title', () => {
    const titles = ['US-S-OR-2', 'US-H-OR-03', 'US-H-PR-00', 'US-H-DC-00'].map((id) =>
      titleOf(seatMatch(id, 'A B').seat),
    )
    expect(titles.map(({ title }) => title)).toEqual(['Sen.', 'Rep.', 'Resident Commissioner', 'Del.'])
    expect(titles.map(({ longTitle }) => longTitle)).toEqual([
      'Senator',
      'Representative',
      'Resident Commissioner',
      'Delegate',
    ])
  })

  it('count in ordinals and words', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 32, 53].map(ordinal)).toEqual(
      '1st 2nd 3rd 4th 11th 12th 13th 21st 32nd 53rd'.split(' '),
    )
    expect([0, 2, 10, 11].map(countWord)).toEqual(['none', 'two', 'ten', '11'])
  })

  it('join names into a phrase', () => {
    expect([[], ['A'], ['A', 'B'], ['A', 'B', 'C']].map((names) => phrase(names))).toEqual([
      '',
      'A',
      'A and B',
      'A, B and C',
    ])
    expect(phrase(['A', 'B'], 'or')).toBe('A or B')
  })
})

describe('the words for a vote', () => {
  const words = (changes: Parameters<typeof seatMatch>[2], id = 'US-H-OR-03') =>
    wordingOf(seatMatch(id, 'A B', changes))

  it('follow the position, not the label of the roll call or the stance', () => {
    const options = ['yea', 'nay', 'present', 'not_voting', 'guilty', 'not_guilty'] as const
    expect(options.map((option) => words({ position: { ...position(option), label: 'Aye' } }).verb)).toEqual([
      'voted Yes',
      'voted No',
      'voted Present',
      'did not vote',
      'voted Guilty',
      'voted Not Guilty',
    ])
    expect(words({ position: position('yea'), stance: 'champion' }).position).toBe('Yes')
    expect(words({ position: position('candidate', 'Pelosi') })).toEqual({
      position: 'Pelosi',
      verb: 'voted for Pelosi',
    })
  })

  it('say why there is no position', () => {
    expect(words({ position: null, stance: 'not_serving' }).verb).toBe('was not yet sworn in')
    expect(words({ position: null, stance: 'absent' }).verb).toBe('did not vote')
    expect(words({}, 'US-H-DC-00').verb).toBe('has no vote in Congress')
    expect(words({ voter: null, position: null }).verb).toBe('was vacant')
  })

  it('let a delegate who is listed have voted', () => {
    expect(words({ position: position('yea') }, 'US-H-DC-00').verb).toBe('voted Yes')
  })
})

describe('a summary', () => {
  const seats = (...matches: ReturnType<typeof seatMatch>[]) =>
    buildView(exampleMatch(matches, 'mixed', ['US-H-PA-12']), exampleFacts()).seats

  it('groups people by what they did, and uses full names for namesakes', () => {
    const yes = { position: position('yea'), stance: 'opponent' } as const
    const casey = seatMatch('US-S-PA-1', 'Bob Casey')
    const others = [seatMatch('US-S-PA-3', 'Pat Toomey', yes), seatMatch('US-H-PA-12', 'Keith Rothfus', yes)]
    expect(buildView(exampleMatch([...others, casey], 'mixed'), exampleFacts()).summary).toBe(
      'Toomey and Rothfus voted Yes; Casey voted No',
    )
    expect(summary(seats(seatMatch('US-S-PA-1', 'Al Green'), seatMatch('US-H-PA-12', 'Gene Green', yes)))).toBe(
      'Gene Green voted Yes; Al Green voted No',
    )
  })

  it('agrees with the number of people', () => {
    expect(pluralVerb('was not yet sworn in')).toBe('were not yet sworn in')
    expect(pluralVerb('has no vote in Congress')).toBe('have no vote in Congress')
    expect(pluralVerb('voted No')).toBe('voted No')
  })
})
