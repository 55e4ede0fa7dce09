// Words of a header that are not plain ASCII, as RFC 2047 writes them.

/** RFC 2047 section 2 allows 75 characters a word and 76 a line: this leaves room for `Reply-To: `. */
const MAX_WORD = 66
const ROOM = MAX_WORD - '=?utf-8?Q??='.length
const BASE64_BYTES = Math.floor(ROOM / 4) * 3

/** The letters RFC 2047 section 5 (3) allows in a phrase, so that the word may stand there too. */
const LITERAL = /[A-Za-z0-9!*+/-]/

/**
 * Returns the text as encoded words of at most 66 characters each, never cutting a character in two.
 * Their decoded parts joined give the text again: the white space between two encoded words does not count.
 */
export function encodeWords(text: string): string[] {
  const isMostlyPlain = text.replace(/[\x20-\x7e]+/g, '').length * 3 < text.length
  return isMostlyPlain
    ? chunks(text, ROOM, (char) => quoted(char).length).map((chunk) => `=?utf-8?Q?${quoted(chunk)}?=`)
    : chunks(text, BASE64_BYTES, byteLength).map((chunk) => `=?utf-8?B?${base64(chunk)}?=`)
}

function quoted(text: string): string {
  let coded = ''
  for (const char of text) coded += LITERAL.test(char) ? char : char === ' ' ? '_' : hexed(char)
  return coded
}

function hexed(char: string): string {
  return Buffer.from(char, 'utf8').toString('hex').toUpperCase().replace(/../g, '=$&')
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

function byteLength(char: string): number {
  return Buffer.byteLength(char)
}

function chunks(text: string, room: number, cost: (char: string) => number): string[] {
  const done: string[] = []
  let held = ''
  let used = 0
  for (const char of text) {
    const size = cost(char)
    if (used + size > room) {
      done.push(held)
      held = ''
      used = 0
    }
    held += char
    used += size
  }
  return [...done, held]
}
