// One message's part of an SMTP conversation, as a value: each reply in, what to do next out. It touches no socket.
import { parseReply } from '../reply.ts'
import type { Handoff, Reply, Stage } from '../transport.ts'
import type { RawReply } from './smtp-replies.ts'

/** The step whose reply comes next. `lone-dot`: the server took DATA although there is nothing to send. */
type Step = 'mail' | 'rcpt' | 'data' | 'dot' | 'lone-dot'

/** `after`: whether the connection may carry another message as it is, after RSET, or not at all. */
export interface Done {
  kind: 'done'
  handoff: Handoff
  after: 'keep' | 'reset' | 'close'
}

export type Next = { kind: 'wait' } | { kind: 'write'; text: string } | { kind: 'body' } | Done

/** The three commands of a message, each with its CRLF. */
export interface Commands {
  mail: string
  rcpt: string
  /** For cutting the address out of what the server says. */
  recipient: string
  isPipelined: boolean
}

export interface Transaction {
  /** What to write first. */
  readonly opening: string
  /**
   * Takes the next reply. `wasLast`: no byte came after it. `dotGiven`: the final dot has been handed to the socket.
   */
  take(reply: RawReply, wasLast: boolean, dotGiven: boolean): Next
  /** How the message ends when no reply will come any more. */
  broken(why: string, dotGiven: boolean, aborted?: true): Handoff
  /** Whether the server has said anything yet. */
  isUnanswered(): boolean
}

const WAIT: Next = { kind: 'wait' }
const BODY: Next = { kind: 'body' }
const DATA = 'DATA\r\n'

/**
 * Returns the transaction. With PIPELINING (RFC 2920) MAIL, RCPT and DATA leave together and the reply to DATA decides;
 * the body never leaves before that reply. The first refusal is the message's answer, whatever follows.
 */
export function beginTransaction({ mail, rcpt, recipient, isPipelined }: Commands): Transaction {
  let step: Step = 'mail'
  let refusal: { stage: Stage; reply: Reply } | null = null

  const refused = (after: Done['after']): Done | null => {
    if (refusal === null) return null
    // 503 means that the server and we do not agree on where we are.
    return {
      kind: 'done',
      handoff: { kind: 'refused', ...refusal },
      after: refusal.reply.code === 503 ? 'close' : after,
    }
  }
  const confused = (why: string, mayBeDelivered: boolean): Done => {
    const known = refused('close')
    if (known !== null) return known
    const stage = step === 'dot' ? (mayBeDelivered ? 'dot' : 'data') : stageOf(step)
    return { kind: 'done', handoff: { kind: 'broken', stage, mayBeDelivered, sentence: why }, after: 'close' }
  }
  const refuse = (stage: Stage, raw: RawReply): void => {
    refusal ??= { stage, reply: parseReply(raw.text, recipient) }
  }

  /** MAIL or RCPT was answered: note a refusal, go on to the next command. */
  const takeEnvelope = (stage: 'mail' | 'rcpt', raw: RawReply): Next => {
    if (asksForMore(raw)) return confused('the server asked for the message before it had the addresses', false)
    if (raw.code >= 400) refuse(stage, raw)
    if (raw.code === 421) return refused('close') ?? WAIT
    step = stage === 'mail' ? 'rcpt' : 'data'
    if (isPipelined) return WAIT
    return refused('reset') ?? { kind: 'write', text: stage === 'mail' ? rcpt : DATA }
  }
  const takeData = (raw: RawReply, wasLast: boolean): Next => {
    if (raw.code >= 400) refuse('data', raw)
    if (raw.code === 421) return refused('close') ?? WAIT
    if (raw.code >= 400) return refused('reset') ?? WAIT
    if (raw.code !== 354) return confused(`the server answered DATA with ${raw.code}`, false)
    if (refusal?.stage === 'mail') return refused('close') ?? WAIT
    if (refusal !== null) {
      // RFC 2920 section 3.1: the server waits for a message to nobody, which a dot alone ends.
      step = 'lone-dot'
      return { kind: 'write', text: '.\r\n' }
    }
    step = 'dot'
    return wasLast ? BODY : confused('the server answered before it had the message', false)
  }
  const takeFinal = (raw: RawReply, dotGiven: boolean): Next => {
    if (raw.code >= 400) {
      refuse(dotGiven ? 'dot' : 'data', raw)
      return refused(dotGiven && raw.code !== 421 ? 'keep' : 'close') ?? WAIT
    }
    if (!dotGiven) return confused('the server answered before the message was complete: it may have arrived', true)
    if (raw.code >= 300) return confused(`the server answered the message with ${raw.code}: it may have arrived`, true)
    return { kind: 'done', handoff: { kind: 'accepted', reply: parseReply(raw.text, recipient) }, after: 'keep' }
  }
  return {
    opening: isPipelined ? `${mail}${rcpt}${DATA}` : mail,
    take(raw, wasLast, dotGiven) {
      if (step === 'mail' || step === 'rcpt') return takeEnvelope(step, raw)
      if (step === 'data') return takeData(raw, wasLast)
      if (step === 'dot') return takeFinal(raw, dotGiven)
      // Nobody gets an empty message, so whatever the server says about it changes nothing.
      return refused(raw.code === 421 ? 'close' : 'reset') ?? WAIT
    },
    broken(why, dotGiven, aborted) {
      const known = refused('close')
      if (known !== null) return known.handoff
      const stage = dotGiven ? 'dot' : stageOf(step)
      const sentence = aborted ? stoppedSentence(dotGiven) : brokenSentence(stage, dotGiven, why)
      const handoff: Handoff = { kind: 'broken', stage, mayBeDelivered: dotGiven, sentence }
      return aborted ? { ...handoff, aborted } : handoff
    },
    isUnanswered: () => step === 'mail',
  }
}

/** Before the dot was handed over, the message is still what DATA announced. */
function stageOf(step: Step): Stage {
  return step === 'mail' || step === 'rcpt' ? step : 'data'
}

/** 3yz asks for more, which only DATA may. */
function asksForMore({ code }: RawReply): boolean {
  return code >= 300 && code < 400
}

function brokenSentence(stage: Stage, dotGiven: boolean, why: string): string {
  const where = dotGiven
    ? 'after the message was written, before the reply: it may have arrived'
    : `at ${stage}, before the message was handed over`
  return `the connection broke ${where} (${why})`
}

function stoppedSentence(dotGiven: boolean): string {
  return dotGiven
    ? 'stopped while waiting for the reply: it may have arrived'
    : 'stopped before the message was handed over'
}
