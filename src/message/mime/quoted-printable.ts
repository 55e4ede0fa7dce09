// Quoted-printable (RFC 2045 section 6.7) in pieces: every piece starts at the beginning of a line.

/** RFC 2045 allows 76 characters a line, the soft break's "=" among them. */
const MAX_COLUMN = 75
const SOFT_BREAK = '=\r\n'

const HEX = '0123456789ABCDEF'
const WORDS = Array.from({ length: 256 }, (_, byte) => (isPlain(byte) ? String.fromCharCode(byte) : escapeByte(byte)))
// Short, plain, and not what a relay or a mailbox file could take for its own: the usual name or ZIP.
const SHORT_PLAIN = /^(?!\.|From )[\x21-\x3c\x3e-\x7e](?:[\x20-\x3c\x3e-\x7e]{0,72}[\x21-\x3c\x3e-\x7e])?$/

function isPlain(byte: number): boolean {
  return byte === 9 || (byte >= 32 && byte <= 126 && byte !== 61)
}

function escapeByte(byte: number): string {
  return `=${HEX[byte >> 4]}${HEX[byte & 15]}`
}

/**
 * Returns the text (line ends LF or CRLF) encoded, with CRLF line ends and no line over 76 characters.
 * White space before a line end or the end of the text is escaped; so are a dot and "From " at the start of a line.
 */
export function encodeQuotedPrintable(text: string): string {
  if (text === '' || SHORT_PLAIN.test(text)) return text
  return text.split(/\r?\n/).map(encodeLine).join('\r\n')
}

function encodeLine(line: string): string {
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
    if (mustEscape(bytes, i, column === 0, last)) word = escapeByte(bytes[i] ?? 0)
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
  if (last && (byte === 32 || byte === 9)) return true
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
