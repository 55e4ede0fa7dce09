// Values as a message may hold them: whole characters, no controls, nothing that can steer a parser or a reader.
import type { PERSON_FIELDS, PersonField } from './fields.ts'
import type { PersonView } from './view.ts'

// Control characters, line separators, direction overrides and noncharacters (the engine's own marks are among these).
const UNWANTED_IN_LINE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]/gu
const UNWANTED = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]/gu
const PLAIN = /^[\x20-\x7e]*$/

/** Returns the text without characters that must not be in a one-line value; lone surrogates become U+FFFD. */
function cleanLine(text: string): string {
  return PLAIN.test(text) ? text : text.toWellFormed().replace(UNWANTED_IN_LINE, '')
}

/** Returns the text on one line, as a subject: controls gone, runs of white space one space, none at the ends. */
export function tidyLine(text: string): string {
  return cleanLine(text.replace(/\s+/g, ' ')).trim()
}

/** Returns a subscriber's own fields, cleaned. */
export function cleanPerson(person: PersonView): Record<PersonField, string> {
  return {
    firstName: cleanLine(person.firstName),
    lastName: cleanLine(person.lastName),
    address: cleanLine(person.address),
    zip: cleanLine(person.zip),
    unsubscribeUrl: cleanLine(person.unsubscribeUrl),
    preferencesUrl: cleanLine(person.preferencesUrl),
    viewUrl: cleanLine(person.viewUrl),
    forwardUrl: cleanLine(person.forwardUrl),
    seatUrl: cleanLine(person.seatUrl),
  } satisfies Record<keyof typeof PERSON_FIELDS, string>
}

/** Returns a copy of a view without prototypes, its text cleaned; only own text, numbers, flags, lists and null pass (T1). */
export function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replace(/\r\n?/g, '\n').replace(UNWANTED, '')
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  if (Array.isArray(value)) return value.map(cleanValue)
  if (typeof value !== 'object') return null
  return bare(Object.entries(value).map(([name, inner]) => [name, cleanValue(inner)]))
}

/** Returns an object without a prototype. */
export function bare(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const object: Record<string, unknown> = Object.create(null)
  for (const [name, value] of entries) object[name] = value
  return object
}
