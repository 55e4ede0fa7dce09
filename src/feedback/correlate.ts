// Which delivery a report is about, and what proves it (mail-rules 4): without proof nothing may follow (threat T21).
import { addressKey, parseAddress } from '../core/address.ts'
import { readMailToken, type Capability, type TokenKeys } from '../core/token.ts'
import type { Db } from '../store/connect.ts'
import { deliveryOfMessage, deliveryOfToken, lastDeliveryTo, type KnownDelivery } from './known-deliveries.ts'
import type { Report, Traces } from './report.ts'

type Proof = 'address' | 'envelope_id' | 'header' | 'message_id'

export interface Correlated {
  delivery: KnownDelivery
  /** Null: a guess by the recipient's address, for people to look at. */
  proof: Proof | null
}

export interface Secrets {
  keys: TokenKeys
  /** Keys the hashes of addresses. */
  addressKey: Buffer
}

/** Returns the signed capability of `b+TOKEN@…` or `unsub+TOKEN@…`, or null: not ours, or altered on the way. */
export function mailboxCapability(keys: TokenKeys, mailbox: string, word: 'b' | 'unsub'): Capability | null {
  const [, found = '', token = ''] = /^(b|unsub)\+([a-z2-7]{30,64})@/i.exec(mailbox.trim()) ?? []
  if (found.toLowerCase() !== word) return null
  return readMailToken(keys, word === 'b' ? 'bounce' : 'unsubscribe', token)
}

/** Returns the keyed hash of a reported recipient, or null when it is no address. */
export function recipientKey(secrets: Secrets, report: Pick<Report, 'recipient'>): Buffer | null {
  const parsed = report.recipient === null ? null : parseAddress(report.recipient)
  return parsed?.ok === true ? addressKey(secrets.addressKey, parsed.address.normalised) : null
}

/**
 * Returns the delivery, by the best proof there is: the address that the report was sent to, its envelope id, the header of
 * ours that came back, the Message-ID together with the recipient; by the recipient alone as a guess. Null: nothing of ours.
 */
export async function correlate(
  db: Db,
  secrets: Secrets,
  traces: Traces,
  envelopeTo: string | null,
  recipient: Buffer | null,
): Promise<Correlated | null> {
  const mailboxes = [...(envelopeTo === null ? [] : [envelopeTo]), ...traces.addressed]
  const signed: [Proof, Capability | null][] = [
    ...mailboxes.map((mailbox): [Proof, Capability | null] => [
      'address',
      mailboxCapability(secrets.keys, mailbox, 'b') ?? mailboxCapability(secrets.keys, mailbox, 'unsub'),
    ]),
    ...traces.envelopeIds.map((id): [Proof, Capability | null] => [
      'envelope_id',
      readMailToken(secrets.keys, 'bounce', id.trim()),
    ]),
    ...traces.deliveries.map((id): [Proof, Capability | null] => [
      'header',
      readMailToken(secrets.keys, 'bounce', id.trim()),
    ]),
  ]
  for (const [proof, capability] of signed) {
    const delivery = capability === null ? null : await deliveryOfToken(db, capability)
    if (delivery !== null) return { delivery, proof }
  }
  if (recipient === null) return null
  const byMessage = traces.messageIds.length === 0 ? null : await deliveryOfMessage(db, recipient, traces.messageIds)
  if (byMessage !== null) return { delivery: byMessage, proof: 'message_id' }
  const guess = await lastDeliveryTo(db, recipient)
  return guess === null ? null : { delivery: guess, proof: null }
}
