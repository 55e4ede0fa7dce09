// What a handoff means for the ledger: the state that follows, who pays for it, and a sentence for the operator.
import { unreachable } from '../core/errors.ts'
import { providerOf } from './provider.ts'
import { classOfCodes, ruleOfWords } from './reply-class.ts'
import type { ReplyClass, TextRule } from './reply-rules.ts'
import { replyText } from './reply.ts'
import type { Handoff, Reply, Stage } from './transport.ts'

/** What the ledger does with a delivery after one handoff. */
export interface Verdict {
  /** `released`: back to where it was before the claim, as if it had not been tried. */
  state: 'sent' | 'deferred' | 'bounced' | 'failed' | 'in_doubt' | 'released'
  /** One word for the `reason` column. */
  reason: string
  /** For the operator; without addresses. */
  sentence: string
  /** Whether this counts against the delivery's attempts. */
  chargeAttempt: boolean
  suppress: 'hard_bounce' | null
  /** How long nobody uses the transport; null leaves it alone. */
  pauseLaneMs: number | null
  /** The transport failed, not the message: its circuit opens, and others take over. */
  opensCircuit: boolean
  /** A receiver wants us slower: the transport goes at half its rate. */
  slowsLane: boolean
  /** The message itself is at fault: the campaign stops after a few of these. */
  stopCampaign: boolean
  /** The delivery itself waits at least this long. */
  retryAfterMs: number
}

