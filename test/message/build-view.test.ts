// The view of a match: what is certain is said, what is not is never called the subscriber's own.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OUTCOMES } from '../../src/congress/outcome.ts'
import { OPTIONS } from '../../src/congress/position.ts'
import { STANCES } from '../../src/congress/stance.ts'
import type { Match, SeatMatch } from '../../src/congress/match.ts'
import { buildView, telUrl } from '../../src/message/build-view.ts'
import { exampleFacts, exampleMatch, person, PORTLAND, position, seatMatch } from './example-match.ts'

const NY = ['US-H-NY-10', 'US-H-NY-12']

function splitZip(outcome: 'all_champions' | 'ambiguous', second: Partial<SeatMatch> = {}): Match {
  return exampleMatch(
    [
      seatMatch('US-H-NY-10', 'Jerrold Nadler', { candidate: true }),
      seatMatch('US-H-NY-12', 'Carolyn Maloney', { candidate: true, ...second }),
      seatMatch('US-S-NY-1', 'Kirsten Gillibrand'),
      seatMatch('US-S-NY-3', 'Charles Schumer'),
    ],
    outcome,
    NY,
  )
}

function twoStates(outcome: 'all_champions' | 'ambiguous'): Match {
  const candidate = { candidate: true }
  return exampleMatch(
    [
      seatMatch('US-H-MT-00', 'Greg Gianforte', candidate),
      seatMatch('US-H-SD-00', 'Kristi Noem', candidate),
      seatMatch('US-S-MT-1', 'Jon Tester', candidate),
      seatMatch('US-S-MT-2', 'Steve Daines', candidate),
      seatMatch('US-S-SD-2', 'Mike Rounds', candidate),
      seatMatch('US-S-SD-3', 'John Thune', candidate),
    ],
    outcome,
  )
}

describe('a ZIP in one district', () => {
  const view = buildView(PORTLAND, exampleFacts())

  it('shows the House seat first, then both senators, all certain', () => {
    expect(view.seats.map((seat) => seat.seat)).toEqual(['US-H-OR-03', 'US-S-OR-2', 'US-S-OR-3'])
    expect(view.certainSeats).toEqual(view.seats)
    expect(view).toMatchObject({ split: false, manyStates: false, showsRepresentative: true, stateNames: 'Oregon' })
  })

  it('names title, place, party and vote in words', () => {
    expect(view.representatives[0]).toMatchObject({
      title: 'Rep.',
      name: 'Earl Blumenauer',
      partyState: 'D-OR',
      place: 'Oregon’s 3rd district',
      position: 'No',
      verb: 'voted No',
      label: 'Dream Hero',
      stanceClass: 'stance-champion',
    })
    expect(view.senators[0]).toMatchObject({ title: 'Sen.', longTitle: 'Senator', place: 'Oregon' })
  })

  it('sums up how they voted, senators first', () => {
    expect(view.summary).toBe('Merkley, Wyden and Blumenauer voted No')
    expect(view).toMatchObject({
      senateSummary: 'Merkley and Wyden voted No',
      senateStance: 'champion',
      houseChoice: '',
    })
  })

  it('offers both senators, and only them, to the hotline', () => {
    expect(view.callableSenators.map((seat) => seat.callName)).toEqual(['Jeff Merkley', 'Ron Wyden'])
    expect(view.representatives[0]?.callable).toBe(false)
    expect(view.campaign.hotline).toEqual({ number: '1-855-980-2355', tel: 'tel:+18559802355' })
  })

  it('offers nobody when the campaign has no hotline', () => {
    const facts = exampleFacts()
    const { hotline: _, ...manifest } = facts.manifest
    expect(buildView(PORTLAND, { ...facts, manifest }).callableSenators).toEqual([])
  })
})

