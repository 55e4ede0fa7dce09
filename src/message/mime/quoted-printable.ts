// Quoted-printable (RFC 2045 section 6.7) in pieces: every piece starts at the beginning of a line.

/** RFC 2045 allows 76 characters a line, the soft break's "=" among them. */
const MAX_COLUMN = 75
const SOFT_BREAK = '=\r\n'

const HEX = '0123456789ABCDEF'
const WORDS = Array.from({ length: 256 }, (_, byte) => (isPlain(byte) ? String.fromCharCode(byte) : escapeByte(byte)))
// What stands for itself anywhere but at an end of a line: no "=", no blanks but single spaces, no bytes beyond ASCII.
const PLAIN = /^(?!.* {2})[\x20-\x3c\x3e-\x7e]+$/
// Short, plain, and not what a relay or a mailbox file could take for its own: the usual name or ZIP.
const SHORT_PLAIN = /^(?!\.|From |.* {2})[\x21-\x3c\x3e-\x7e](?:[\x20-\x3c\x3e-\x7e]{0,72}[\x21-\x3c\x3e-\x7e])?$/

function isPlain(byte: number): boolean {
  return byte >= 32 && byte <= 126 && byte !== 61
}

function escapeByte(byte: number): string {
  return `=${HEX[byte >> 4]}${HEX[byte & 15]}`
}

/**
 * Returns the text (line ends LF or CRLF) encoded, with CRLF line ends and no line over 76 characters.
 * White space before a line end or the end of the text is escaped; so are a dot and "From " at the start of a line, tabs,
 * and every second space of a run, so that DKIM's relaxed form of the body (RFC 6376 section 3.4.4) is the body itself.
 */
export function encodeQuotedPrintable(text: string): string {
  if (text === '' || SHORT_PLAIN.test(text)) return text
  return text.split(/\r?\n/).map(encodeLine).join('\r\n')
}

function encodeLine(line: string): string {
  return PLAIN.test(line) ? encodePlainLine(line) : encodeAnyLine(line)
}

/** The usual long value, a link: cut into lines, with only their ends to look at. */
function encodePlainLine(line: string): string {
  const body = line.endsWith(' ') ? line.slice(0, -1) : line
  let out = ''
  let column = 0
  for (let at = 0; at < body.length;) {
    const first = startOf(line, at)
    const end = at + 1 + MAX_COLUMN - first.length
    const rest = body.slice(at + 1, end)
    out += first + rest
    column = first.length + rest.length
    at = end
    if (at < body.length) out += SOFT_BREAK
  }
  if (body === line) return out
  return `${out}${column + 3 > MAX_COLUMN ? SOFT_BREAK : ''}=20`
}

/** A dot and "From " may not begin a line. */
function startOf(line: string, at: number): string {
  const first = line.charAt(at)
  return first === '.' || (first === 'F' && line.startsWith('From ', at)) ? escapeByte(first.charCodeAt(0)) : first
}

function encodeAnyLine(line: string): string {
  const bytes = Buffer.from(line, 'utf8')
  let out = ''
  let column = 0
  for (let i = 0; i < bytes.length; i++) {
    let word = WORDS[bytes[i] ?? 0] ?? ''
    const last = i === bytes.length - 1
    if (column + word.length > MAX_COLUMN) {
      out += SOFT_BREAK
      column = 0
    }
    if (mustEscape(bytes, i, column === 0, last) || (word === ' ' && out.endsWith(' ')))
      word = escapeByte(bytes[i] ?? 0)
    // Escaping a last white space may need the room of two more characters.
    if (column + word.length > MAX_COLUMN) {
      out += SOFT_BREAK
      column = 0
    }
    out += word
    column += word.length
  }
  return out
}

function mustEscape(bytes: Buffer, index: number, atStart: boolean, last: boolean): boolean {
  const byte = bytes[index]
  if (last && byte === 32) return true
  return atStart && (byte === 46 || (byte === 70 && bytes.toString('latin1', index, index + 5) === 'From '))
}

/** Returns literal pieces encoded, such that an encoded value placed between two of them starts and ends at a line start. */
export function encodePieces(pieces: readonly string[]): Buffer[] {
  return pieces.map((piece, index) => {
    const encoded = encodeQuotedPrintable(piece)
    const before = index > 0 ? SOFT_BREAK : ''
    const closed = index === pieces.length - 1 || encoded === '' || encoded.endsWith('\r\n')
    return Buffer.from(before + encoded + (closed ? '' : SOFT_BREAK), 'latin1')
  })
}
