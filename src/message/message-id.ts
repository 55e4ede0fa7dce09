// The Message-ID: one per delivery and the same on every attempt, so that receivers can drop a second copy.
import type { KeyObject } from 'node:crypto'
import { macOf } from '../core/hmac.ts'
import { base32 } from '../core/token.ts'

export interface MessageIdParts {
  campaignId: string
  /** Which revision of the campaign's content. */
  revision: number
  deliveryId: string
}

const BYTES = 20 // 160 bits: 32 letters

/**
 * Returns `<base32(HMAC-SHA-256(key, campaign|revision|delivery))>@domain` without angle brackets
 * (RFC 5322 3.6.4): the same for the same parts, and telling nobody who the subscriber is.
 */
export function messageId(key: Buffer | KeyObject, parts: MessageIdParts, domain: string): string {
  // JSON keeps the parts apart whatever they contain.
  const text = Buffer.from(JSON.stringify([parts.campaignId, parts.revision, parts.deliveryId]))
  const mac = macOf(key)(text.toString('latin1'))
  return `${base32(Buffer.from(mac.slice(0, BYTES), 'latin1'))}@${domain}`
}