export interface HandoffContext {
  /** The recipient's domain: tells the provider where the reply does not. */
  domain?: string
  /** How often this delivery was released before: a receiver that blocks one delivery for ever must not block all. */
  released?: number
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const MOST_RELEASES = 5
const BEFORE_MAIL: readonly Stage[] = ['connect', 'greeting', 'ehlo', 'starttls', 'auth']

/**
 * Returns the meaning of `handoff`. Only a final reply decides; a conversation that broke after the final dot is in
 * doubt, before it a safe retry. Words of a reply come before its codes, a provider's words before everybody's.
 */
export function classify(handoff: Handoff, { domain = '', released = 0 }: HandoffContext = {}): Verdict {
  switch (handoff.kind) {
    case 'accepted':
      return verdict('sent', 'accepted', `taken: ${replyText(handoff.reply)}`)
    case 'refused':
      return handoff.stage === 'http'
        ? refusedCall(handoff.reply)
        : refused(handoff.stage, handoff.reply, domain, released)
    case 'lane':
      return laneTrouble(handoff)
    case 'broken':
      return broken(handoff)
    case 'unsendable':
      return verdict('failed', 'unsendable', handoff.sentence)
    default:
      return unreachable(handoff)
  }
}

function verdict(state: Verdict['state'], reason: string, sentence: string, more: Partial<Verdict> = {}): Verdict {
  const chargeAttempt = state !== 'released'
  return {
    state,
    reason,
    sentence,
    chargeAttempt,
    suppress: null,
    pauseLaneMs: null,
    opensCircuit: false,
    slowsLane: false,
    stopCampaign: false,
    retryAfterMs: 0,
    ...more,
  }
}

function refused(stage: Stage, reply: Reply, domain: string, released: number): Verdict {
  const { found, rule } = classOf(stage, reply, domain)
  const said = replyText(reply)
  const permanent = reply.code >= 500 && reply.code !== 503
  switch (found) {
    case 'hard':
      return verdict('bounced', 'no_mailbox', `no such mailbox, the address is suppressed: ${said}`, {
        suppress: 'hard_bounce',
      })
    case 'mailbox':
      return permanent
        ? verdict('bounced', 'mailbox', `the mailbox cannot take it, the address stays: ${said}`)
        : verdict('deferred', 'mailbox', `the mailbox cannot take it now: ${said}`)
    case 'transient':
      return verdict('deferred', 'transient', `not now, it is tried again: ${said}`)
    case 'smtputf8':
      return verdict('failed', 'smtputf8', `the receiver takes no international addresses: ${said}`)
    case 'content':
      return permanent
        ? verdict('failed', 'content', `the message was refused for what is in it: ${said}`, { stopCampaign: true })
        : verdict('deferred', 'content', `the message was put off for what is in it: ${said}`)
    case 'rate':
      return slowUnlessStuck(released, permanent, said, 'rate', 'the receiver wants us slower')
    case 'closing':
      return slowUnlessStuck(released, permanent, said, 'closing', 'the server ends the conversation')
    case 'block':
      return releaseUnlessStuck(
        released,
        permanent,
        said,
        'block',
        'the receiver blocks us',
        rule?.pauseMs ?? (permanent ? 30 : 5) * MINUTE,
      )
    case 'configuration':
      return releaseUnlessStuck(
        released,
        permanent,
        said,
        'configuration',
        'the transport is set up wrongly',
        (permanent ? 60 : 5) * MINUTE,
      )
    case 'unknown':
      return verdict('bounced', 'refused', `refused for an unknown reason, the address stays: ${said}`)
    default:
      return unreachable(found)
  }
}

/** Not the address's fault, so no attempt is spent; but what is refused time and again ends, or it stops all others. */
function releaseUnlessStuck(
  released: number,
  permanent: boolean,
  said: string,
  reason: string,
  why: string,
  pauseMs: number,
): Verdict {
  if (released < MOST_RELEASES) {
    return verdict('released', reason, `${why}, the transport pauses: ${said}`, {
      pauseLaneMs: pauseMs,
      retryAfterMs: pauseMs,
    })
  }
  return permanent
    ? verdict('bounced', reason, `${why} still, after ${released} pauses; the address stays: ${said}`)
    : verdict('deferred', reason, `${why} still, after ${released} pauses: ${said}`)
}

/** Back-pressure: the lane slows down, the message comes again in a minute, and no attempt is spent on it. */
function slowUnlessStuck(released: number, permanent: boolean, said: string, reason: string, why: string): Verdict {
  if (released >= MOST_RELEASES) return releaseUnlessStuck(released, permanent, said, reason, why, MINUTE)
  return verdict('released', reason, `${why}, the transport slows down: ${said}`, {
    slowsLane: true,
    retryAfterMs: MINUTE,
  })
}

function classOf(stage: Stage, reply: Reply, domain: string): { found: ReplyClass; rule: TextRule | null } {
  const rule = ruleOfWords(reply.text, providerOf(replyText(reply), domain))
  const found = rule?.class ?? classOfCodes(reply)
  // The answer to MAIL FROM is about our own address: it says nothing against the subscriber's.
  if (stage === 'mail' && found === 'hard') return { found: 'configuration', rule }
  // Name servers err for an hour; a mailbox does not.
  return { found: rule?.aboutHost === true && reply.code < 500 ? 'transient' : found, rule }
}

/** A provider's API refused the call: the address in it, or our own bug. */
function refusedCall(reply: Reply): Verdict {
  const said = replyText(reply)
  return /personalizations\.\d+\.to\b/.test(reply.text)
    ? verdict('failed', 'address', `the provider does not take the address: ${said}`)
    : verdict('failed', 'request', `the provider refused the call as malformed: ${said}`, { stopCampaign: true })
}

function laneTrouble({ stage, reply, sentence, retryAfterMs }: Extract<Handoff, { kind: 'lane' }>): Verdict {
  const isOurs = stage === 'auth' || stage === 'starttls' || (reply !== null && reply.code >= 500)
  // A provider that says when to come back has not failed.
  if (retryAfterMs !== null) return verdict('released', 'transport', sentence, { pauseLaneMs: retryAfterMs })
  return verdict('released', 'transport', sentence, { pauseLaneMs: (isOurs ? 15 : 1) * MINUTE, opensCircuit: true })
}

function broken({ stage, mayBeDelivered, sentence, aborted }: Extract<Handoff, { kind: 'broken' }>): Verdict {
  if (mayBeDelivered) return verdict('in_doubt', 'no_reply', sentence)
  if (aborted) return verdict('released', 'aborted', sentence)
  if (BEFORE_MAIL.includes(stage))
    return verdict('released', 'transport', sentence, { pauseLaneMs: 30 * SECOND, opensCircuit: true })
  return verdict('deferred', 'broken', sentence)
}
