// What somebody looks for at the desk: one person by their address, or by the beginning of its keyed hash.
import { requireAddressKey } from '../audience/address-keys.ts'
import { RollcallError } from '../core/errors.ts'

/** The keyed hashes from one to another, both included; the same twice is one person. */
export interface KeyRange {
  from: Buffer
  to: Buffer
}

const HEX = 64

/** Shorter beginnings fit thousands of people among a million: a list, and not a find. */
const LEAST = 6

/** Returns the range of keys that begin with these hex digits; null for what is no beginning of a key. */
export function keyRange(prefix: string): KeyRange | null {
  if (!new RegExp(`^[0-9a-f]{${LEAST},${HEX}}$`, 'i').test(prefix)) return null
  return { from: Buffer.from(prefix.padEnd(HEX, '0'), 'hex'), to: Buffer.from(prefix.padEnd(HEX, 'f'), 'hex') }
}

/** Returns whether the range is one whole key. */
export function isWholeKey({ from, to }: KeyRange): boolean {
  return from.equals(to)
}

/**
 * Returns what was typed into a search as hex digits, which may stand in a URL where an address may not (threat T20): the key of
 * an address, or the beginning of a key as it is. Throws `bad_address`, `short_key`.
 */
export function soughtKey(key: Buffer, text: string): string {
  const typed = text.trim()
  if (keyRange(typed) !== null) return typed.toLowerCase()
  if (/^[0-9a-f]+$/i.test(typed))
    throw new RollcallError('short_key', `"${typed}" is too little of a key, or too much`, {
      hint: `give the first ${LEAST} digits at least, and ${HEX} at most`,
      kind: 'usage',
    })
  return requireAddressKey(key, typed).toString('hex')
}
