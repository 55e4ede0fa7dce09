// What only the SendGrid transport does: many subscribers in a call, and what the API's answers mean.
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createSendGridTransport, type SendGridSettings } from '../../src/delivery/transports/sendgrid.ts'
import type { Handoff } from '../../src/delivery/transport.ts'
import { sampleMessage, sampleShared } from '../support/sample-message.ts'
import { startSendGridStandIn, type Mischief, type SendGridStandIn } from '../support/sendgrid-stand-in.ts'

const NEVER = new AbortController().signal
const NOW = new Date('2026-03-01T12:00:00Z')

function open(
  standIn: SendGridStandIn,
  settings: Partial<SendGridSettings> = {},
): ReturnType<typeof createSendGridTransport> {
  return createSendGridTransport({
    apiKey: standIn.apiKey,
    baseUrl: standIn.url,
    timeoutMs: 500,
    clock: { now: () => NOW },
    ...settings,
  })
}

const many = (count: number, first = 0) => {
  const shared = sampleShared()
  return Array.from({ length: count }, (_, n) =>
    sampleMessage({ deliveryId: `${first + n}`, to: `p${first + n}@example.org`, firstName: `P${first + n}`, shared }),
  )
}

describe('one call', () => {
  test('carries all subscribers of a variant, each with own headers, values and delivery id', async () => {
    await using standIn = await startSendGridStandIn()
    await using transport = open(standIn)
    const messages = many(100)
    const handoffs = await transport.send(messages, NEVER)
    expect(handoffs.every((each) => each.kind === 'accepted')).toBe(true)
    expect(standIn.calls).toHaveLength(1)
    expect(standIn.taken.map((each) => each.delivery)).toEqual(messages.map((each) => each.deliveryId))
    expect(standIn.taken[7]).toMatchObject({
      to: 'p7@example.org',
      subject: 'Your senators voted, P7',
      html: messages[7]?.html,
      headers: {
        'List-Unsubscribe': '<https://u.example.org/u/token-7>',
        'Message-ID': '<message-7@alerts.example.org>',
      },
    })
  })

  test('turns tracking off and keeps nothing personal in custom_args', async () => {
    await using standIn = await startSendGridStandIn()
    await using transport = open(standIn)
    await transport.send(many(2), NEVER)
    const off = { enable: false }
    expect(standIn.calls[0]).toMatchObject({
      tracking_settings: { click_tracking: off, open_tracking: off, subscription_tracking: off },
    })
    expect(standIn.calls[0]).toMatchObject({
      personalizations: [{ custom_args: { rollcall_delivery: '0' } }, { custom_args: { rollcall_delivery: '1' } }],
    })
    expect(JSON.stringify(standIn.calls[0])).not.toContain('categories')
  })

  test('holds no more than asked for, no address twice, and one variant only', async () => {
    await using standIn = await startSendGridStandIn()
    await using transport = open(standIn, { batch: 10 })
    const twice = sampleMessage({ deliveryId: '100', to: 'P3@example.org' })
    const handoffs = await transport.send(
      [...many(25), twice, sampleMessage({ deliveryId: '101', to: 'p3@EXAMPLE.org', shared: twice.shared })],
      NEVER,
    )
    expect(handoffs.every((each) => each.kind === 'accepted')).toBe(true)
    expect(standIn.problems).toEqual([])
    expect(standIn.calls).toHaveLength(5)
  })

  test('sends values alone that are too large to substitute, or that look like a mark', async () => {
    await using standIn = await startSendGridStandIn()
    await using transport = open(standIn)
    const shared = sampleShared()
    const names = ['Ana', '%s2%', 'x'.repeat(9_600)]
    const messages = names.map((firstName, n) =>
      sampleMessage({ deliveryId: `${n}`, to: `p${n}@example.org`, firstName, shared }),
    )
    await transport.send(messages, NEVER)
    expect(standIn.calls).toHaveLength(3)
    expect(standIn.taken.map((each) => each.html).sort()).toEqual(messages.map((each) => each.html).sort())
  })
})

test('T4: a header that is not ours reaches neither the mail nor the HTTP request', async () => {
  await using standIn = await startSendGridStandIn()
  await using transport = open(standIn)
  for (const name of ['Authorization', 'Bcc', 'X-Other', 'List-Id\r\nBcc']) {
    const [handoff] = await transport.send([sampleMessage({ headers: [[name, 'x']] })], NEVER)
    expect(handoff?.kind).toBe('unsendable')
  }
  expect(standIn.calls).toEqual([])
})

test('T25: the key is in no handoff, no error and no inspection', async () => {
  await using standIn = await startSendGridStandIn()
  await using transport = open(standIn, { apiKey: 'SG.canary.secret' })
  const [handoff] = await transport.send(many(1), NEVER)
  const refusal = await transport.verify().catch((error: unknown) => error)
  expect(handoff).toMatchObject({ kind: 'lane', stage: 'auth', reply: { code: 401 } })
  expect(inspect([handoff, refusal, transport], { depth: 9, showHidden: true })).not.toContain('canary')
  expect(() => createSendGridTransport({ apiKey: 'canary' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('canary') }),
  )
})

