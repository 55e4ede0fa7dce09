// The second factor: codes of an authenticator app (RFC 6238), each good once, and recovery codes for the day the phone is gone.
import { hash, randomBytes, randomInt } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'

const PERIOD_S = 30
/** Clocks of phones are off: one step before and after. */
const WINDOW = 1
const RECOVERY_CODES = 8
/** No letters that are taken for one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Returns 160 random bits, as RFC 4226 section 4 recommends. */
export function newSecret(): Buffer {
  return randomBytes(20)
}

/** Returns what an app is told: the URL for its camera, and the same secret to type. */
export function enrolment(secret: Buffer, email: string, issuer: string): { url: string; typed: string } {
  const totp = totpOf(secret, email, issuer)
  return { url: totp.toString(), typed: (totp.secret.base32.match(/.{1,4}/g) ?? []).join(' ') }
}

/** Returns the time step whose code this is, or null. It must be later than `lastStep`, so that a code that was seen is worth nothing. */
export function stepOf(secret: Buffer, code: string, now: Date, lastStep: number | null): number | null {
  const digits = code.replace(/\s/g, '')
  if (!/^\d{6}$/.test(digits)) return null
  const delta = totpOf(secret, '', '').validate({ token: digits, timestamp: now.getTime(), window: WINDOW })
  if (delta === null) return null
  const step = Math.floor(now.getTime() / 1000 / PERIOD_S) + delta
  return lastStep === null || step > lastStep ? step : null
}

function totpOf(secret: Buffer, label: string, issuer: string): TOTP {
  return new TOTP({ secret: new Secret({ buffer: new Uint8Array(secret).buffer }), period: PERIOD_S, label, issuer })
}

/** Returns fresh recovery codes, `k3f7x-9mpqa`, 49 bits each. */
export function newRecoveryCodes(): string[] {
  const letters = (count: number) => Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return Array.from({ length: RECOVERY_CODES }, () => `${letters(5)}-${letters(5)}`)
}

/** Returns what is stored of a recovery code. */
export function recoveryHash(code: string): Buffer {
  return hash('sha256', code.toLowerCase().replace(/[^a-z0-9]/g, ''), 'buffer')
}
