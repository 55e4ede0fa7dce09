// The states of one delivery: which may follow which, as a table and as a diagram that a test holds equal.
import type { Transitions } from '../core/transition.ts'

export type DeliveryState = 'pending' | 'sending' | 'sent' | 'deferred' | 'bounced' | 'failed' | 'skipped' | 'in_doubt'

export const DELIVERY_STATES: readonly DeliveryState[] = [
  'pending',
  'sending',
  'sent',
  'deferred',
  'bounced',
  'failed',
  'skipped',
  'in_doubt',
]

/** The states a delivery starts in: chosen when the audience is frozen. */
export const FIRST_STATES: readonly DeliveryState[] = ['pending', 'skipped']

/** A campaign with a delivery in one of these is not finished. */
export const OPEN_STATES: readonly DeliveryState[] = ['pending', 'sending', 'deferred']

export const DELIVERY_MOVES: Transitions<DeliveryState> = {
  pending: ['sending', 'skipped', 'failed'],
  deferred: ['sending', 'skipped', 'failed'],
  sending: ['sent', 'deferred', 'bounced', 'failed', 'skipped', 'in_doubt'],
  in_doubt: ['sent', 'pending'],
  sent: ['bounced'],
  failed: ['pending'],
  bounced: [],
  skipped: [],
}

/** The same as a mermaid state diagram, for the documents. */
export const DELIVERY_DIAGRAM = `
stateDiagram-v2
  [*] --> pending
  [*] --> skipped: suppressed, invalid, ambiguous by policy
  pending --> sending: claim (recorded before any byte leaves)
  pending --> skipped: opted out, campaign cancelled
  pending --> failed: the deadline has passed
  deferred --> sending: claim, when next_at has come
  deferred --> skipped: opted out, campaign cancelled
  deferred --> failed: the deadline has passed
  sending --> sent: final 2xx
  sending --> deferred: 4xx, broken before the final dot, or released unsent
  sending --> bounced: 5xx about the mailbox
  sending --> failed: 5xx about us, attempts used up, cannot be rendered
  sending --> skipped: opted out, campaign cancelled
  sending --> in_doubt: broken after the final dot, or lease expired
  in_doubt --> sent: provider event or operator says so
  in_doubt --> pending: policy RESEND, or the operator says so
  failed --> pending: retry-failed
  sent --> bounced: later DSN or event
`
