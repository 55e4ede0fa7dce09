// Calendar days as text, and the clock of the Capitol.
import { RollcallError } from '../core/errors.ts'

/** `2017-12-21`. Two days compare as text. */
export type Day = string

/** Days from `start` up to and without `end`. */
export interface Span {
  start: Day
  end: Day
}

const DAY_MS = 86_400_000
const EASTERN = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
})

/** Returns whether the text is a day that exists, written `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

/** Returns the day; throws `bad_day` (wrong usage) for anything that is none. */
export function parseDay(text: string): Day {
  if (isDay(text)) return text
  throw new RollcallError('bad_day', `"${text}" is no day`, { hint: 'write it as YYYY-MM-DD', kind: 'usage' })
}

/** Returns the day `count` days later (earlier when negative). */
export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10)
}

/** Returns how many days lie from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS)
}

/** Returns whether the day lies in the half-open span. */
export function contains(span: Span, day: Day): boolean {
  return span.start <= day && day < span.end
}

/** Returns whether the two half-open spans share a day. */
export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end
}

/** Returns the span of a PostgreSQL daterange such as `[2017-01-03,2019-01-03)`. */
export function parseSpan(range: string): Span {
  const parts = /^\[(\d{4}-\d{2}-\d{2}),(\d{4}-\d{2}-\d{2})\)$/.exec(range)
  if (!parts) throw new RollcallError('bug', `"${range}" is not a half-open range of days`)
  return { start: parts[1] ?? '', end: parts[2] ?? '' }
}

/** Returns the span as PostgreSQL writes it. */
export function formatSpan(span: Span): string {
  return `[${span.start},${span.end})`
}

/** Returns the term of a Congress: the 115th is 3 January 2017 to 3 January 2019 (20th Amendment). */
export function congressSpan(congress: number): Span {
  const year = 1787 + 2 * congress
  return { start: `${year}-01-03`, end: `${year + 2}-01-03` }
}

/** Returns the number of the Congress that sits on a day. */
export function congressOn(day: Day): number {
  const year = Number(day.slice(0, 4))
  const seated = day.slice(5) >= '01-03' ? year : year - 1
  return Math.floor((seated - 1787) / 2)
}

/** Returns the calendar day in Washington at an instant. */
export function easternDay(instant: Date): Day {
  return easternWall(instant).slice(0, 10)
}

/** Returns the instant of a wall time in Washington (`2017-12-21T18:48`), daylight saving included. */
export function easternInstant(wall: string): Date {
  const asUtc = Date.parse(`${wall}:00Z`)
  if (Number.isNaN(asUtc)) throw new RollcallError('bad_time', `"${wall}" is no date and time`)
  // Eastern time is five hours behind, or four in summer: one of the two reads back as the same wall time.
  const instants = [5, 4].map((hours) => new Date(asUtc + hours * 3_600_000))
  return instants.find((instant) => easternWall(instant) === wall) ?? (instants[0] as Date)
}

function easternWall(instant: Date): string {
  const part = Object.fromEntries(EASTERN.formatToParts(instant).map(({ type, value }) => [type, value]))
  return `${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}`
}
