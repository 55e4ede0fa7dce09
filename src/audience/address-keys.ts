// An address as people write it -> the keyed hash that everything about it is found by.
import { addressKey, parseAddress, type Address } from '../core/address.ts'
import { RollcallError } from '../core/errors.ts'

/** Returns the address that `text` names. Throws `bad_address` (usage) with what is wrong. */
export function requireAddress(text: string): Address {
  const parsed = parseAddress(text)
  if (parsed.ok) return parsed.address
  throw new RollcallError('bad_address', `"${text}": ${parsed.problem}`, { hint: parsed.hint, kind: 'usage' })
}

/** Returns the key of the address that `text` names. Throws `bad_address` (usage). */
export function requireAddressKey(key: Buffer, text: string): Buffer {
  return addressKey(key, requireAddress(text).normalised)
}
