// Words of a header that are not plain ASCII, as RFC 2047 writes them.

/** RFC 2047 section 2 allows 75 characters a word and 76 a line: this leaves room for `Reply-To: `. */
const MAX_WORD = 66
const ROOM = MAX_WORD - '=?utf-8?Q??='.length

/**
 * Returns the text as encoded words of at most 66 characters each, never cutting a character in two.
 * Their decoded parts joined give the text again: the white space between two encoded words does not count.
 */
export function encodeWords(text: string): string[] {
  const isMostlyPlain = text.replace(/[\x20-\x7e]+/g, '').length * 3 < text.length
  const encode = isMostlyPlain ? quoted : base64
  return chunks(text, encode).map((chunk) => `=?utf-8?${isMostlyPlain ? 'Q' : 'B'}?${encode(chunk)}?=`)
}

/** The letters RFC 2047 section 5 (3) allows in a phrase, so that the word may stand there too. */
function quoted(text: string): string {
  return [...Buffer.from(text, 'utf8')].map(quotedByte).join('')
}

function quotedByte(byte: number): string {
  const char = String.fromCharCode(byte)
  if (/[A-Za-z0-9!*+/-]/.test(char)) return char
  return char === ' ' ? '_' : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

function chunks(text: string, encode: (chunk: string) => string): string[] {
  const done: string[] = []
  let held = ''
  for (const char of text) {
    if (held !== '' && encode(held + char).length > ROOM) {
      done.push(held)
      held = ''
    }
    held += char
  }
  return [...done, held]
}
