// Made-up matches and campaign facts that the tests of the view share.
import type { Match, Person, Position, SeatMatch } from '../../src/congress/match.ts'
import type { PositionOption } from '../../src/congress/position.ts'
import type { Stance } from '../../src/congress/stance.ts'
import type { Outcome } from '../../src/congress/outcome.ts'
import type { CampaignFacts } from '../../src/message/build-view.ts'

const LABELS: Record<Stance, string> = {
  champion: 'Dream Hero',
  opponent: 'Dream Killer',
  neutral: 'Voted present',
  absent: 'Missed the vote',
  vacant: 'Seat vacant',
  cannot_vote: 'No vote',
  not_serving: 'Not yet sworn in',
}

export function exampleFacts(ambiguous: 'senators_only' | 'show_all' | 'skip' = 'senators_only'): CampaignFacts {
  return {
    id: 'dream-act-2017-abc',
    manifest: {
      title: 'The shutdown vote and the Dreamers',
      language: 'en-US',
      labels: LABELS,
      ambiguous,
      hotline: { number: '1-855-980-2355' },
      donation: { url: 'https://give.example/', amount: 7, byMail: 'PO Box 1' },
      organisation: {
        name: 'Example Project',
        who: 'We are an example.',
        postalAddress: 'PO Box 1, Washington, DC 20010',
        legal: 'Not tax-deductible.',
        website: 'https://example.org/',
      },
    },
    rollCalls: { house: null, senate: null },
    lookupUrl: 'https://act.example.org/votes/dream-act-2017-abc',
  }
}

export function person(name: string): Person {
  const [firstName = '', lastName = firstName] = name.split(' ')
  return { legislatorId: `id-${name}`, bioguide: `B-${name}`, name, firstName, lastName }
}

export function position(option: PositionOption, candidateName: string | null = null): Position {
  return { option, label: option, candidateName }
}

/** A seat from its id, held then and now by `name` (or nobody). */
export function seatMatch(id: string, name: string | null, changes: Partial<SeatMatch> = {}): SeatMatch {
  const [, letter, usps = '', number] = id.split('-')
  const isHouse = letter === 'H'
  const isTerritory = ['DC', 'PR', 'GU', 'VI', 'AS', 'MP'].includes(usps)
  const voter = name === null ? null : person(name)
  return {
    seat: {
      id,
      chamber: isHouse ? 'house' : 'senate',
      usps,
      district: isHouse ? Number(number) : null,
      class: isHouse ? null : Number(number),
      voting: !isTerritory,
    },
    stateName:
      { OR: 'Oregon', VT: 'Vermont', PR: 'Puerto Rico', DC: 'District of Columbia', MA: 'Massachusetts' }[usps] ?? usps,
    voter,
    party: voter === null ? '' : 'D',
    position: voter === null || isTerritory ? null : position('nay'),
    stance: voter === null ? 'vacant' : isTerritory ? 'cannot_vote' : 'champion',
    candidate: false,
    holder: voter === null ? null : { ...voter, party: 'D' },
    ...changes,
  }
}

export function exampleMatch(seats: SeatMatch[], outcome: Outcome, candidates?: string[]): Match {
  const house = seats.filter(({ seat }) => seat.chamber === 'house').map(({ seat }) => seat.id)
  return { basis: 'zip', candidates: candidates ?? house, seats, outcome, key: outcome === 'ambiguous' ? null : 'key' }
}

/** Portland, Oregon: three No votes. */
export const PORTLAND = exampleMatch(
  [
    seatMatch('US-H-OR-03', 'Earl Blumenauer'),
    seatMatch('US-S-OR-2', 'Jeff Merkley'),
    seatMatch('US-S-OR-3', 'Ron Wyden'),
  ],
  'all_champions',
)
