// Legislators as unitedstates/congress-legislators publishes them, in YAML or in JSON of the same content.
import { z } from 'zod'
import { RollcallError } from '../../core/errors.ts'
import { isDay } from '../day.ts'
import type { PartySince } from '../party.ts'
import { houseSeat, senateSeat } from '../seat.ts'
import type { ParsedLegislator, ParsedLegislators, ParsedTerm } from './parsed.ts'
import { refuse } from './refuse.ts'

const day = z.string().refine(isDay, 'is no day like 2017-01-03; in YAML it must be quoted')
const word = z.string().trim().min(1)
const idText = z.union([word, z.int()]).transform(String)
const party = z.object({ start: day, end: day.optional(), party: word, caucus: word.optional() })
const termFields = {
  start: day,
  end: day,
  state: z.string().regex(/^[A-Z]{2}$/),
  party: word.optional(),
  caucus: word.optional(),
}
const more = { how: word.optional(), party_affiliations: z.array(party).optional() }
const term = z.discriminatedUnion('type', [
  z.object({ type: z.literal('rep'), district: z.int().min(0).max(99), ...termFields, ...more }),
  z.object({ type: z.literal('sen'), class: z.int().min(1).max(3), ...termFields, ...more }),
])
const bioguide = z.string().regex(/^[A-Z]\d{6}$/, 'is no bioguide id like W000779')
const legislator = z.object({
  id: z.object({
    bioguide,
    bioguide_previous: z.array(bioguide).optional(),
    lis: z
      .string()
      .regex(/^S\d{3}$/, 'is no LIS id like S275')
      .optional(),
    govtrack: idText.optional(),
    icpsr: idText.optional(),
  }),
  name: z.object({
    first: word,
    last: word,
    nickname: word.optional(),
    suffix: word.optional(),
    official_full: word.optional(),
  }),
  terms: z.array(term).min(1),
})
const file = z.array(legislator).min(1)
type LegislatorEntry = z.infer<typeof legislator>
type TermEntry = z.infer<typeof term>

/** The 100th Congress and those before are not kept. */
export const FIRST_DAY = '1989-01-03'

/** Returns everyone in the parsed YAML or JSON; refuses other shapes, naming the person and the field. */
export function readLegislators(content: unknown): ParsedLegislators {
  const parsed = file.safeParse(content)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    refuse(`this is no legislators file: ${pathOf(content, issue?.path ?? [])}: ${issue?.message ?? ''}`)
  }
  return { kind: 'legislators', format: 'legislators', legislators: parsed.data.map(readEntry) }
}

function pathOf(content: unknown, path: readonly PropertyKey[]): string {
  const [index, ...rest] = path
  const entry: unknown = Array.isArray(content) && typeof index === 'number' ? content[index] : null
  const id = z.object({ id: z.object({ bioguide: z.string() }) }).safeParse(entry)
  const who = id.success ? id.data.id.bioguide.slice(0, 20) : `entry ${String(index ?? '')}`
  return [who, ...rest.map(String)].join('.')
}

function readEntry({ id, name, terms }: LegislatorEntry): ParsedLegislator {
  return {
    bioguide: id.bioguide,
    previousBioguides: id.bioguide_previous ?? [],
    lis: id.lis ?? null,
    govtrack: id.govtrack ?? null,
    icpsr: id.icpsr ?? null,
    firstName: name.first,
    lastName: name.last,
    nickname: name.nickname ?? null,
    suffix: name.suffix ?? null,
    officialFull: name.official_full ?? null,
    terms: terms.filter((each) => each.end > FIRST_DAY).map((each) => readTerm(id.bioguide, each)),
  }
}

function readTerm(who: string, entry: TermEntry): ParsedTerm {
  try {
    const seat = entry.type === 'rep' ? houseSeat(entry.state, entry.district) : senateSeat(entry.state, entry.class)
    return {
      seat,
      start: entry.start,
      end: entry.end,
      endBasis: 'scheduled',
      how: entry.how ?? null,
      parties: readParties(who, entry),
    }
  } catch (error) {
    if (error instanceof RollcallError && error.code === 'bad_seat') refuse(`${who}: ${error.message}`)
    throw error
  }
}

/** `party` is the latest of the term; with affiliations the last entry that starts on or before a day counts. */
function readParties(who: string, entry: TermEntry): PartySince[] {
  const affiliations = (entry.party_affiliations ?? []).map((each) => ({
    from: each.start,
    party: each.party,
    caucus: each.caucus ?? null,
  }))
  if (affiliations.length > 0)
    return [...new Map(affiliations.map((each) => [each.from, each])).values()].toSorted(byDay)
  if (!entry.party) refuse(`${who}: the term from ${entry.start} has no party`)
  return [{ from: entry.start, party: entry.party, caucus: entry.caucus ?? null }]
}

function byDay(a: PartySince, b: PartySince): number {
  return a.from < b.from ? -1 : 1
}
