// Identifiers and randomness, behind one value so that tests can fix them.
import { randomBytes } from 'node:crypto'

/** Returns `size` random bytes. */
export type Random = (size: number) => Buffer

export const systemRandom: Random = (size) => randomBytes(size)

const ALPHABET = 'abcdefghjkmnpqrstvwxyz23456789' // no i, l, o, u, 0, 1: ids are read aloud

/** Returns `length` letters and digits that are hard to confuse. */
export function randomWord(length: number, random: Random = systemRandom): string {
  let word = ''
  while (word.length < length) {
    for (const byte of random(length)) {
      // Bytes past the last whole multiple would favour the first letters.
      if (byte < 240 && word.length < length) word += ALPHABET[byte % ALPHABET.length]
    }
  }
  return word
}

/** Returns a lower-case name of letters, digits and single hyphens, at most 40 characters. */
export function slug(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
}