test('T14: a redirect is not followed, so the key goes nowhere else', async () => {
  await using standIn = await startSendGridStandIn()
  await using other = await startSendGridStandIn()
  await using transport = open(standIn)
  standIn.mischief.push({ status: 307, headers: { location: `${other.url}/v3/mail/send` } })
  expect(await transport.send(many(1), NEVER)).toMatchObject([{ kind: 'lane' }])
  expect(other.calls).toEqual([])
})

describe('the answer', () => {
  const resetIn90s = String(NOW.getTime() / 1_000 + 90)
  const cases: [string, Mischief, Partial<Handoff> | object][] = [
    [
      '429 with a reset time pauses the lane until then',
      { status: 429, headers: { 'x-ratelimit-reset': resetIn90s } },
      { kind: 'lane', retryAfterMs: 90_000 },
    ],
    [
      '429 with Retry-After pauses as long',
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'lane', retryAfterMs: 7_000 },
    ],
    ['429 without either pauses for a minute', { status: 429 }, { kind: 'lane', retryAfterMs: 60_000 }],
    ['401 closes the lane', { status: 401 }, { kind: 'lane', stage: 'auth' }],
    ['403 closes the lane', { status: 403 }, { kind: 'lane', stage: 'auth' }],
    ['400 refuses', { status: 400 }, { kind: 'refused', stage: 'http', reply: { code: 400 } }],
    ['413 refuses', { status: 413 }, { kind: 'refused', stage: 'http', reply: { code: 413 } }],
    ['500 is doubt', { status: 500 }, { kind: 'broken', mayBeDelivered: true }],
    [
      '500 after the message was taken is doubt',
      { status: 500, taken: true },
      { kind: 'broken', mayBeDelivered: true },
    ],
    ['503 is doubt', { status: 503 }, { kind: 'broken', mayBeDelivered: true }],
    ['a lost 202 is doubt', 'lost', { kind: 'broken', mayBeDelivered: true }],
    ['a connection cut in the middle is doubt', 'cut before reading', { kind: 'broken', mayBeDelivered: true }],
    ['silence is doubt', 'silent', { kind: 'broken', mayBeDelivered: true }],
  ]
  for (const [what, mischief, expected] of cases) {
    test(`to a call: ${what}`, async () => {
      await using standIn = await startSendGridStandIn()
      await using transport = open(standIn)
      standIn.mischief.push(mischief)
      expect(await transport.send(many(1), NEVER)).toMatchObject([expected])
    })
  }

  test('a lost answer puts every message of the call in doubt, and only those', async () => {
    await using standIn = await startSendGridStandIn()
    await using transport = open(standIn, { batch: 3 })
    standIn.mischief.push('lost')
    const handoffs = await transport.send(many(6), NEVER)
    expect(handoffs.filter((each) => each.kind === 'broken' && each.mayBeDelivered)).toHaveLength(3)
    expect(handoffs.filter((each) => each.kind === 'accepted')).toHaveLength(3)
  })

  test('a call refused because of one address fails that one alone; T20: without naming it', async () => {
    await using standIn = await startSendGridStandIn()
    await using transport = open(standIn)
    const messages = many(20)
    messages[13] = sampleMessage({
      deliveryId: '13',
      to: 'ana/canary=*@example.org',
      shared: messages[0]?.shared ?? sampleShared(),
    })
    standIn.refused.push('ana/canary=*@example.org')
    const handoffs = await transport.send(messages, NEVER)
    expect(handoffs.map((each) => each.kind)).toEqual(messages.map((_, n) => (n === 13 ? 'refused' : 'accepted')))
    expect(handoffs[13]).toMatchObject({
      stage: 'http',
      reply: { text: expect.stringContaining('personalizations.0.to') },
    })
    expect(JSON.stringify(handoffs)).not.toMatch(/canary|@/)
    expect(new Set(standIn.taken.map((each) => each.delivery)).size).toBe(19)
  })

  test('nobody there is a safe retry', async () => {
    const standIn = await startSendGridStandIn()
    await standIn[Symbol.asyncDispose]()
    await using transport = open(standIn)
    expect(await transport.send(many(2), NEVER)).toMatchObject([
      { kind: 'broken', stage: 'connect', mayBeDelivered: false },
      { kind: 'broken', mayBeDelivered: false },
    ])
  })

  test('stopping a call that waits for its answer is doubt', async () => {
    await using standIn = await startSendGridStandIn()
    await using transport = open(standIn, { timeoutMs: 60_000 })
    standIn.mischief.push('silent')
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)
    expect(await transport.send(many(1), stop.signal)).toMatchObject([
      { kind: 'broken', mayBeDelivered: true, aborted: true },
    ])
  })
})

test('verify asks for a key that can send and nothing else', async () => {
  await using standIn = await startSendGridStandIn()
  await using transport = open(standIn)
  expect(await transport.verify()).toContain('nothing else')
  standIn.scopes = ['mail.send', 'api_keys.create']
  expect(await transport.verify()).toContain('scope mail.send only')
  standIn.scopes = ['stats.read']
  await expect(transport.verify()).rejects.toMatchObject({ code: 'sendgrid_unusable' })
})
