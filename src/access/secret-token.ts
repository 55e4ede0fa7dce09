// Random tokens: the holder has the token, the database its hash.
import { hash, randomBytes } from 'node:crypto'

/** Returns 256 random bits for a cookie or a link. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Returns what is stored of a token. */
export function tokenHash(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}
