// The outcome: one subscriber's stances over all their seats, as one word.
import type { Stance } from './stance.ts'

export const OUTCOMES = [
  'all_champions',
  'all_opponents',
  'mixed',
  'some_champions',
  'some_opponents',
  'none_voted',
  'no_vote',
  'ambiguous',
  'unresolved',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What one House seat would mean: its stance, and those of its state's senators. */
export interface Candidate {
  /** Null: no roll call of the House. */
  house: Stance | null
  /** Empty: no senators, or no roll call of the Senate. */
  senate: readonly Stance[]
}

/** Returns what two candidates must share to be one outcome: `opponent|absent+opponent`, with `none` for a missing part. */
export function outcomeKey(candidate: Candidate): string {
  return `${candidate.house ?? 'none'}|${candidate.senate.toSorted().join('+') || 'none'}`
}

/** Returns the key that all candidates share, or null when they differ or there are none. */
export function commonKey(candidates: readonly Candidate[]): string | null {
  const keys = new Set(candidates.map(outcomeKey))
  const [only] = keys
  return keys.size === 1 ? (only ?? null) : null
}

/**
 * Returns the outcome of a subscriber's candidates; total, and the same in any order.
 * Ambiguity is judged on keys: two ways of being `mixed` say different things about the representative.
 */
export function outcomeOf(candidates: readonly Candidate[]): Outcome {
  const [first] = candidates
  if (!first) return 'unresolved'
  if (commonKey(candidates) === null) return 'ambiguous'
  return outcomeOfStances(first.house === null ? first.senate : [first.house, ...first.senate])
}

function outcomeOfStances(stances: readonly Stance[]): Outcome {
  const champions = stances.filter((stance) => stance === 'champion').length
  const opponents = stances.filter((stance) => stance === 'opponent').length
  if (champions > 0 && opponents > 0) return 'mixed'
  if (champions > 0) return champions === stances.length ? 'all_champions' : 'some_champions'
  if (opponents > 0) return opponents === stances.length ? 'all_opponents' : 'some_opponents'
  return stances.every((stance) => stance === 'cannot_vote') ? 'no_vote' : 'none_voted'
}
