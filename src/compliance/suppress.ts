// Suppresses what somebody pasted: addresses as people write them, or keys, all of them or none.
import { requireAddressKey } from '../audience/address-keys.ts'
import type { Suppression } from '../audience/suppression.ts'
import { addSuppressions } from '../audience/suppressions.ts'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'

const MOST = 5000

/** Returns the keys of the addresses in a text, one a line or with commas between, or what is wrong with the first bad one. */
export function readPasted(key: Buffer, text: string): { keys: Buffer[]; problem: string | null } {
  const parts = text
    .split(/[\n,;]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 0) return { keys: [], problem: 'Nothing is written; write one address a line.' }
  if (parts.length > MOST)
    return { keys: [], problem: `These are ${parts.length} addresses; upload more than ${MOST} as a file.` }
  const keys = new Map<string, Buffer>()
  for (const part of parts) {
    try {
      const found = /^[0-9a-f]{64}$/i.test(part) ? Buffer.from(part, 'hex') : requireAddressKey(key, part)
      keys.set(found.toString('hex'), found)
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      return { keys: [], problem: `${error.message}; ${error.hint ?? 'correct it'}. Nothing was suppressed.` }
    }
  }
  return { keys: [...keys.values()], problem: null }
}

/** Suppresses all of them at once and returns how many were not before. */
export function suppressAll(
  db: Db,
  keys: readonly Buffer[],
  suppression: Omit<Suppression, 'addressKey'>,
): Promise<number> {
  return addSuppressions(
    db,
    keys.map((addressKey) => ({ ...suppression, addressKey })),
  )
}
