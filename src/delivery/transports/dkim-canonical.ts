// What a DKIM signature covers: headers and body in the relaxed form that survives a relay (RFC 6376 section 3.4).
import { hash } from 'node:crypto'
import { withCrlf } from './smtp-body.ts'

/** A message taken apart for signing: characters are bytes (Latin-1), every line end is CRLF. */
export interface Opened {
  /** Header fields in order, folded as they stand, without their last CRLF. */
  fields: readonly string[]
  body: string
}

/** Returns the message in its parts, line ends as they will be on the wire. */
export function openMessage(raw: Buffer): Opened {
  const text = withCrlf(raw.toString('latin1'))
  const end = text.indexOf('\r\n\r\n')
  const head = end < 0 ? text.replace(/\r\n$/, '') : text.slice(0, end)
  return { fields: head.split(/\r\n(?![ \t])/), body: end < 0 ? '' : text.slice(end + 4) }
}

/**
 * Returns the lower-case names of the wanted headers that are there, in the order wanted, and those headers in relaxed
 * form, each ending in CRLF. Of headers that stand several times the lowest counts (RFC 6376 section 5.4.2).
 */
export function relaxedHeaders(
  fields: readonly string[],
  wanted: readonly string[],
): { names: string[]; text: string } {
  const found = new Map<string, string>()
  for (const field of fields) {
    const colon = field.indexOf(':')
    const name = field
      .slice(0, Math.max(colon, 0))
      .replace(/[ \t]+$/, '')
      .toLowerCase()
    if (wanted.includes(name)) found.set(name, field.slice(colon + 1))
  }
  const names = wanted.filter((name) => found.has(name))
  return { names, text: names.map((name) => `${name}:${relaxedValue(found.get(name) ?? '')}\r\n`).join('') }
}

/** Returns a header's value unfolded, runs of blanks as one space, none at its ends (RFC 6376 section 3.4.2). */
export function relaxedValue(value: string): string {
  return value
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/^ | $/g, '')
}

/** A blank that relaxed form would change: a tab, or a space before another, before a line end, or at the very end. */
const LOOSE = /\t| (?=[ \r]|$)/

/** Returns the SHA-256 of the body in relaxed form, base64 (RFC 6376 section 3.4.4). */
export function bodyHash(body: string): string {
  const tight = LOOSE.test(body) ? tightened(body) : body
  let end = tight.length
  while (tight.endsWith('\r\n', end)) end -= 2
  return hash('sha256', Buffer.from(end === 0 ? '' : `${tight.slice(0, end)}\r\n`, 'latin1'), 'base64')
}

function tightened(body: string): string {
  return body.replace(/[ \t]+/g, ' ').replace(/ (?=\r|$)/g, '')
}
