// A segment: a typed filter over subscribers, checked when it is read, said in one sentence.
import { z } from 'zod'
import { jurisdiction, stateName } from '../congress/jurisdiction.ts'
import type { Match } from '../congress/match.ts'
import { OUTCOMES } from '../congress/outcome.ts'
import { parseSeatId, seatLabel } from '../congress/seat.ts'
import { RollcallError } from '../core/errors.ts'

const MOST_VALUES = 500

/** One of the values, or with `not` none of them. */
function oneOf<Value extends z.ZodType<string>>(value: Value) {
  return z.strictObject({ not: z.boolean().default(false), values: z.array(value).min(1).max(MOST_VALUES) }).optional()
}

const day = z.iso.date('is no day; write it like 2017-06-01')

const schema = z
  .strictObject({
    /** Two-letter codes. Somebody who may live in several states counts as living in each. */
    states: oneOf(z.string().refine((code) => jurisdiction(code) !== null, 'is no state; write two letters: OR')),
    /** House seats. Somebody who may live in several counts for each. */
    seats: oneOf(z.string().refine(isHouseSeat, 'is no House seat; write it like US-H-OR-03')),
    /** The first digits of a ZIP, one to five. */
    zips: oneOf(z.string().regex(/^\d{1,5}$/, 'is no start of a ZIP; write one to five digits')),
    /** What the campaign's roll calls come to for them. */
    outcomes: oneOf(z.enum(OUTCOMES)),
    domains: oneOf(z.string().regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'is no domain; write example.org')),
    /** On this day or later (UTC). */
    joinedSince: day.optional(),
    /** Before this day (UTC). */
    joinedBefore: day.optional(),
  })
  .refine(({ joinedSince, joinedBefore }) => !joinedSince || !joinedBefore || joinedSince < joinedBefore, {
    error: 'ends before it begins: nobody can have joined then',
    path: ['joinedBefore'],
  })

/** For whoever documents it. */
export const segmentSchema = schema

export type Segment = z.infer<typeof schema>
export type SegmentKey = keyof Segment

/** A part that cannot be read: which, and why. */
export interface SegmentProblem {
  key: SegmentKey | null
  message: string
}

/** Returns the segment; null for a filter that filters nothing, hence everyone; or what is wrong with it. */
export function readSegment(
  given: unknown,
): { ok: true; segment: Segment | null } | { ok: false; problems: SegmentProblem[] } {
  const read = schema.safeParse(given ?? {})
  if (read.success) {
    const segment = Object.fromEntries(Object.entries(read.data).filter(([, part]) => part !== undefined)) as Segment
    return { ok: true, segment: Object.keys(segment).length === 0 ? null : segment }
  }
  return { ok: false, problems: read.error.issues.map((issue) => problemOf(given, issue)) }
}

/** Returns the segment, or throws `bad_segment` with all that is wrong. */
export function parseSegment(given: unknown): Segment | null {
  const read = readSegment(given)
  if (read.ok) return read.segment
  throw new RollcallError(
    'bad_segment',
    read.problems.map(({ key, message }) => (key ? `${key}: ${message}` : message)).join('\n'),
    {
      hint: 'a segment has states, seats, zips, outcomes, domains as {"not": false, "values": [...]}, joinedSince and joinedBefore',
      kind: 'usage',
    },
  )
}

function problemOf(given: unknown, issue: z.core.$ZodIssue): SegmentProblem {
  const [first] = issue.path
  const key = KEYS.find((each) => each === first) ?? null
  let value = given
  for (const part of issue.path)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined
  const said = typeof value === 'string' ? `"${value}" ` : ''
  return { key, message: `${said}${issue.message}` }
}

const KEYS = ['states', 'seats', 'zips', 'outcomes', 'domains', 'joinedSince', 'joinedBefore'] as const

function isHouseSeat(id: string): boolean {
  try {
    return parseSeatId(id).chamber === 'house'
  } catch (error) {
    if (error instanceof RollcallError) return false
    throw error
  }
}

/** Returns whether people with this match belong to the segment, as far as their seats decide it. */
export function isInSegment(match: Match, segment: Segment | null): boolean {
  if (segment === null) return true
  const holds = (part: Segment['states'], has: (values: readonly string[]) => boolean) =>
    part === undefined || has(part.values) !== part.not
  return (
    holds(segment.states, (values) => match.candidates.some((seat) => values.includes(seat.slice(5, 7)))) &&
    holds(segment.seats, (values) => match.candidates.some((seat) => values.includes(seat))) &&
    holds(segment.outcomes, (values) => values.includes(match.outcome))
  )
}

const OUTCOME_WORDS: Readonly<Record<(typeof OUTCOMES)[number], string>> = {
  all_champions: 'all champions',
  all_opponents: 'all opponents',
  mixed: 'mixed',
  some_champions: 'some champions',
  some_opponents: 'some opponents',
  none_voted: 'none voted',
  no_vote: 'no vote',
  ambiguous: 'ambiguous',
  unresolved: 'unresolved',
}

/** Returns an outcome in words: `all champions`. */
export function outcomeWords(outcome: (typeof OUTCOMES)[number]): string {
  return OUTCOME_WORDS[outcome]
}

/** Returns `Everyone in Oregon or Washington whose ZIP starts with 97, joined since 1 June 2017`. */
export function describeSegment(segment: Segment | null): string {
  if (segment === null) return 'Everyone'
  const { states, seats, zips, outcomes, domains, joinedSince, joinedBefore } = segment
  const places = [
    part(states, 'in', 'not in', (code) => stateName(code)),
    part(seats, 'who may live in', 'who cannot live in', (id) => seatLabel(parseSeatId(id))),
    part(zips, 'whose ZIP starts with', 'whose ZIP does not start with', (digits) => digits),
    part(
      outcomes,
      'whose outcome is',
      'whose outcome is not',
      (each) => OUTCOME_WORDS[each as keyof typeof OUTCOME_WORDS],
    ),
    part(domains, 'with an address at', 'without an address at', (domain) => domain),
  ].filter((text) => text !== '')
  const dates = [
    joinedSince === undefined ? '' : `since ${dayWords(joinedSince)}`,
    joinedBefore === undefined ? '' : `before ${dayWords(joinedBefore)}`,
  ].filter((text) => text !== '')
  const who = ['Everyone', ...places].join(' ')
  return dates.length === 0 ? who : `${who}, joined ${dates.join(' and ')}`
}

function part(each: Segment['states'], words: string, notWords: string, say: (value: string) => string): string {
  if (each === undefined) return ''
  return `${each.not ? notWords : words} ${LIST.format(each.values.map(say))}`
}

const LIST = new Intl.ListFormat('en-GB', { type: 'disjunction' })
const DAY = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' })

function dayWords(iso: string): string {
  return DAY.format(new Date(`${iso}T00:00:00Z`))
}
