// Whether a call to the SendGrid Event Webhook was made by SendGrid (threat T15).
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { RollcallError } from '../core/errors.ts'

const SIGNATURE = 'X-Twilio-Email-Event-Webhook-Signature'
const TIMESTAMP = 'X-Twilio-Email-Event-Webhook-Timestamp'
/** SendGrid tries again for 24 hours and signs anew or not: nobody says. */
const OLDEST_MS = 25 * 3_600_000
const EARLIEST_MS = 10 * 60_000

export interface SignedCall {
  headers: Headers
  /** The body as it came: one byte less, and the signature fails. */
  rawBody: Uint8Array
  now: Date
}

/** `signed`, or what is wrong with the call. */
export type SignatureCheck = 'signed' | 'unsigned' | 'stale'

/** Returns the key that SendGrid shows (base64 of DER, SPKI). Throws `bad_webhook_key` for anything but an EC key. */
export function webhookKey(base64: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'ec') return key
  } catch (cause) {
    throw badKey(cause)
  }
  throw badKey(undefined)
}

function badKey(cause: unknown): RollcallError {
  return new RollcallError(
    'bad_webhook_key',
    'ROLLCALL_SENDGRID_WEBHOOK_KEY is not the public key of a signed webhook',
    {
      hint: 'copy the verification key from the Mail Settings of SendGrid, Event Webhook, Signature Verification',
      kind: 'usage',
      cause,
    },
  )
}

/** Returns whether SendGrid signed the call: ECDSA P-256 with SHA-256 over the timestamp and the raw body. */
export function checkSignature({ headers, rawBody, now }: SignedCall, key: KeyObject): SignatureCheck {
  const signature = headers.get(SIGNATURE)
  const timestamp = headers.get(TIMESTAMP)
  if (signature === null || timestamp === null || !/^\d{1,12}$/.test(timestamp)) return 'unsigned'
  const signed = Buffer.concat([Buffer.from(timestamp), rawBody])
  if (!verify('sha256', signed, key, Buffer.from(signature, 'base64'))) return 'unsigned'
  const age = now.getTime() - Number(timestamp) * 1000
  return age > OLDEST_MS || age < -EARLIEST_MS ? 'stale' : 'signed'
}
