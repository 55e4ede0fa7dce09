// Answers as servers and networks give them: refusals inside a group of commands, replies cut and joined by packets.
import { describe, expect, test } from 'vitest'
import { createSmtpTransport } from '../../src/delivery/transports/smtp.ts'
import type { Handoff } from '../../src/delivery/transport.ts'
import { carry, QUICK } from '../support/carry.ts'
import { sampleMessage } from '../support/sample-message.ts'
import { startWireServer, type WirePlan } from '../support/wire-server.ts'

const NEVER = new AbortController().signal

describe('refusals in a group of commands', () => {
  const REST = { rcpt: { say: '503 5.5.1 no MAIL\r\n' }, data: { say: '503 5.5.1 no RCPT\r\n' } }

  /** The first message meets the plan, the second does not: what does the connection do next? */
  async function pair(plan: WirePlan): Promise<{ kinds: string[]; first: Handoff; dots: number; emptyDots: number }> {
    let isFirst = true
    const once = (action: unknown) => () => (isFirst ? action : undefined)
    const planned = Object.fromEntries(Object.entries(plan).map(([step, action]) => [step, once(action)])) as WirePlan
    await using server = await startWireServer(planned)
    await using transport = createSmtpTransport({ url: server.url, timeouts: QUICK, connections: 1 })
    const [first] = await transport.send([sampleMessage()], NEVER)
    isFirst = false
    const [second] = await transport.send([sampleMessage({ deliveryId: '2' })], NEVER)
    const kinds = [first, second].map((each) => each?.kind ?? '')
    return { kinds, first: first as Handoff, dots: server.dots(), emptyDots: server.emptyDots() }
  }

  test('the first one is the answer: MAIL 5yz, then 503 to RCPT and DATA', async () => {
    const { kinds, first, dots } = await pair({ mail: { say: '550 5.7.1 not you\r\n' }, ...REST })
    expect(first).toMatchObject({ kind: 'refused', stage: 'mail', reply: { code: 550 } })
    expect(kinds).toEqual(['refused', 'accepted'])
    expect(dots).toBe(1)
  })

  test('RCPT 4yz and yet 354: a lone dot ends the empty message, and whatever is said of it counts for nothing', async () => {
    for (const say of ['250 2.0.0 queued\r\n', '554 5.5.1 no valid recipients\r\n', '451 4.3.0 later\r\n']) {
      const { kinds, first, dots, emptyDots } = await pair({ rcpt: { say: '450 4.2.1 busy\r\n' }, dot: { say } })
      expect(first).toMatchObject({ kind: 'refused', stage: 'rcpt', reply: { code: 450 } })
      expect(kinds).toEqual(['refused', 'accepted'])
      expect({ dots, emptyDots }).toEqual({ dots: 1, emptyDots: 1 })
    }
  })

  test('a refused recipient stays refused when the connection breaks before the rest of the answers', async () => {
    for (const ending of ['drop', 'hang'] as const) {
      const { handoff, dots } = await carry({ rcpt: { say: '550 5.1.1 unknown\r\n' }, data: { ending } })
      expect(handoff).toMatchObject({ kind: 'refused', stage: 'rcpt', reply: { code: 550 } })
      expect(dots).toBe(0)
    }
  })

  test('MAIL refused and yet 354: not even a dot is sent', async () => {
    const { handoff, dots } = await carry({ mail: { say: '550 5.7.1 not you\r\n' } })
    expect(handoff).toMatchObject({ kind: 'refused', stage: 'mail' })
    expect(dots).toBe(0)
  })

  test('a 2yz to DATA is no leave to send', async () => {
    const { handoff, dots } = await carry({ data: { say: '250 2.0.0 ok\r\n' } })
    expect(handoff).toMatchObject({ kind: 'broken', stage: 'data', mayBeDelivered: false })
    expect(dots).toBe(0)
  })
})

describe('replies as networks deliver them', () => {
  test('byte by byte, of many lines, or several in one packet, they mean the same', async () => {
    const plans: WirePlan[] = [
      { ehlo: { say: '250 wire.example.net\r\n' }, mail: { say: '250-2.1.0 one\r\n250 2.1.0 two\r\n', inBytes: true } },
      { dot: { say: '250-2.0.0 queued\r\n250 2.0.0 as 7F\r\n', inBytes: true } },
      { mail: { say: '250 2.1.0 ok\r\n250 2.1.5 ok\r\n' }, rcpt: { say: '' } },
    ]
    for (const plan of plans) expect((await carry(plan)).handoff).toMatchObject({ kind: 'accepted' })
  })

  test('a line that only a CR ends is not finished: no answer at MAIL, doubt after the dot', async () => {
    const early = await carry({ mail: { say: '250 2.1.0 ok\r' }, rcpt: { say: '' }, data: { say: '' } })
    expect(early.handoff).toMatchObject({ kind: 'broken', stage: 'mail', mayBeDelivered: false })
    const late = await carry({ dot: { say: '250 2.0.0 queued\r' } })
    expect(late.handoff).toMatchObject({ kind: 'broken', stage: 'dot', mayBeDelivered: true })
  })

  test('what is no reply, or too long a one, ends the connection and is never taken for a yes', async () => {
    const endless = `250-${'x'.repeat(500)}\r\n`.repeat(200)
    for (const say of [
      'ok\r\n',
      '25 ok\r\n',
      '2500 ok\r\n',
      '150 ok\r\n',
      '250-a\r\n550 b\r\n',
      'x'.repeat(70_000),
      endless,
    ]) {
      const early = await carry({ mail: { say } })
      expect(early.handoff).toMatchObject({ kind: 'broken', mayBeDelivered: false })
      const late = await carry({ dot: { say } })
      expect(late.handoff).toMatchObject({ kind: 'broken', stage: 'dot', mayBeDelivered: true })
    }
  })

  test('a server that says goodbye, or anything unasked, after the 250 harms no message', async () => {
    for (const more of ['421 4.4.2 idle too long\r\n', '250 2.0.0 and another\r\n', '421 4.']) {
      await using server = await startWireServer({
        dot: (n) => (n === 1 ? { say: `250 2.0.0 queued\r\n${more}` } : undefined),
      })
      await using transport = createSmtpTransport({ url: server.url, timeouts: QUICK, connections: 1 })
      const kinds = []
      for (const deliveryId of ['1', '2'])
        kinds.push((await transport.send([sampleMessage({ deliveryId })], NEVER))[0]?.kind)
      expect(kinds).toEqual(['accepted', 'accepted'])
      expect(server.connections()).toBe(2)
    }
  })
})
