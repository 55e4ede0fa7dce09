// Remembers in constant memory which address keys have come by: a Bloom filter.

/** 8 MiB: among a million keys about one new key in a thousand is taken for a known one. */
const BITS = 2 ** 26
const HEX_DIGITS = 13 // 52 bits of the key: two places in the filter

/**
 * Returns a function that remembers the key, which must be evenly spread hex such as a hash, and returns whether it
 * may have come by before. The answer false is always right; true is wrong for a few keys, more as the list grows.
 */
export function createSeenKeys(): (key: string) => boolean {
  const bits = new Uint8Array(BITS / 8)
  const set = (place: number): boolean => {
    const index = place >>> 3
    const mask = 1 << (place & 7)
    const byte = bits[index] ?? 0
    bits[index] = byte | mask
    return (byte & mask) !== 0
  }
  return (key) => {
    const number = Number.parseInt(key.slice(0, HEX_DIGITS), 16)
    const first = set(number % BITS)
    const second = set(Math.floor(number / BITS))
    return first && second
  }
}
