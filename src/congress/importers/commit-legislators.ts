// Brings legislators and their terms into the database, all of a file or nothing.
import type { Db } from '../../store/connect.ts'
import { contains, easternDay } from '../day.ts'
import { countOf, firstOf } from '../import-report.ts'
import type { ImportOutcome } from '../import-report.ts'
import { insertAliases, insertLegislators, resolveIds, updateLegislators } from '../legislators.ts'
import type { Alias } from '../legislators.ts'
import { ensureJurisdictions, ensureSeats, loadSeatsOn } from '../seats.ts'
import { deleteTerms, insertTerms, loadTerms, replaceParties, updateTermEnds } from '../terms.ts'
import type { NewTerm, StoredTerm } from '../terms.ts'
import { inOfficeOn, mergeTerms } from './merge-terms.ts'
import type { TermChanges } from './merge-terms.ts'
import type { ParsedLegislator, ParsedLegislators } from './parsed.ts'
import { refuse } from './refuse.ts'

type KnownLegislator = ParsedLegislator & { legislatorId: string }

/** Returns what changed. Refuses doubled ids, overlapping terms and more seats held than exist; `db` is a transaction. */
export async function commitLegislators(
  db: Db,
  file: ParsedLegislators,
  sourceId: string,
  now: Date,
): Promise<ImportOutcome> {
  refuseDoubles(file.legislators)
  await ensureJurisdictions(db)
  await ensureSeats(
    db,
    file.legislators.flatMap((person) => person.terms.map((term) => term.seat)),
  )
  const { people, added, updated } = await savePeople(db, file.legislators)
  const filed = people.flatMap(termsOf)
  const known = await loadTerms(db)
  const changes = mergeTerms(
    known,
    filed.filter((term) => term.start !== term.end),
  )
  await saveTerms(db, changes, sourceId)
  const parties = await saveParties(db, file.format, filed)
  const counts = {
    legislators_added: added,
    legislators_updated: updated,
    terms_added: changes.added.length,
    terms_ended: changes.ended.length,
    terms_removed: changes.removed.length,
    parties_updated: parties,
  }
  const changed = Object.values(counts).some((count) => count > 0)
  return { subject: '', changed, counts, sentences: await describe(db, counts, filed, changes, now), findings: [] }
}

function refuseDoubles(people: readonly ParsedLegislator[]): void {
  for (const scheme of ['bioguide', 'lis', 'govtrack', 'icpsr'] as const) {
    const seen = new Map<string, string>()
    for (const person of people) {
      const value = person[scheme]
      if (value === null) continue
      if (seen.has(value))
        refuse(
          `${scheme} ${value} stands for both ${seen.get(value) ?? ''} and ${person.lastName} (${person.bioguide})`,
        )
      seen.set(value, `${person.lastName} (${person.bioguide})`)
    }
  }
}

async function savePeople(
  db: Db,
  people: readonly ParsedLegislator[],
): Promise<{ people: KnownLegislator[]; added: number; updated: number }> {
  const known = await resolveIds(
    db,
    'bioguide',
    people.flatMap((person) => [person.bioguide, ...person.previousBioguides]),
  )
  const withId = people.map((person) => ({ ...person, legislatorId: knownId(person, known) }))
  const isKnown = (person: ParsedLegislator & { legislatorId: string | null }): person is KnownLegislator =>
    person.legislatorId !== null
  const updated = await updateLegislators(db, withId.filter(isKnown))
  const added = await insertLegislators(
    db,
    withId.filter((person) => !isKnown(person)),
  )
  const all = withId.map((person) => ({
    ...person,
    legislatorId: person.legislatorId ?? added.get(person.bioguide) ?? '',
  }))
  const taken = await insertAliases(db, all.flatMap(aliasesOf))
  const [first] = taken
  if (first) refuse(`${first.scheme} ${first.value} already belongs to somebody else`)
  return { people: all, added: added.size, updated: updated.length }
}

function knownId(person: ParsedLegislator, known: ReadonlyMap<string, string>): string | null {
  const ids = new Set(
    [person.bioguide, ...person.previousBioguides].map((id) => known.get(id)).filter((id) => id !== undefined),
  )
  if (ids.size > 1)
    refuse(`${person.bioguide} and its earlier ids ${person.previousBioguides.join(', ')} are two people here`)
  return [...ids][0] ?? null
}

