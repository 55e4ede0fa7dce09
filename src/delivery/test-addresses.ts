// Where test messages may go: a few typed addresses, never a list (threat T19).
import { parseAddress, type Address } from '../core/address.ts'
import { RollcallError } from '../core/errors.ts'

/** A test is for the people in the room. */
const MOST = 10

/** Returns the addresses in a text, separated by commas, semicolons or white space, each once. Throws `bad_address`, `too_many_addresses`. */
export function readTestAddresses(text: string): Address[] {
  const found = new Map<string, Address>()
  for (const word of text.split(/[\s,;]+/).filter(Boolean)) {
    const parsed = parseAddress(word)
    if (!parsed.ok) {
      throw new RollcallError('bad_address', `"${word}" is no address: ${parsed.problem}`, {
        hint: parsed.hint,
        kind: 'usage',
      })
    }
    found.set(parsed.address.normalised, parsed.address)
  }
  if (found.size === 0) {
    throw new RollcallError('bad_address', 'no address was typed', { hint: 'write yours', kind: 'usage' })
  }
  if (found.size > MOST) {
    throw new RollcallError('too_many_addresses', `${found.size} addresses are more than a test needs`, {
      hint: `name at most ${MOST}`,
      kind: 'usage',
    })
  }
  return [...found.values()]
}
