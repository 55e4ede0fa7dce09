// Composes the message of one recipient: the campaign's frozen template, the variant's facts, the person's own values.
import type { Message } from '../message/message.ts'

/** Whom a message is for: what the claim of a delivery returns. */
export interface Recipient {
  campaignId: string
  deliveryId: string
  subscriberId: string
  /** As the subscriber wrote it. */
  address: string
  firstName: string
  lastName: string
  /** Five digits, or null when unknown. */
  zip: string | null
  variant: number
  needsSmtpUtf8: boolean
}

export interface Composer {
  /**
   * Returns the message; the same recipient gives the same bytes for as long as the campaign lives.
   * Throws RollcallError when the template or the person cannot be rendered.
   */
  compose(recipient: Recipient): Promise<Message>
}
