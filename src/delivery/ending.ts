// From what happened to one message to the row that says so.
import { hash } from 'node:crypto'
import type { Message } from '../message/message.ts'
import { classify, type Verdict } from './classify.ts'
import type { Claim } from './claims.ts'
import type { Ending } from './endings.ts'
import { nextTry } from './retry.ts'
import type { Sender } from './sender.ts'
import type { Handoff, Reply } from './transport.ts'

/** The claims of one statement, with the database's clock carried on from it. */
export interface Batch {
  campaignId: string
  claims: readonly Claim[]
  expiresAt: Date | null
  /** True when the campaign's policy for doubt is RESEND. */
  resends: boolean
  /** Returns the database's time: that of the claim plus what has passed since. */
  now(): Date
  /** Milliseconds since the claim. */
  ageMs(): number
}

/** A message that is ready to leave. */
export interface Ready {
  claim: Claim
  message: Message
  sha256: Buffer
  startedAt: Date
}

/** Returns the message, its bytes built (it keeps them), and their hash for the ledger. */
export function makeReady(claim: Claim, message: Message, startedAt: Date): Ready {
  const raw = message.raw()
  return {
    claim,
    message,
    sha256: hash('sha256', raw, 'buffer'),
    startedAt,
  }
}

/** Returns the ending of a message that never left: back to the ledger, due at once, nothing charged. */
export function releasedEnding(sender: Sender, batch: Batch, claim: Claim, sentence: string): Ending {
  return {
    ...blank(sender, batch, claim),
    state: 'deferred',
    released: true,
    reason: 'released',
    sentence,
    nextAt: batch.now(),
  }
}

/** Returns the ending of a delivery whose message cannot be made; the others of the campaign go on. */
export function unrenderableEnding(sender: Sender, batch: Batch, claim: Claim, sentence: string): Ending {
  return { ...blank(sender, batch, claim), state: 'failed', reason: 'unrenderable', sentence, charged: true }
}

/** Returns the ending of a resend that would not have the bytes of the first: it stays in doubt, for the operator. */
export function changedEnding(sender: Sender, batch: Batch, claim: Claim): Ending {
  const sentence =
    'a resend would differ from the message that may have arrived, because the subscriber has changed since; it was held'
  return { ...blank(sender, batch, claim), state: 'in_doubt', reason: 'changed', sentence }
}

/** Returns what the handoff means and the ending it makes, the time of the next try included. */
export function handoffEnding(
  sender: Sender,
  batch: Batch,
  ready: Ready,
  handoff: Handoff,
): { verdict: Verdict; ending: Ending } {
  const { address } = ready.claim.recipient
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const verdict = classify(handoff, { domain, released: ready.claim.released })
  const reply = replyOf(handoff)
  const ending: Ending = {
    ...blank(sender, batch, ready.claim),
    ...stateOf(sender, batch, ready.claim, verdict),
    charged: verdict.chargeAttempt,
    messageId: ready.message.messageId,
    sha256: ready.sha256,
    replyCode: reply?.code ?? null,
    replyText:
      reply === null ? null : printable(reply.enhanced === null ? reply.text : `${reply.enhanced} ${reply.text}`),
    startedAt: ready.startedAt,
    suppress: verdict.suppress !== null,
  }
  return { verdict, ending }
}

type Outcome = Pick<Ending, 'state' | 'released' | 'reason' | 'sentence' | 'nextAt'>

function stateOf(sender: Sender, batch: Batch, claim: Claim, verdict: Verdict): Outcome {
  const sentence = printable(verdict.sentence)
  const reason = verdict.state === 'sent' ? null : verdict.reason
  if (verdict.state === 'released') {
    const nextAt = new Date(batch.now().getTime() + verdict.retryAfterMs)
    return { state: 'deferred', released: true, reason, sentence, nextAt }
  }
  if (verdict.state !== 'deferred') return { state: verdict.state, released: false, reason, sentence, nextAt: null }
  const tries = claim.attempt + (verdict.chargeAttempt ? 1 : 0)
  const nextAt = nextTry(Math.max(tries, 1), batch.now(), batch.expiresAt, sender.random, {
    plan: sender.options.retry,
    atLeastMs: verdict.retryAfterMs,
  })
  if (nextAt !== null) return { state: 'deferred', released: false, reason, sentence, nextAt }
  const usedUp = tries >= sender.options.retry.maxAttempts
  const why = usedUp
    ? `no attempts are left after ${tries}`
    : 'the next try would be after the deadline of the campaign'
  return {
    state: 'failed',
    released: false,
    reason: usedUp ? 'attempts' : 'deadline',
    sentence: `${sentence}; ${why}`,
    nextAt: null,
  }
}

function blank(sender: Sender, batch: Batch, claim: Claim): Ending {
  const at = batch.now()
  return {
    campaignId: batch.campaignId,
    deliveryId: claim.recipient.deliveryId,
    fence: claim.fence,
    state: 'failed',
    released: false,
    reason: null,
    sentence: '',
    charged: false,
    number: claim.attempt + 1,
    nextAt: null,
    messageId: null,
    sha256: null,
    transport: sender.lane,
    replyCode: null,
    replyText: null,
    startedAt: at,
    endedAt: at,
    suppress: false,
  }
}

function replyOf(handoff: Handoff): Reply | null {
  return 'reply' in handoff ? handoff.reply : null
}

/** PostgreSQL refuses NUL, and a terminal should get no control characters from a stranger's server. */
function printable(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 1000)
    .toWellFormed()
}
