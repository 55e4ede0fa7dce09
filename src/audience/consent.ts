// Consent: the acts by which we know that an address may, or may no longer, be written to.

const ACTS = ['imported', 'subscribed', 'suppressed', 'released'] as const
type ConsentAct = (typeof ACTS)[number]

/** One line of the ledger; lines are added and never changed (mail-rules, section 11). */
export interface ConsentEvent {
  addressKey: Buffer
  act: ConsentAct
  /** Why it holds: the declared source of a list, the reason of an opt-out, the person's own request. */
  basis: string
  /** What an auditor is shown: the line of the file, the channel, who did it. Never an address. */
  evidence: Record<string, unknown>
  importId?: string | null
  /** Version of the words that the person saw. */
  wording?: string | null
  /** Where they came from, truncated: a /24 or a /48 network. */
  ipNetwork?: string | null
  /** When an implied consent ends; absent: it does not. */
  expiresAt?: Date | null
  at: Date
}
