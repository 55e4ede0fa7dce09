// A stance: what a campaign makes of one seat on its roll call.

export const STANCES = ['champion', 'opponent', 'neutral', 'absent', 'vacant', 'cannot_vote', 'not_serving'] as const
export type Stance = (typeof STANCES)[number]

/** The stances a rule or an override may give. The others follow from the seat itself. */
export type RuledStance = 'champion' | 'opponent' | 'neutral' | 'absent'
