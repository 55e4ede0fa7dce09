// The last wall before the wire: whatever was let through upstream, one message goes to one plain address.
import { parseAddress } from '../../core/address.ts'
import type { Message } from '../../message/message.ts'

/** The addresses of the SMTP envelope, domains as A-labels. */
export interface Envelope {
  from: string
  to: string
  /** Whether every hop must offer SMTPUTF8 (RFC 6531). */
  needsSmtpUtf8: boolean
}

/** Domains, with all below them, that a transport may write to; null allows all. Outside production this keeps a mistake at home (threat T19). */
export type AllowedDomains = readonly string[] | null

/** Returns the envelope of `message`, or a sentence (without the address) that says why it must not be sent (threat T4). */
export function guard(message: Message, allowed: AllowedDomains = null): Envelope | string {
  const to = parseAddress(message.to.address)
  if (!to.ok) return 'not sent, the recipient is not one plain address'
  const from = parseAddress(message.envelopeFrom)
  if (!from.ok) return 'not sent, the envelope sender is not one plain address'
  if (allowed !== null && !isAllowed(to.address.domain, allowed)) {
    return 'not sent, the recipient is outside the domains this transport may write to'
  }
  const needsSmtpUtf8 = message.needsSmtpUtf8 || to.address.needsSmtpUtf8 || from.address.needsSmtpUtf8
  return { from: from.address.ascii, to: to.address.ascii, needsSmtpUtf8 }
}

/** `example` allows every domain below it, too. */
function isAllowed(domain: string, allowed: readonly string[]): boolean {
  return allowed.some((each) => domain === each || domain.endsWith(`.${each}`))
}