describe('a split ZIP', () => {
  it('is personalised in full when the outcome is certain, and no candidate is called certain', () => {
    const view = buildView(splitZip('all_champions'), exampleFacts())
    expect(view.representatives.map((seat) => seat.certain)).toEqual([false, false])
    expect(view.possibleSeats).toEqual(view.representatives)
    expect(view).toMatchObject({
      split: true,
      showsRepresentative: true,
      candidateCount: 2,
      candidateCountWord: 'two',
      sharedHouseStance: 'champion',
      sharedHouseVerb: 'voted No',
      houseChoice: 'Rep. Jerrold Nadler or Rep. Carolyn Maloney',
      summary: 'Gillibrand and Schumer voted No',
    })
  })

  it('puts what is certain before what is not', () => {
    const seats = buildView(splitZip('all_champions'), exampleFacts()).seats
    expect(seats.map((seat) => seat.certain)).toEqual([true, true, false, false])
  })

  const opponent = { stance: 'opponent', position: position('yea') } as const

  it('shows only the certain senators when the outcome is ambiguous', () => {
    const view = buildView(splitZip('ambiguous', opponent), exampleFacts('senators_only'))
    expect(view.seats.map((seat) => seat.seat)).toEqual(['US-S-NY-1', 'US-S-NY-3'])
    expect(view).toMatchObject({
      showsRepresentative: false,
      sharedHouseStance: '',
      sharedHouseVerb: '',
      houseChoice: '',
    })
  })

  it('shows every candidate under show_all', () => {
    const view = buildView(splitZip('ambiguous', opponent), exampleFacts('show_all'))
    expect(view.representatives.map((seat) => seat.verb)).toEqual(['voted No', 'voted Yes'])
    expect(view.opponents.map((seat) => seat.certain)).toEqual([false])
  })

  it('shares a stance but no verb when an override parted the two', () => {
    const view = buildView(splitZip('all_champions', { position: position('yea') }), exampleFacts())
    expect(view).toMatchObject({ sharedHouseStance: 'champion', sharedHouseVerb: '' })
  })

  it('says plainly that a candidate seat was vacant', () => {
    const vacant = { voter: null, holder: null, party: '', position: null, stance: 'vacant' } as const
    const view = buildView(splitZip('ambiguous', vacant), exampleFacts('show_all'))
    expect(view.houseChoice).toBe('Rep. Jerrold Nadler or the vacant seat of NY’s 12th district')
    expect(view).toMatchObject({ hasVacant: false, sharedHouseVerb: '' })
  })

  it('shows no more candidates than a reader can take in, only what they share', () => {
    const ids = Array.from({ length: 9 }, (_, at) => `US-H-MA-0${at + 1}`)
    const house = ids.map((id, at) => seatMatch(id, `Member ${at}`, { candidate: true }))
    const match = exampleMatch([...house, seatMatch('US-S-MA-1', 'Elizabeth Warren')], 'all_champions')
    const view = buildView(match, exampleFacts('show_all'))
    expect(view.seats.map((seat) => seat.seat)).toEqual(['US-S-MA-1'])
    expect(view).toMatchObject({ sharedHouseVerb: 'voted No', candidateCount: 9, stateNames: 'Massachusetts' })
  })
})

describe('a ZIP in two states', () => {
  it('calls no senator certain, even when the outcome is', () => {
    const view = buildView(twoStates('all_champions'), exampleFacts())
    expect(view).toMatchObject({
      manyStates: true,
      stateNames: 'Montana and South Dakota',
      certainSeats: [],
      callableSenators: [],
    })
    expect(view.seats).toHaveLength(6)
    expect(view).toMatchObject({ summary: '', senateSummary: '', senateStance: '' })
  })

  it('shows nobody when the outcome is ambiguous and only certain senators may be shown', () => {
    expect(buildView(twoStates('ambiguous'), exampleFacts()).seats).toEqual([])
  })
})

describe('a seat without a vote', () => {
  it('has no former holder’s name when it was vacant', () => {
    const match = exampleMatch([seatMatch('US-H-PA-18', null), seatMatch('US-S-PA-1', 'Bob Casey')], 'mixed')
    const view = buildView(match, exampleFacts())
    expect(view.representatives[0]).toMatchObject({
      vacant: true,
      name: '',
      lastName: '',
      partyState: '',
      verb: 'was vacant',
    })
    expect(view).toMatchObject({ hasVacant: true, summary: 'Casey voted No' })
  })

  it('gives delegates and the resident commissioner their titles', () => {
    const dc = buildView(exampleMatch([seatMatch('US-H-DC-00', 'Eleanor Norton')], 'no_vote'), exampleFacts())
    expect(dc.seats[0]).toMatchObject({ title: 'Del.', place: 'District of Columbia', verb: 'has no vote in Congress' })
    const pr = buildView(exampleMatch([seatMatch('US-H-PR-00', 'Jenniffer González-Colón')], 'no_vote'), exampleFacts())
    expect(pr.seats[0]).toMatchObject({ title: 'Resident Commissioner', place: 'Puerto Rico' })
  })

  it('reports the one who voted and offers the successor to call', () => {
    const strange = seatMatch('US-S-AL-2', 'Luther Strange', {
      holder: { ...person('Doug Jones'), party: 'D' },
      party: 'R',
    })
    const view = buildView(exampleMatch([strange], 'all_opponents', ['US-H-AL-07']), exampleFacts())
    expect(view.senators[0]).toMatchObject({
      name: 'Luther Strange',
      partyState: 'R-AL',
      callName: 'Doug Jones',
      succeeded: true,
    })
  })

  it('offers whoever holds a seat that was vacant at the vote, without a vote of theirs', () => {
    const filled = seatMatch('US-H-PA-18', null, { holder: { ...person('Conor Lamb'), party: 'D' } })
    const view = buildView(exampleMatch([filled], 'none_voted'), exampleFacts())
    expect(view.seats[0]).toMatchObject({ vacant: true, name: '', callName: 'Conor Lamb', succeeded: true })
    expect(view.summary).toBe('')
  })

  it('says nothing at all when nothing is known', () => {
    const view = buildView(
      { basis: 'none', candidates: [], seats: [], outcome: 'unresolved', key: null },
      exampleFacts(),
    )
    expect(view).toMatchObject({
      seats: [],
      split: false,
      manyStates: false,
      stateNames: '',
      candidateCount: 0,
      summary: '',
    })
  })
})

