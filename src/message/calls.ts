// The calls a template may make: what each takes, what it gives, and the function behind it.
import { RollcallError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'

/** What an argument must be. `fieldName` is a string naming a text field of the list before it. */
export type Argument = 'any' | 'scalar' | 'text' | 'number' | 'list' | 'fieldName'

interface Call {
  takes: readonly Argument[]
  /** True when the last argument may repeat. */
  more?: boolean
  gives: 'text' | 'number' | 'flag'
  run(...args: readonly unknown[]): string | number | boolean
}

const CALLS = {
  eq: { takes: ['scalar', 'scalar'], gives: 'flag', run: (a, b) => a === b },
  not: { takes: ['any'], gives: 'flag', run: (value) => !isTrue(value) },
  and: { takes: ['any', 'any'], more: true, gives: 'flag', run: (...values) => values.every(isTrue) },
  or: { takes: ['any', 'any'], more: true, gives: 'flag', run: (...values) => values.some(isTrue) },
  url: { takes: ['text'], gives: 'text', run: (value) => safeUrl(print(value)) },
  default: {
    takes: ['scalar', 'scalar'],
    gives: 'text',
    run: (value, instead) => print(isTrue(value) ? value : instead),
  },
  list: { takes: ['list', 'fieldName'], gives: 'text', run: (items, name) => inWords(items, print(name)) },
  count: { takes: ['list'], gives: 'number', run: (items) => (Array.isArray(items) ? items.length : 0) },
  number: {
    takes: ['number'],
    gives: 'text',
    run: (value) => (typeof value === 'number' ? FIGURES.format(value) : ''),
  },
} as const satisfies Record<string, Call>

type CallName = keyof typeof CALLS

const FIGURES = new Intl.NumberFormat('en-US')

/** Returns the call of that name, or null: the list is closed. */
export function callNamed(name: string): Call | null {
  return isCall(name) ? CALLS[name] : null
}

/** Returns a hint for a name that is no call. */
export function suggestCall(name: string): string {
  const near = nearest(name, CALL_NAMES)
  return near ? `did you mean ${near}?` : `known: ${CALL_NAMES.join(', ')}`
}

export const CALL_NAMES: readonly string[] = Object.keys(CALLS)

function isCall(name: string): name is CallName {
  return Object.hasOwn(CALLS, name)
}

/** Returns what `if` makes of a value: empty text, empty lists, 0, null and false are not true. */
export function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

function print(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Returns `A`, `A and B` or `A, B and C`. */
function inWords(items: unknown, name: string): string {
  const words = (Array.isArray(items) ? items : []).map((item: unknown) =>
    print(new Map(Object.entries(item ?? {})).get(name)),
  )
  const last = words.pop() ?? ''
  return words.length > 0 ? `${words.join(', ')} and ${last}` : last
}

const PLAIN_HTTPS = /^https:\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+\/[A-Za-z0-9/_~.-]*$/
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Returns the URL in its canonical spelling when it is https, mailto or tel, or http to this machine (a trial run).
 * Throws `unsafe_url` for anything else, such as `javascript:` (threat T3).
 */
export function safeUrl(value: string): string {
  if (PLAIN_HTTPS.test(value)) return value
  const url = URL.parse(value)
  if (url && isSafe(url)) return url.href.replace(/["'<>`\s]/g, encodeURIComponent)
  throw new RollcallError('unsafe_url', `"${value.slice(0, 100)}" is not a link we may send`, {
    hint: 'use https:, mailto: or tel:',
  })
}

function isSafe(url: URL): boolean {
  if (url.protocol === 'mailto:' || url.protocol === 'tel:') return true
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))
}
