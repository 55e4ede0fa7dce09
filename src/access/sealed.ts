// Secrets that must be read again: sealed under the installation's secret, so that a copy of the database alone is worth nothing (threat T25).
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { RollcallError } from '../core/errors.ts'
import { deriveKey } from '../core/token.ts'

/** The keys that open, newest first; the first one seals. */
export type SealKeys = readonly Buffer[]

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Returns the keys of an installation. */
export function sealKeys(secret: string, previous: readonly string[]): SealKeys {
  return [secret, ...previous].map((each) => deriveKey(each, 'rollcall sealed v1'))
}

/** Returns nonce, tag and text (AES-256-GCM). */
export function seal(keys: SealKeys, text: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keys[0] ?? Buffer.alloc(0), nonce)
  const sealed = Buffer.concat([cipher.update(text), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

/** Returns what was sealed. Throws `sealed` when none of the keys fits. */
export function unseal(keys: SealKeys, sealed: Buffer): Buffer {
  for (const key of keys) {
    const text = opened(key, sealed)
    if (text !== null) return text
  }
  throw new RollcallError('sealed', 'a stored secret was sealed under another ROLLCALL_SECRET', {
    hint: 'name the earlier one in ROLLCALL_PREVIOUS_SECRETS',
  })
}

function opened(key: Buffer, sealed: Buffer): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
  } catch {
    return null // another key sealed it
  }
}
