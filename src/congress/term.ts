// A term: one person in one seat from one day up to another, and how its end is known.
import { contains, daysBetween, overlaps } from './day.ts'
import type { Day, Span } from './day.ts'
import type { SeatId } from './seat.ts'

export type EndBasis = 'scheduled' | 'observed' | 'successor' | 'manual'

export interface Term extends Span {
  bioguide: string
  seatId: SeatId
  endBasis: EndBasis
}

/** A gap of up to this many days between two terms of one person, or around a vote, is no vacancy. */
export const GAP_DAYS = 14

/**
 * Returns the terms with each end brought forward to the start of the next term in the same seat; a manual end stays.
 * When two people start on one day in one seat, the one who sat there before is the one who left: that term has no day
 * left and is dropped. Two newcomers on one day stay, overlap, and are refused by the import.
 */
export function endAtSuccessor<T extends Term>(terms: readonly T[]): T[] {
  return Map.groupBy(terms, (term) => term.seatId)
    .values()
    .flatMap((ofSeat) => cutEach(ofSeat.toSorted(compareTerms(ofSeat))))
    .filter((term) => term.start < term.end)
    .toArray()
}

/**
 * Returns the terms with the end of a House term brought forward to the day the same person entered the Senate for the
 * same state: some files leave that end to the schedule (Inhofe in 1994, Wyden in 1996). A manual end stays. Any other
 * two seats of one person at one time stay, overlap, and are refused by the import.
 */
export function endAtSenate<T extends Term>(terms: readonly T[]): T[] {
  return Map.groupBy(terms, (term) => term.bioguide)
    .values()
    .flatMap((ofPerson) => ofPerson.map((term) => cutAt(term, senateEntry(term, ofPerson))))
    .toArray()
}

function senateEntry({ seatId, start }: Term, ofPerson: readonly Term[]): Day | undefined {
  if (!seatId.startsWith('US-H-')) return undefined
  const senate = `US-S-${seatId.slice(5, 7)}-`
  return ofPerson
    .filter((other) => other.seatId.startsWith(senate) && other.start > start)
    .map((other) => other.start)
    .toSorted(compareDays)[0]
}

function cutAt<T extends Term>(term: T, day: Day | undefined): T {
  if (day === undefined || day >= term.end || term.endBasis === 'manual') return term
  return { ...term, end: day, endBasis: 'successor' }
}

function cutEach<T extends Term>(inOrder: readonly T[]): T[] {
  const incumbents = new Set<string>()
  return inOrder.map((term, index) => {
    const next = inOrder[index + 1]
    const isIncumbent = incumbents.has(term.bioguide)
    incumbents.add(term.bioguide)
    if (!next || next.start >= term.end || term.endBasis === 'manual') return term
    if (next.start === term.start && !isIncumbent) return term
    return { ...term, end: next.start, endBasis: 'successor' }
  })
}

/** Orders the terms of one seat by start; on one day whoever sat there before comes first. */
function compareTerms(ofSeat: readonly Term[]): (a: Term, b: Term) => number {
  const satBefore = (term: Term): number =>
    ofSeat.some((other) => other.bioguide === term.bioguide && other.start < term.start) ? 0 : 1
  return (a, b) => compareDays(a.start, b.start) || satBefore(a) - satBefore(b) || compareDays(a.bioguide, b.bioguide)
}

/** Returns every pair of terms that share a day in one seat, or in one person. */
export function findOverlaps(terms: readonly Term[]): [Term, Term][] {
  return [...neighbours(terms, (term) => term.seatId), ...neighbours(terms, (term) => term.bioguide)]
}

function neighbours(terms: readonly Term[], key: (term: Term) => string): [Term, Term][] {
  const pairs: [Term, Term][] = []
  for (const group of Map.groupBy(terms, key).values()) {
    const inOrder = group.toSorted((a, b) => compareDays(a.start, b.start))
    for (const [index, term] of inOrder.entries()) {
      const next = inOrder[index + 1]
      if (next && overlaps(term, next)) pairs.push([term, next])
    }
  }
  return pairs
}

/** Returns how many days lie between a day and the nearest day of the span; 0 inside it. */
export function distance(span: Span, day: Day): number {
  if (contains(span, day)) return 0
  return day < span.start ? daysBetween(day, span.start) : daysBetween(span.end, day) + 1
}

/**
 * Returns who may be called for a seat on a day: the holder of that day, or the person on both sides of a gap of
 * up to 14 days. Claims about a roll call never bridge a gap. `terms` are those of one seat.
 */
export function holderOn<T extends Term>(terms: readonly T[], day: Day): T | null {
  const now = terms.find((term) => contains(term, day))
  if (now) return now
  const before = terms.filter((term) => term.end <= day).reduce<T | null>((a, b) => (a && a.end > b.end ? a : b), null)
  const after = terms
    .filter((term) => term.start > day)
    .reduce<T | null>((a, b) => (a && a.start < b.start ? a : b), null)
  if (!before || !after || before.bioguide !== after.bioguide) return null
  return daysBetween(before.end, after.start) <= GAP_DAYS ? before : null
}

/** Orders days, and other text, by code unit. */
export function compareDays(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
