// The outcome: one subscriber's stances over all their seats, as one word.

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