it('writes phone numbers in global form', () => {
  expect(telUrl('1-855-980-2355')).toBe('tel:+18559802355')
  expect(telUrl('(855) 980-2355')).toBe('tel:+18559802355')
  expect(telUrl('+44 20 7946 0000')).toBe('tel:+442079460000')
})

const SEAT_IDS = [
  'US-H-OR-03',
  'US-H-WA-03',
  'US-H-DC-00',
  'US-H-VT-00',
  'US-S-OR-2',
  'US-S-OR-3',
  'US-S-WA-1',
  'US-S-WA-3',
]

const anySeat: fc.Arbitrary<SeatMatch> = fc
  .record({
    id: fc.constantFrom(...SEAT_IDS),
    voter: fc.option(fc.constantFrom('Ann Early', 'Bob Late'), { nil: null }),
    holder: fc.option(fc.constantFrom('Ann Early', 'Cy Next'), { nil: null }),
    option: fc.option(fc.constantFrom(...OPTIONS), { nil: null }),
    stance: fc.constantFrom(...STANCES),
    candidate: fc.boolean(),
  })
  .map(({ id, voter, holder, option, stance, candidate }) =>
    seatMatch(id, voter, {
      stance,
      candidate,
      position: option === null ? null : position(option, option === 'candidate' ? 'Pelosi' : null),
      holder: holder === null ? null : { ...person(holder), party: 'R' },
    }),
  )

const anyMatch: fc.Arbitrary<Match> = fc.record({
  basis: fc.constantFrom('zip', 'state', 'none'),
  candidates: fc.uniqueArray(fc.constantFrom(...SEAT_IDS.filter((id) => id.includes('-H-'))), { maxLength: 4 }),
  seats: fc.uniqueArray(anySeat, { selector: ({ seat }) => seat.id, maxLength: 8 }),
  outcome: fc.constantFrom(...OUTCOMES),
  key: fc.constant(null),
})

const anyPolicy = fc.constantFrom('senators_only', 'show_all', 'skip')

describe('for any match and policy', () => {
  it('only seats common to all candidates are in a place that means "yours"', () => {
    fc.assert(
      fc.property(anyMatch, anyPolicy, (match, policy) => {
        const view = buildView(match, exampleFacts(policy))
        const uncertain = new Set(match.seats.filter((each) => each.candidate).map(({ seat }) => seat.id))
        const own = [...view.certainSeats, ...view.callableSenators]
        expect(own.filter((seat) => uncertain.has(seat.seat) || !seat.certain)).toEqual([])
        const wrong = view.certainSeats.filter((seat) => view.manyStates || (view.split && !seat.isSenate))
        expect(wrong).toEqual([])
        expect(view.certainSeats.length > 0 || view.summary === '').toBe(true)
      }),
    )
  })

  it('an ambiguous outcome shows uncertain seats only when the policy says so', () => {
    fc.assert(
      fc.property(anyMatch, fc.constantFrom('senators_only', 'skip'), (match, policy) => {
        const view = buildView({ ...match, outcome: 'ambiguous' }, exampleFacts(policy))
        expect(view.possibleSeats).toEqual([])
      }),
    )
  })

  it('a vacant seat never has a name, a party or a position', () => {
    fc.assert(
      fc.property(anyMatch, anyPolicy, (match, policy) => {
        const view = buildView(match, exampleFacts(policy))
        for (const seat of view.seats.filter((each) => each.vacant)) {
          expect(seat).toMatchObject({
            name: '',
            lastName: '',
            party: '',
            partyState: '',
            position: '',
            verb: 'was vacant',
          })
        }
      }),
    )
  })

  it('every seat shown is in one chamber, one stance group and one of certain or possible', () => {
    fc.assert(
      fc.property(anyMatch, anyPolicy, (match, policy) => {
        const view = buildView(match, exampleFacts(policy))
        const total = view.seats.length
        expect(view.senators.length + view.representatives.length).toBe(total)
        expect(view.champions.length + view.opponents.length + view.others.length).toBe(total)
        expect(view.certainSeats.length + view.possibleSeats.length).toBe(total)
      }),
    )
  })
})