function aliasesOf(person: KnownLegislator): Alias[] {
  const { legislatorId } = person
  const bioguides = [person.bioguide, ...person.previousBioguides].map((value) => ({
    scheme: 'bioguide' as const,
    value,
    legislatorId,
  }))
  const others = (['lis', 'govtrack', 'icpsr'] as const).flatMap((scheme) => {
    const value = person[scheme]
    return value === null ? [] : [{ scheme, value, legislatorId }]
  })
  return [...bioguides, ...others]
}

function termsOf(person: KnownLegislator): NewTerm[] {
  return person.terms.map(({ seat, start, end, endBasis, how, parties }) => ({
    legislatorId: person.legislatorId,
    bioguide: person.bioguide,
    seatId: seat.id,
    start,
    end,
    endBasis,
    how,
    parties,
  }))
}

/** Ends come before additions: a successor's term needs the seat to be free. */
async function saveTerms(db: Db, changes: TermChanges, sourceId: string): Promise<void> {
  await deleteTerms(db, changes.removed)
  await updateTermEnds(db, changes.ended)
  await insertTerms(db, changes.added, sourceId)
}

/** The legislators file knows every change of party; the table of terms only the last, so it changes nothing here. */
async function saveParties(db: Db, format: ParsedLegislators['format'], filed: readonly NewTerm[]): Promise<number> {
  if (format === 'terms-csv') return 0
  const wanted = new Map(filed.map((term) => [keyOf(term), term.parties]))
  const differing = (await loadTerms(db)).flatMap((term) => {
    const parties = wanted.get(keyOf(term))
    return parties && JSON.stringify(parties.map(plain)) !== JSON.stringify(term.parties.map(plain))
      ? [{ termId: term.id, parties }]
      : []
  })
  await replaceParties(db, differing)
  return differing.length
}

function plain({ from, party, caucus }: NewTerm['parties'][number]): unknown[] {
  return [from, party, caucus]
}

function keyOf(term: NewTerm): string {
  return `${term.legislatorId} ${term.seatId} ${term.start}`
}

async function describe(
  db: Db,
  counts: Record<string, number>,
  filed: readonly NewTerm[],
  changes: TermChanges,
  now: Date,
): Promise<string[]> {
  const today = easternDay(now)
  const stored = await loadTerms(db)
  const noDay = filed.filter((term) => term.start === term.end).map((term) => `${term.bioguide} in ${term.seatId}`)
  const sentences = [
    `${countOf(counts['legislators_added'] ?? 0, 'legislator')} added, ${counts['legislators_updated'] ?? 0} updated; ` +
      `${countOf(changes.added.length, 'term')} added, ${changes.ended.length} given an earlier end, ${changes.removed.length} removed.`,
  ]
  if (noDay.length > 0) sentences.push(`Left out, for they lasted no day: ${firstOf(noDay)}.`)
  const vacant = await vacanciesOn(db, stored, today)
  if (vacant.length > 0) sentences.push(`Vacant on ${today}: ${firstOf(vacant, 30)}.`)
  return [...sentences, ...absentees(stored, filed)]
}

async function vacanciesOn(db: Db, stored: readonly StoredTerm[], day: string): Promise<string[]> {
  const held = new Set(stored.filter((term) => contains(term, day)).map((term) => term.seatId))
  const seats = [...(await loadSeatsOn(db, 'house', day)), ...(await loadSeatsOn(db, 'senate', day))]
  return seats.map((seat) => seat.id).filter((id) => !held.has(id))
}

/** Whoever is missing from a list of those in office may have left: a person or the historical file must say when. */
function absentees(stored: readonly StoredTerm[], filed: readonly NewTerm[]): string[] {
  const day = inOfficeOn(filed)
  if (day === null) return []
  const listed = new Set(filed.map((term) => term.bioguide))
  const missing = stored.filter((term) => contains(term, day) && !listed.has(term.bioguide))
  const names = missing.map((term) => `${term.bioguide} in ${term.seatId}`)
  return names.length > 0
    ? [
        `Holding a seat on ${day} by what is known, but not in this list: ${firstOf(names)}. Their terms stay as they are.`,
      ]
    : []
}
