// What a DKIM signature covers: headers and body in the relaxed form that survives a relay (RFC 6376 section 3.4).
import { hash } from 'node:crypto'
import { withCrlf } from './smtp-body.ts'

/** A message taken apart for signing. */
export interface Opened {
  /** Header fields in order, folded as they stand, without their last CRLF; characters are bytes (Latin-1). */
  fields: readonly string[]
  body: Buffer
}

const BLANK_LINE = Buffer.from('\r\n\r\n')
const [TAB, LF, CR, SPACE] = [9, 10, 13, 32]

/** Returns the message in its parts, the line ends of its head as they will be on the wire. */
export function openMessage(raw: Buffer): Opened {
  const end = raw.indexOf(BLANK_LINE)
  const head = raw.toString('latin1', 0, end < 0 ? raw.length : end)
  if (withCrlf(head) !== head) return openMessage(Buffer.from(withCrlf(raw.toString('latin1')), 'latin1'))
  const fields = head.replace(/\r\n$/, '').split(/\r\n(?![ \t])/)
  return { fields, body: end < 0 ? Buffer.alloc(0) : raw.subarray(end + BLANK_LINE.length) }
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

/** Returns the SHA-256 of the body in relaxed form, base64 (RFC 6376 section 3.4.4); `isReady`: it is known to have that form. */
export function bodyHash(body: Buffer, isReady = false): string {
  const relaxed = isReady || isRelaxed(body) ? body : tightened(body)
  let end = relaxed.length
  while (end >= 2 && relaxed[end - 1] === LF) end -= 2
  // One line end stays, unless there is nothing at all.
  return hash('sha256', relaxed.subarray(0, end === 0 ? 0 : end + 2), 'base64')
}

/** Whether relaxed form is the body itself but for empty lines at its end: nearly always, and then nothing is copied. */
function isRelaxed(body: Buffer): boolean {
  let previous = LF
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0
    // All that matters is CR, LF and blanks, and these are the lowest bytes of a text.
    if (previous === CR && byte !== LF) return false
    if (byte <= SPACE) {
      if (byte === TAB || (byte === SPACE && previous === SPACE)) return false
      if (byte === CR && previous === SPACE) return false
      if (byte === LF && previous !== CR) return false
    }
    previous = byte
  }
  return previous === LF
}

function tightened(body: Buffer): Buffer {
  const text = withCrlf(body.toString('latin1'))
  const tight = text.replace(/[ \t]+/g, ' ').replace(/ (?=\r|$)/g, '')
  return Buffer.from(tight === '' || tight.endsWith('\r\n') ? tight : `${tight}\r\n`, 'latin1')
}
