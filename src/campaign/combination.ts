// The combination of a match: everything that decides which texts a message has.
import type { Match } from '../congress/match.ts'

/** Returns a word that is equal for two matches whose messages differ in names only. */
export function combination({ outcome, key, candidates, seats }: Match): string {
  const shape = seats.map(({ stance, candidate, voter, holder }) => {
    const succeeded = voter !== null && voter.legislatorId !== holder?.legislatorId
    return `${stance}${candidate ? '?' : ''}${succeeded ? '>' : ''}`
  })
  return [outcome, key ?? '', candidates.length, ...shape.sort()].join(' ')
}
