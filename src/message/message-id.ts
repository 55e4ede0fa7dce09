// The Message-ID: one per delivery and the same on every attempt, so that receivers can drop a second copy.
import { createHmac, type KeyObject } from 'node:crypto'
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
 * A `KeyObject` saves making one of the bytes for every message.
 */
export function messageId(key: Buffer | KeyObject, parts: MessageIdParts, domain: string): string {
  // JSON keeps the parts apart whatever they contain.
  const text = JSON.stringify([parts.campaignId, parts.revision, parts.deliveryId])
  return `${base32(createHmac('sha256', key).update(text).digest().subarray(0, BYTES))}@${domain}`
}
