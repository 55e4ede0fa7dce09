// What the template sees for one match: the seats the campaign's policy shows, in words, and the campaign's own facts.
import { stateName } from '../congress/jurisdiction.ts'
import type { Match } from '../congress/match.ts'
import type { Manifest } from './manifest.ts'
import { candidateStates, seatView } from './seat-view.ts'
import { choice, countWord, pluralVerb, summary } from './prose.ts'
import { phrase } from './titles.ts'
import type { CampaignView, RollCallView, SeatView, VariantView } from './view.ts'

/** The most House candidates a message shows one by one; a ZIP of the 115th map has at most five. */
const MAX_SHOWN_CANDIDATES = 6

export interface CampaignFacts {
  id: string
  manifest: Pick<Manifest, 'title' | 'language' | 'labels' | 'ambiguous' | 'hotline' | 'donation' | 'organisation'>
  rollCalls: { house: RollCallView | null; senate: RollCallView | null }
  /** The public page: ZIP in, scoreboard out. */
  lookupUrl: string
}

/**
 * Returns the view of `match`. Total: every match has one, also an ambiguous or unresolved one.
 * Seats come in reading order: those that are certain first, House before Senate.
 * Only seats with `certain` may be called the subscriber's own.
 */
export function buildView(match: Match, facts: CampaignFacts): VariantView {
  const { manifest } = facts
  const seatFacts = { labels: manifest.labels, hasHotline: manifest.hotline !== undefined }
  const all = match.seats.map((seat) => seatView(seat, match, seatFacts))
  const seats = readingOrder(shown(all, match, manifest.ambiguous))
  return { ...situation(match, all), ...groups(seats), ...prose(match, seats), campaign: campaignView(facts) }
}

/** Returns the seats the message shows: all when the outcome is certain, else as the policy says. */
function shown(all: SeatView[], match: Match, policy: Manifest['ambiguous']): SeatView[] {
  const showsPossible = match.outcome !== 'ambiguous' || policy === 'show_all'
  const isShort = match.candidates.length <= MAX_SHOWN_CANDIDATES
  return showsPossible && isShort ? all : all.filter((seat) => seat.certain)
}

function readingOrder(seats: SeatView[]): SeatView[] {
  const rank = (seat: SeatView) => (seat.certain ? 0 : 2) + (seat.isSenate ? 1 : 0)
  return seats.toSorted((a, b) => rank(a) - rank(b))
}

function situation(match: Match, all: SeatView[]) {
  const states = candidateStates(match)
  const split = match.candidates.length > 1
  return {
    outcome: match.outcome,
    split,
    candidateCount: match.candidates.length,
    candidateCountWord: countWord(match.candidates.length),
    manyStates: states.length > 1,
    stateNames: phrase(states.map(stateName)),
    ...(split ? sharedHouse(all, match.candidates.length) : { sharedHouseStance: '' as const, sharedHouseVerb: '' }),
  }
}

/** Returns what is certain about the House although the seat is not. */
function sharedHouse(all: SeatView[], candidates: number): Pick<VariantView, 'sharedHouseStance' | 'sharedHouseVerb'> {
  const house = all.filter((seat) => !seat.isSenate)
  const [first] = house
  if (first === undefined || house.length < candidates) return { sharedHouseStance: '', sharedHouseVerb: '' }
  const sameStance = house.every((seat) => seat.stance === first.stance)
  const sameVerb = house.every((seat) => !seat.vacant && seat.verb === first.verb)
  return { sharedHouseStance: sameStance ? first.stance : '', sharedHouseVerb: sameVerb ? pluralVerb(first.verb) : '' }
}

function groups(seats: SeatView[]) {
  const senators = seats.filter((seat) => seat.isSenate)
  const representatives = seats.filter((seat) => !seat.isSenate)
  return {
    showsRepresentative: representatives.length > 0,
    seats,
    certainSeats: seats.filter((seat) => seat.certain),
    possibleSeats: seats.filter((seat) => !seat.certain),
    senators,
    representatives,
    champions: seats.filter((seat) => seat.stance === 'champion'),
    opponents: seats.filter((seat) => seat.stance === 'opponent'),
    others: seats.filter((seat) => seat.stance !== 'champion' && seat.stance !== 'opponent'),
    callableSenators: senators.filter((seat) => seat.certain && seat.callable),
  }
}

function prose(match: Match, seats: SeatView[]) {
  const certain = seats.filter((seat) => seat.certain)
  const senators = certain.filter((seat) => seat.isSenate)
  const house = certain.filter((seat) => !seat.isSenate)
  const stances = new Set(senators.map((seat) => seat.stance))
  const [stance = ''] = stances
  return {
    summary: summary([...senators, ...house]),
    senateSummary: summary(senators),
    senateStance: stances.size === 1 ? stance : ('' as const),
    hasVacant: certain.some((seat) => seat.vacant),
    houseChoice: match.candidates.length > 1 ? choice(seats.filter((seat) => !seat.isSenate)) : '',
  }
}

function campaignView({ id, manifest, rollCalls, lookupUrl }: CampaignFacts): CampaignView {
  const { hotline, donation, organisation } = manifest
  return {
    id,
    title: manifest.title,
    language: manifest.language,
    ...rollCalls,
    hotline: hotline === undefined ? null : { number: hotline.number, tel: telUrl(hotline.number) },
    donation: donation ?? null,
    organisation,
    lookupUrl,
    labels: manifest.labels,
  }
}

/** Returns the number as a tel: URL in global form (RFC 3966); ten digits alone are taken as North American. */
export function telUrl(number: string): string {
  const digits = number.replace(/\D/g, '')
  if (number.trim().startsWith('+')) return `tel:+${digits}`
  if (digits.length === 10) return `tel:+1${digits}`
  return digits.length === 11 && digits.startsWith('1') ? `tel:+${digits}` : `tel:${digits}`
}
