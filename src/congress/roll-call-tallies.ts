// A roll call by option and party, side by side with the official totals.
import { optionKey } from './position.ts'
import type { RollCallFacts, StoredPosition } from './roll-calls.ts'

export interface TallyLine {
  /** `yea`, or `candidate:NAME`. */
  option: string
  /** As the roll call has it: `Aye`. */
  label: string
  official: number
  /** By party letter; parties without one are left out. */
  byParty: Record<string, number>
}

export interface Tallies {
  parties: string[]
  lines: TallyLine[]
}

/** Returns a line for each option there is an official total or a position of, the largest first; parties by size. */
export function talliesOf({ totals, byParty }: RollCallFacts, positions: readonly StoredPosition[]): Tallies {
  const labels = new Map(positions.map((position) => [optionKey(position), position.label]))
  const options = [...new Set([...Object.keys(totals), ...labels.keys()])]
  const lines = options.map((option) => ({
    option,
    label: labels.get(option) ?? wordOf(option),
    official: totals[option] ?? 0,
    byParty: Object.fromEntries(
      Object.entries(byParty).flatMap(([party, counts]) => (counts[option] ? [[party, counts[option]]] : [])),
    ),
  }))
  const sizeOf = (party: string) => Object.values(byParty[party] ?? {}).reduce((sum, each) => sum + each, 0)
  return {
    parties: Object.keys(byParty).toSorted((a, b) => sizeOf(b) - sizeOf(a)),
    lines: lines.toSorted((a, b) => b.official - a.official),
  }
}

/** The word for an option that nobody chose, so that no position has the roll call's own. */
function wordOf(option: string): string {
  const word = option.replace(/^candidate:/, '').replace(/_/g, ' ')
  return word.charAt(0).toUpperCase() + word.slice(1)
}
