// Every row of the tables that say what a handoff means, and the rules that decide between them.
import { describe, expect, test } from 'vitest'
import { classify, type HandoffContext, type Verdict } from '../../src/delivery/classify.ts'
import { parseReply } from '../../src/delivery/reply.ts'
import type { Handoff, Stage } from '../../src/delivery/transport.ts'

function refused(reply: string, stage: Stage = 'rcpt', context: HandoffContext = {}): Verdict {
  return classify({ kind: 'refused', stage, reply: parseReply(reply, 'ana@example.org') }, context)
}

const lane = (stage: Stage, reply: string | null, retryAfterMs: number | null = null): Handoff => ({
  kind: 'lane',
  stage,
  reply: reply === null ? null : parseReply(reply),
  sentence: 'the server refused us',
  retryAfterMs,
})

describe('a handoff', () => {
  const cases: [what: string, handoff: Handoff, expected: Partial<Verdict>][] = [
    [
      '2yz after the dot: sent',
      { kind: 'accepted', reply: parseReply('250 2.0.0 queued') },
      { state: 'sent', chargeAttempt: true },
    ],
    [
      'our own guard: failed, and no lane pauses',
      { kind: 'unsendable', sentence: 'not sent' },
      { state: 'failed', reason: 'unsendable', pauseLaneMs: null, suppress: null },
    ],
    [
      'login refused: released, lane paused',
      lane('auth', '535 5.7.8 wrong'),
      { state: 'released', chargeAttempt: false, pauseLaneMs: 900_000 },
    ],
    [
      'TLS failed: released, lane paused',
      lane('starttls', null),
      { state: 'released', chargeAttempt: false, pauseLaneMs: 900_000 },
    ],
    [
      'greeting refused for good: released, lane paused',
      lane('greeting', '554 5.7.1 go away'),
      { state: 'released', pauseLaneMs: 900_000 },
    ],
    [
      'EHLO refused for now: released, a short pause',
      lane('ehlo', '421 4.3.2 busy'),
      { state: 'released', pauseLaneMs: 60_000 },
    ],
    [
      '429: released, as long as the provider says',
      lane('http', '429 slow', 90_000),
      { state: 'released', pauseLaneMs: 90_000 },
    ],
    [
      'server not reached: released, lane paused',
      broken('connect', false),
      { state: 'released', chargeAttempt: false, pauseLaneMs: 30_000 },
    ],
    [
      'broken in the envelope: deferred',
      broken('rcpt', false),
      { state: 'deferred', chargeAttempt: true, pauseLaneMs: null },
    ],
    ['broken in the message: deferred', broken('data', false), { state: 'deferred', chargeAttempt: true }],
    ['broken after the dot: in doubt', broken('dot', true), { state: 'in_doubt', suppress: null }],
    [
      'stopped before the dot: released, no lane pauses',
      { ...broken('data', false), aborted: true },
      { state: 'released', chargeAttempt: false, pauseLaneMs: null },
    ],
    [
      'stopped while waiting for a connection: released, no lane pauses',
      { ...broken('connect', false), aborted: true },
      { state: 'released', pauseLaneMs: null },
    ],
    ['stopped after the dot: in doubt', { ...broken('dot', true), aborted: true }, { state: 'in_doubt' }],
  ]
  for (const [what, handoff, expected] of cases) {
    test(`ends as the table says: ${what}`, () => {
      const verdict = classify(handoff)
      expect(verdict).toMatchObject(expected)
      expect(verdict.reason).toMatch(/^[a-z_]+$/)
      expect(verdict.sentence).not.toBe('')
    })
  }
})

function broken(stage: Stage, mayBeDelivered: boolean): Extract<Handoff, { kind: 'broken' }> {
  return { kind: 'broken', stage, mayBeDelivered, sentence: 'the connection broke' }
}

const HARD = { state: 'bounced', reason: 'no_mailbox', suppress: 'hard_bounce', pauseLaneMs: null }
const FULL = { state: 'bounced', reason: 'mailbox', suppress: null, pauseLaneMs: null }
const LATER = { state: 'deferred', suppress: null, pauseLaneMs: null, chargeAttempt: true }
const BLOCK = {
  state: 'released',
  reason: 'block',
  suppress: null,
  chargeAttempt: false,
  pauseLaneMs: expect.any(Number),
}
const RATE = { ...BLOCK, reason: 'rate', pauseLaneMs: null, slowsLane: true, retryAfterMs: 60_000 }
const CLOSING = { ...RATE, reason: 'closing' }
const CONTENT = { state: 'failed', reason: 'content', suppress: null, stopCampaign: true, pauseLaneMs: null }
const SETUP = {
  state: 'released',
  reason: 'configuration',
  suppress: null,
  chargeAttempt: false,
  pauseLaneMs: expect.any(Number),
}
const UNKNOWN = { state: 'bounced', reason: 'refused', suppress: null, pauseLaneMs: null, stopCampaign: false }

