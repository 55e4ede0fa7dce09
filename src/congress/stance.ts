// A stance: what a campaign makes of one seat on its roll call.
import type { Day } from './day.ts'
import { optionKey } from './position.ts'
import type { Position } from './position.ts'
import type { Seat } from './seat.ts'
import { isSpeaker } from './speaker.ts'

export const STANCES = ['champion', 'opponent', 'neutral', 'absent', 'vacant', 'cannot_vote', 'not_serving'] as const
export type Stance = (typeof STANCES)[number]

/** The stances a rule or an override may give. The others follow from the seat itself. */
export type RuledStance = 'champion' | 'opponent' | 'neutral' | 'absent'

/** What one roll call's options mean: the key is an option (`nay`) or `candidate:NAME`. */
interface RollCallRules {
  rollCallId: string
  stances: Readonly<Record<string, RuledStance>>
}
export type StanceRules = readonly RollCallRules[]

/** One legislator whom the campaign judges otherwise than the rules would. */
export interface StanceOverride {
  legislatorId: string
  stance: RuledStance
}

/** What is known about one seat on the day of a roll call. */
export interface SeatFacts {
  seat: Seat
  /** The position taken from this seat, and by whom. */
  position: (Position & { legislatorId: string }) | null
  /** Who held the seat that day by their term; null when nobody did. */
  term: { legislatorId: string; bioguide: string; start: Day } | null
  /** The day in Washington. */
  heldOn: Day
}

/** Why a seat has no honest stance: each of these stops a campaign. */
type StanceGap = 'unlisted_legislator' | 'unmapped_option'

export interface Ruling {
  stance: Stance
  gap: StanceGap | null
}

/**
 * Returns the stance of a seat; the first rule that matches decides.
 * With a gap the stance claims as little as possible, and the campaign must not be sent.
 */
export function stanceOf(
  facts: SeatFacts,
  rules: Readonly<Record<string, RuledStance>>,
  overrides: ReadonlyMap<string, RuledStance>,
): Ruling {
  const { seat, position, term, heldOn } = facts
  const judged = overrides.get(position?.legislatorId ?? term?.legislatorId ?? '')
  if (judged) return { stance: judged, gap: null }
  if (position) return ruledStance(position, rules)
  if (!seat.voting) return { stance: 'cannot_vote', gap: null }
  if (!term) return { stance: 'vacant', gap: null }
  if (term.start === heldOn) return { stance: 'not_serving', gap: null }
  if (seat.chamber === 'house' && isSpeaker(term.bioguide, heldOn)) return { stance: 'absent', gap: null }
  return { stance: 'not_serving', gap: 'unlisted_legislator' }
}

function ruledStance(position: Position, rules: Readonly<Record<string, RuledStance>>): Ruling {
  const key = optionKey(position)
  const stance = Object.hasOwn(rules, key) ? rules[key] : undefined
  return stance ? { stance, gap: null } : { stance: 'neutral', gap: 'unmapped_option' }
}
