// The terms of a file joined with those already known: the earlier end wins, a manual end stays.
import { contains } from '../day.ts'
import type { Day } from '../day.ts'
import { HOUSE_SEATS, SENATE_SEATS } from '../seat.ts'
import { compareDays, endAtSenate, endAtSuccessor, findOverlaps } from '../term.ts'
import type { Term } from '../term.ts'
import type { NewTerm, StoredTerm } from '../terms.ts'
import { refuse } from './refuse.ts'

/** A term of the file, or of the database, or of both. */
type MergedTerm = NewTerm & { id: string | null }

export interface TermChanges {
  added: MergedTerm[]
  ended: StoredTerm[]
  removed: StoredTerm[]
}

/** Returns what must change so that the database holds its own terms and the file's; refuses what cannot be true. */
export function mergeTerms(known: readonly StoredTerm[], filed: readonly NewTerm[]): TermChanges {
  const backwards = filed.find((term) => term.start > term.end)
  if (backwards)
    refuse(
      `${backwards.bioguide}: the term in ${backwards.seatId} ends ${backwards.end}, before it starts ${backwards.start}`,
    )
  const replaced = findRestarted(known, filed)
  const merged = new Map<string, MergedTerm>(
    known.filter((term) => !replaced.has(term)).map((term) => [keyOf(term), term]),
  )
  for (const term of filed) {
    const before = merged.get(keyOf(term))
    merged.set(keyOf(term), before ? earlierEnd(before, term) : { ...term, id: null })
  }
  const settled = endAtSuccessor(endAtSenate([...merged.values()]))
  refuseOverlaps(settled)
  refuseCrowds(settled)
  return changesBetween(known, settled)
}

function keyOf(term: Term): string {
  return `${term.bioguide} ${term.seatId} ${term.start}`
}

function earlierEnd(before: MergedTerm, filed: NewTerm): MergedTerm {
  return before.endBasis !== 'manual' && filed.end < before.end
    ? { ...before, end: filed.end, endBasis: filed.endBasis }
    : before
}

/** A known term whose start the file has corrected: same person and seat, days in common, and a start the file no longer has. */
function findRestarted(known: readonly StoredTerm[], filed: readonly NewTerm[]): Set<StoredTerm> {
  const holding = (term: Term): string => `${term.bioguide} ${term.seatId}`
  const filedBy = Map.groupBy(filed, holding)
  const restarted = known.filter((term) => {
    const others = filedBy.get(holding(term)) ?? []
    return (
      others.every((other) => other.start !== term.start) &&
      others.some((other) => other.start < term.end && term.start < other.end)
    )
  })
  return new Set(restarted)
}

function refuseOverlaps(terms: readonly Term[]): void {
  const pairs = findOverlaps(terms).map(([a, b]) => `${describe(a)} and ${describe(b)}`)
  if (pairs.length > 0)
    refuse(`terms overlap: ${pairs.slice(0, 5).join('; ')}${pairs.length > 5 ? `; and ${pairs.length - 5} more` : ''}`)
}

function describe(term: Term): string {
  return `${term.bioguide} in ${term.seatId} ${term.start} to ${term.end}`
}

/** On no day may more seats be held than exist. */
function refuseCrowds(terms: readonly Term[]): void {
  for (const [prefix, limit] of [
    ['US-H', HOUSE_SEATS],
    ['US-S', SENATE_SEATS],
  ] as const) {
    const ofChamber = terms.filter((term) => term.seatId.startsWith(prefix))
    const crowded = daysOfChange(ofChamber).find(({ held }) => held > limit)
    if (crowded)
      refuse(
        `on ${crowded.day} ${crowded.held} ${prefix === 'US-H' ? 'House' : 'Senate'} seats are held; there are ${limit}`,
      )
  }
  const classes = Map.groupBy(
    terms.filter((term) => term.seatId.startsWith('US-S')),
    (term) => term.seatId.slice(0, 7),
  )
  for (const [state, ofState] of classes) {
    const found = new Set(ofState.map((term) => term.seatId))
    if (found.size > 2) refuse(`${state.slice(5)} has Senate seats of three classes; a state has two`)
  }
}

function daysOfChange(terms: readonly Term[]): { day: Day; held: number }[] {
  const steps = terms.flatMap((term) => [
    { day: term.start, by: 1 },
    { day: term.end, by: -1 },
  ])
  let held = 0
  return steps
    .toSorted((a, b) => compareDays(a.day, b.day) || a.by - b.by)
    .map(({ day, by }) => ({ day, held: (held += by) }))
}

function changesBetween(known: readonly StoredTerm[], settled: readonly MergedTerm[]): TermChanges {
  const before = new Map(known.map((term) => [term.id, term]))
  const kept = new Set(settled.map((term) => term.id))
  return {
    added: settled.filter((term) => term.id === null),
    ended: settled
      .filter((term) => isStored(term))
      .filter((term) => {
        const was = before.get(term.id)
        return was !== undefined && (was.end !== term.end || was.endBasis !== term.endBasis)
      }),
    removed: known.filter((term) => !kept.has(term.id)),
  }
}

function isStored(term: MergedTerm): term is StoredTerm {
  return term.id !== null
}

/** Returns whether everyone in the file serves on one day, as in a list of those in office; and that day. */
export function inOfficeOn(terms: readonly NewTerm[]): Day | null {
  const latest = terms.reduce((day, term) => (term.start > day ? term.start : day), '')
  const people = new Set(terms.map((term) => term.bioguide))
  const serving = new Set(terms.filter((term) => contains(term, latest)).map((term) => term.bioguide))
  return people.size > 0 && people.size === serving.size ? latest : null
}
