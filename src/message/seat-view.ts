// One seat as a template sees it: names, words and looks, with nothing said that the record does not support.
import type { Match, SeatMatch } from '../congress/match.ts'
import type { Stance } from '../congress/stance.ts'
import { STANCE_LOOKS } from './stance-look.ts'
import { placeOf, titleOf } from './titles.ts'
import type { SeatView } from './view.ts'
import { wordingOf } from './wording.ts'

/** What the campaign adds to a seat: its labels, and whether there is a number that connects to senators. */
export interface SeatFacts {
  labels: Readonly<Record<Stance, string>>
  hasHotline: boolean
}

/** Returns the view of one seat of `match`. A vacant seat has no name, party or position. */
export function seatView(seat: SeatMatch, match: Match, facts: SeatFacts): SeatView {
  return { ...identity(seat), ...record(seat, facts), ...call(seat, facts), certain: isCertain(seat, match) }
}

function identity({ seat, stateName }: SeatMatch) {
  return {
    seat: seat.id,
    chamber: seat.chamber,
    isSenate: seat.chamber === 'senate',
    ...titleOf(seat),
    stateName,
    place: placeOf(seat, stateName),
  }
}

function record(match: SeatMatch, { labels }: SeatFacts) {
  const { voter, stance } = match
  const party = voter === null ? '' : match.party
  return {
    vacant: voter === null,
    name: voter?.name ?? '',
    lastName: voter?.lastName ?? '',
    party,
    partyState: party === '' ? '' : `${party}-${match.seat.usps}`,
    ...wordingOf(match),
    stance,
    label: labels[stance],
    ...STANCE_LOOKS[stance],
    stanceClass: `stance-${stance}`,
  }
}

function call({ seat, voter, holder }: SeatMatch, { hasHotline }: SeatFacts) {
  return {
    callTitle: holder === null ? '' : titleOf(seat).title,
    callName: holder?.name ?? '',
    callLastName: holder?.lastName ?? '',
    succeeded: holder !== null && holder.legislatorId !== voter?.legislatorId,
    callable: hasHotline && seat.chamber === 'senate' && holder !== null,
  }
}

/** Returns whether every candidate of the ZIP has this seat: a House seat of one, a senator of one state. */
function isCertain({ seat, candidate }: SeatMatch, match: Match): boolean {
  if (candidate) return false
  return seat.chamber === 'house' ? match.candidates.length === 1 : candidateStates(match).length === 1
}

/** Returns the postal codes of the states in which the ZIP's candidates lie, each once. */
export function candidateStates({ candidates }: Match): string[] {
  return [...new Set(candidates.map((id) => id.split('-')[2] ?? ''))]
}