describe('a reply', () => {
  const cases: [reply: string, expected: object][] = [
    // hard: no mailbox
    ['550 5.1.1 x', HARD],
    ['550 5.1.2 x', HARD],
    ['501 5.1.3 x', HARD],
    ['550 5.1.6 x', HARD],
    ['556 5.1.10 x', HARD],
    ['550 5.2.1 x', HARD],
    ['550 5.4.4 x', HARD],
    ['550 User unknown', HARD],
    ['450 4.1.1 <ana@example.org>: Recipient address rejected: User unknown in virtual mailbox table', HARD],
    ['450 user unknown', HARD],
    ['550 No such user here', HARD],
    ['550 <ana@example.org>: account has been disabled', HARD],
    ['550-5.1.1 The email account that you tried to reach does not exist.\r\n550 5.1.1 gsmtp', HARD],
    ["554 delivery error: dd This user doesn't have a yahoo.com account", HARD],
    ['550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [mail.protection.outlook.com]', HARD],
    ['550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).', HARD],
    // soft: mailbox
    ['452 4.2.2 x', { ...LATER, reason: 'mailbox' }],
    ['450 4.2.1 x', { ...LATER, reason: 'mailbox' }],
    ['552 5.2.2 x', FULL],
    ['552 requested action aborted', FULL],
    ['554 The mailbox is full', FULL],
    ['550 user is over quota', FULL],
    [
      '450 4.2.1 The user you are trying to contact is receiving mail too quickly. gsmtp',
      { ...LATER, reason: 'mailbox' },
    ],
    // soft: transient
    ['450 x', { ...LATER, reason: 'transient' }],
    ['451 4.3.0 x', { ...LATER, reason: 'transient' }],
    ['452 4.3.1 Insufficient system storage', { ...LATER, reason: 'transient' }],
    ['450 4.7.1 Greylisted, please try again in 300 seconds', { ...LATER, reason: 'transient' }],
    ['503 5.5.1 bad sequence of commands', { ...LATER, reason: 'transient' }],
    // block: reputation, policy
    ['550 5.7.1 x', BLOCK],
    ['421 4.7.28 x', BLOCK],
    ['550 5.7.26 This mail has been blocked because the sender is unauthenticated. gsmtp', BLOCK],
    ['550 5.7.515 Access denied, sending domain does not meet the required authentication level.', BLOCK],
    ['554 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org', BLOCK],
    ['554 5.7.1 [HM07] Message rejected due to local policy.', BLOCK],
    ['554 Message not accepted for policy reasons. See https://postmaster.yahooinc.com yahoo.com', BLOCK],
    [
      '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints',
      { ...BLOCK, pauseLaneMs: 7_200_000 },
    ],
    // slow down
    ['451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation.', RATE],
    ['421 too many connections from your host', RATE],
    ['421 4.16.55 temporarily deferred', RATE],
    ['451 server busy, come back', RATE],
    // the server ends the conversation, and neither words nor codes say more
    ['421 4.3.2 Service shutting down', CLOSING],
    ['421 try later', CLOSING],
    ['421 4.0.0 x', CLOSING],
    ['421 5.5.1 x', CLOSING],
    ['421', CLOSING],
    // they do
    ['421 4.2.1 x', { ...LATER, reason: 'mailbox' }],
    ['421 4.3.2 Greylisted, please try again in 300 seconds', { ...LATER, reason: 'transient' }],
    ['421 4.7.1 x', BLOCK],
    ['421 4.3.0 Sender address rejected: Domain not found', SETUP],
    // content, size
    ['550 5.6.0 x', CONTENT],
    ['552 5.3.4 x', CONTENT],
    ['552 5.2.3 x', CONTENT],
    ['554 Virus found in message', CONTENT],
    ['554 5.7.1 Message contains spam content', CONTENT],
    ['552-5.7.0 This message was blocked because its content presents a potential security issue. gsmtp', CONTENT],
    ['451 virus scanner says virus, later', { ...LATER, reason: 'content' }],
    ['553 5.6.7 x', { state: 'failed', reason: 'smtputf8', stopCampaign: false, suppress: null }],
    // configuration, sender
    ['530 5.7.0 Authentication required', SETUP],
    ['535 5.7.8 x', SETUP],
    ['550 5.1.7 x', SETUP],
    ['550 5.1.8 x', SETUP],
    ['553 5.7.0 x', SETUP],
    ['554 5.7.1 <ana@example.org>: Relay access denied', SETUP],
    ['550 relaying denied', SETUP],
    ['550 5.1.8 Sender address rejected: Domain not found', SETUP],
    ['450 4.1.8 Sender address rejected: Domain not found', SETUP],
    // unknown
    ['450 4.1.2 <ana@example.org>: Recipient address rejected: Domain not found', { ...LATER, reason: 'transient' }],
    ['550 5.1.2 <ana@example.org>: Recipient address rejected: Domain not found', HARD],
    ['504 5.5.2 <mx.example.org>: Helo command rejected: Host not found', SETUP],
    ['550 Client host mx.example.org unknown', SETUP],
    ['550 your domain does not exist', SETUP],
    ['550 IP address not found in our list', UNKNOWN],

    ['550 x', UNKNOWN],
    ['554 transaction failed', UNKNOWN],
    ['550 5.0.0 x', UNKNOWN],
  ]
  for (const [reply, expected] of cases) {
    test(`means what it says: ${reply.replaceAll('\r\n', ' ')}`, () => expect(refused(reply)).toMatchObject(expected))
  }

  test('is read by its words before its codes, which often lie', () => {
    const same = ['User unknown', 'mailbox is full', 'blocked using bl.spamcop.net', 'relaying denied'].map(
      (words) => refused(`550 5.0.0 ${words}`).reason,
    )
    expect(same).toEqual(['no_mailbox', 'mailbox', 'block', 'configuration'])
  })

  test('is read by the words of the provider before the words of everybody', () => {
    const words = '550 5.4.1 Recipient address rejected: Access denied. AS(201806281)'
    expect(refused(words)).toMatchObject(HARD)
    expect(refused('550 5.4.1 Recipient address rejected: Access denied.')).toMatchObject(UNKNOWN)
    expect(refused('550 very low reputation', 'rcpt', { domain: 'gmail.com' })).toMatchObject(BLOCK)
  })

  test('to MAIL FROM is about our address and never suppresses the subscriber’s', () => {
    for (const words of ['550 5.1.1 User unknown', '550 5.1.2 no such domain', '450 4.1.8 domain does not exist']) {
      expect(refused(words, 'mail')).toMatchObject({ suppress: null, state: 'released' })
    }
  })

  test('after the dot means the same as before it', () => {
    expect(refused('550 5.1.1 User unknown', 'dot')).toMatchObject(HARD)
    expect(refused('552 5.3.4 Message too big', 'dot')).toMatchObject(CONTENT)
  })

  test('that blocks one delivery time and again ends that delivery and frees the others', () => {
    expect(refused('550 5.7.1 x', 'rcpt', { released: 4 })).toMatchObject(BLOCK)
    expect(refused('550 5.7.1 x', 'rcpt', { released: 5 })).toMatchObject({
      state: 'bounced',
      suppress: null,
      pauseLaneMs: null,
    })
    expect(refused('421 4.7.0 x', 'rcpt', { released: 5 })).toMatchObject({ state: 'deferred', chargeAttempt: true })
  })

  test('of 421 is the server’s refusal of us at every stage, the answer to the final dot included', () => {
    for (const stage of ['mail', 'rcpt', 'data', 'dot'] as const)
      expect(refused('421 4.3.2 Service shutting down', stage)).toMatchObject(CLOSING)
  })

  test('of 421 that one delivery hears time and again costs it an attempt, and slows nobody any more', () => {
    const words = '421 4.3.2 Service shutting down'
    expect(refused(words, 'rcpt', { released: 4 })).toMatchObject(CLOSING)
    expect(refused(words, 'rcpt', { released: 5 })).toMatchObject({ ...LATER, reason: 'closing', slowsLane: false })
  })

  test('never suppresses an address for anything but a missing mailbox', () => {
    for (const [reply] of cases) {
      const verdict = refused(reply)
      expect([reply, verdict.suppress !== null]).toEqual([reply, verdict.reason === 'no_mailbox'])
    }
  })

  test('T20: is quoted in the sentence without the address', () => {
    const verdict = refused('550 5.1.1 <ana@example.org>: user unknown')
    expect(verdict.sentence).toContain('550 5.1.1')
    expect(verdict.sentence).not.toContain('ana@')
  })
})

describe('a refused call to a provider’s API', () => {
  test('fails the message when its address is at fault, and stops the campaign when our call is', () => {
    const call = (text: string): Verdict => refused(`400 ${text}`, 'http')
    expect(call('personalizations.0.to.0.email: Does not contain a valid address.')).toMatchObject({
      state: 'failed',
      reason: 'address',
      stopCampaign: false,
      suppress: null,
    })
    expect(call('content: is required')).toMatchObject({ state: 'failed', reason: 'request', stopCampaign: true })
    expect(refused('413 too large', 'http')).toMatchObject({ state: 'failed', stopCampaign: true })
  })
})
