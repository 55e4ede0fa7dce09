// Endings for tests, every field filled in.
import type { Claim } from '../../src/delivery/claims.ts'
import type { Ending } from '../../src/delivery/endings.ts'

/** Returns a sent ending of a claim, changed by `more`. */
export function endingOf(claim: Claim, more: Partial<Ending> = {}): Ending {
  const at = new Date()
  return {
    campaignId: claim.recipient.campaignId,
    deliveryId: claim.recipient.deliveryId,
    fence: claim.fence,
    state: 'sent',
    released: false,
    reason: null,
    sentence: 'taken: 250 2.0.0 ok',
    charged: true,
    number: claim.attempt + 1,
    nextAt: null,
    messageId: `${claim.recipient.deliveryId}@alerts.example.org`,
    sha256: Buffer.alloc(32, 7),
    transport: 'file',
    replyCode: 250,
    replyText: '2.0.0 ok',
    startedAt: at,
    endedAt: at,
    suppress: false,
    ...more,
  }
}
