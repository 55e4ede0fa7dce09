// A suppression: an address, as a keyed hash, that must not be written to; it has no end date.
import { RollcallError } from '../core/errors.ts'

export const SUPPRESSION_REASONS = ['unsubscribe', 'complaint', 'hard_bounce', 'legal', 'manual', 'import'] as const
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number]

export const SUPPRESSION_CHANNELS = [
  'one_click',
  'page',
  'mailto',
  'reply',
  'complaint',
  'bounce',
  'console',
  'cli',
  'import',
] as const
export type SuppressionChannel = (typeof SUPPRESSION_CHANNELS)[number]

export interface Suppression {
  addressKey: Buffer
  reason: SuppressionReason
  channel: SuppressionChannel
  note: string
  /** Who or what set it: a person's name, `subscriber`, `import`. */
  setBy: string
  setAt: Date
}

/** Returns the reason that `text` names, or null. */
export function asReason(text: string): SuppressionReason | null {
  return SUPPRESSION_REASONS.find((reason) => reason === text) ?? null
}

/** Returns the channel that `text` names, or null. */
export function asChannel(text: string): SuppressionChannel | null {
  return SUPPRESSION_CHANNELS.find((channel) => channel === text) ?? null
}

/** Returns the reason that `text` names. Throws a usage error that lists the reasons. */
export function requireReason(text: string): SuppressionReason {
  const reason = asReason(text)
  if (reason) return reason
  throw new RollcallError('unknown_reason', `"${text}" is no reason for a suppression`, {
    hint: `the reasons are ${SUPPRESSION_REASONS.join(', ')}`,
    kind: 'usage',
  })
}

/** Returns why an address may be written to again. Throws a usage error when nothing is said: it needs the person's own act. */
export function requireRelease(why: string): string {
  const text = why.trim()
  if (text !== '') return text
  throw new RollcallError('release_without_reason', 'a suppression is not lifted without a reason', {
    hint: 'say what the person did to come back, for example: asked by phone on 2018-01-03',
    kind: 'usage',
  })
}
