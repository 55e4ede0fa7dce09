// Every way a connection can break, at every step: does the transport know whether the message may have arrived?
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createSmtpTransport } from '../../src/delivery/transports/smtp.ts'
import type { Handoff } from '../../src/delivery/transport.ts'
import { carry, QUICK } from '../support/carry.ts'
import { sampleMessage } from '../support/sample-message.ts'
import { startWireServer, STOP_MS, type WirePlan } from '../support/wire-server.ts'

const NEVER = new AbortController().signal
/** More than the buffers of both kernels hold. */
const HUGE = 20_000_000

const OVER = ['drop', 'reset', 'hang'] as const
const OFFERS = [
  ['with PIPELINING', { say: '250-wire.example.net\r\n250 PIPELINING\r\n' }],
  ['one command at a time', { say: '250 wire.example.net\r\n' }],
] as const
const BEFORE_DATA = ['connect', 'ehlo', 'mail', 'rcpt', 'data'] as const

describe('a connection that breaks before the message was handed over', () => {
  const STAGES = { connect: /connect|greeting/, ehlo: /ehlo/, mail: /mail/, rcpt: /rcpt/, data: /data/ }
  for (const [offer, ehlo] of OFFERS) {
    for (const step of BEFORE_DATA) {
      for (const ending of OVER) {
        test(`${ending} at ${step} is a safe retry, and says where it broke, ${offer}`, async () => {
          const { handoff, dots } = await carry({ ehlo, [step]: { ending } })
          expect(dots).toBe(0)
          expect(handoff).toMatchObject({ kind: 'broken', mayBeDelivered: false })
          // A reset also destroys replies that were on their way, so it may look earlier than it was.
          expect('stage' in handoff && handoff.stage).toMatch(ending === 'reset' ? /./ : STAGES[step])
        })
      }
    }
  }

  test('half a multi-line reply to EHLO is a safe retry', async () => {
    const { handoff } = await carry({ ehlo: { say: '250-wire.example.net\r\n250-PIPE', ending: 'drop' } })
    expect(handoff).toMatchObject({ kind: 'broken', stage: 'ehlo', mayBeDelivered: false })
  })

  test('half a reply to DATA is a safe retry, even when its beginning looks like a refusal', async () => {
    for (const say of ['354 go ah', '451 tr', '550-no\r\n550']) {
      const { handoff } = await carry({ data: { say, ending: 'drop' } })
      expect(handoff).toMatchObject({ kind: 'broken', mayBeDelivered: false })
    }
  })

  test('a message the server stopped reading half way is a safe retry, whether it times out, drops or resets', async () => {
    for (const ending of ['drop', 'reset', 'stop-reading'] as const) {
      const { handoff, dots } = await carry({ body: { ending } }, { htmlBytes: HUGE })
      expect(dots).toBe(0)
      expect(handoff).toMatchObject({ kind: 'broken', stage: 'data', mayBeDelivered: false })
    }
  })
})

describe('a connection that breaks after the final dot', () => {
  for (const ending of OVER) {
    test(`${ending} instead of the reply is doubt`, async () => {
      const { handoff, dots } = await carry({ dot: { ending } })
      expect(dots).toBe(1)
      expect(handoff).toMatchObject({ kind: 'broken', stage: 'dot', mayBeDelivered: true })
    })
    test(`${ending} after half a reply is doubt, whatever the half says`, async () => {
      for (const say of ['250', '250-2.0.0 queued\r\n', '550 5.7.1 no', '452-4.2.2 full\r\n452']) {
        const { handoff } = await carry({ dot: { say, ending } })
        expect(handoff).toMatchObject({ kind: 'broken', stage: 'dot', mayBeDelivered: true })
      }
    })
  }

  test('a 4yz or 5yz reply is final: the server says that it does not have the message', async () => {
    for (const say of ['451 4.3.0 later\r\n', '554 5.6.0 no\r\n', '421 4.3.2 closing\r\n']) {
      const { handoff } = await carry({ dot: { say } })
      expect(handoff).toMatchObject({ kind: 'refused', stage: 'dot' })
    }
  })

  test('a connection that drops right after the 250 is accepted', async () => {
    const { handoff } = await carry({ dot: { say: '250 2.0.0 queued as 7F\r\n', ending: 'drop' } })
    expect(handoff).toEqual({ kind: 'accepted', reply: { code: 250, enhanced: '2.0.0', text: 'queued as 7F' } })
  })

  test('a dot that reached the server is never called a safe retry, wherever the message was cut', async () => {
    for (const htmlBytes of [100, 27_000, 200_000, 2_000_000]) {
      for (const ending of ['drop', 'reset'] as const) {
        const { handoff, dots } = await carry({ body: { ending } }, { htmlBytes })
        const isHonest = handoff.kind === 'broken' && (dots === 0 || handoff.mayBeDelivered)
        expect({ htmlBytes, dots, handoff, isHonest }).toMatchObject({ isHonest: true })
      }
    }
  })
})

describe('a server that breaks the protocol', () => {
  test('a 250 before the message is complete is doubt, never "sent"', async () => {
    const { handoff } = await carry(
      { body: { say: '250 2.0.0 already done\r\n', ending: 'stop-reading' } },
      { htmlBytes: HUGE },
    )
    expect(handoff).toMatchObject({ kind: 'broken', mayBeDelivered: true })
  })

  test('a 250 in one packet with the 354 keeps the whole message here', async () => {
    const { handoff, dots } = await carry({ data: { say: '354 go ahead\r\n250 2.0.0 already done\r\n' } })
    expect(handoff).toMatchObject({ kind: 'broken', stage: 'data', mayBeDelivered: false })
    expect(dots).toBe(0)
  })

  test('a refusal in the middle of the message is a refusal', async () => {
    const { handoff } = await carry(
      { body: { say: '552 5.3.4 too big\r\n', ending: 'stop-reading' } },
      { htmlBytes: HUGE },
    )
    expect(handoff).toMatchObject({ kind: 'refused', stage: 'data', reply: { code: 552, enhanced: '5.3.4' } })
  })
})

describe('a server that refuses us', () => {
  const cases: [string, WirePlan, string, number][] = [
    ['greeting', { connect: { say: '554 5.7.1 no service for you\r\n' } }, 'greeting', 554],
    ['greeting for now', { connect: { say: '421 4.3.2 too busy\r\n' } }, 'greeting', 421],
    ['EHLO', { ehlo: { say: '421 4.3.2 shutting down\r\n' } }, 'ehlo', 421],
    ['login', { auth: { say: '535 5.7.8 wrong password\r\n' } }, 'auth', 535],
    ['login for now', { auth: { say: '454 4.7.0 try later\r\n' } }, 'auth', 454],
  ]
  for (const [what, plan, stage, code] of cases) {
    test(`at the ${what} closes the lane and blames no message`, async () => {
      const { handoff } = await carry(plan, { login: 'user:secret-word@' })
      expect(handoff).toMatchObject({ kind: 'lane', stage, reply: { code } })
      expect(JSON.stringify(handoff)).not.toContain('secret-word')
    })
  }

  test('by not offering STARTTLS where it is required closes the lane', async () => {
    await using server = await startWireServer()
    await using transport = createSmtpTransport({
      url: `smtp://localhost:${server.port}?tls=required`,
      timeouts: QUICK,
    })
    const [handoff] = await transport.send([sampleMessage()], NEVER)
    expect(handoff).toMatchObject({ kind: 'lane', stage: 'starttls' })
    expect(server.commands.join(' ')).not.toContain('MAIL')
  })

  test('by not being there is a safe retry', async () => {
    const server = await startWireServer()
    await server[Symbol.asyncDispose]()
    await using transport = createSmtpTransport({ url: server.url, timeouts: QUICK })
    const [handoff] = await transport.send([sampleMessage()], NEVER)
    expect(handoff).toMatchObject({ kind: 'broken', stage: 'connect', mayBeDelivered: false })
  })
})

describe('refusals of a message', () => {
  const cases: [string, WirePlan, string][] = [
    ['MAIL FROM', { mail: { say: '451 4.3.0 not now\r\n' } }, 'mail'],
    ['RCPT TO', { rcpt: { say: '550 5.1.1 unknown\r\n' }, data: { say: '503 5.5.1 no recipient\r\n' } }, 'rcpt'],
    ['DATA', { data: { say: '554 5.5.1 no\r\n' } }, 'data'],
    ['RCPT TO by a server that takes DATA all the same', { rcpt: { say: '550 5.1.1 unknown\r\n' } }, 'rcpt'],
  ]
  for (const [what, plan, stage] of cases) {
    test(`at ${what} carry the reply and the step`, async () => {
      const { handoff } = await carry(plan)
      expect(handoff).toMatchObject({ kind: 'refused', stage })
    })
  }

  test('421 at any step is a refusal at that step: the message was not taken', async () => {
    for (const step of ['mail', 'rcpt', 'data', 'dot'] as const) {
      const { handoff } = await carry({ [step]: { say: '421 4.3.2 closing\r\n', ending: 'drop' } })
      expect(handoff).toMatchObject({ kind: 'refused', stage: step, reply: { code: 421 } })
    }
  })
})

describe('the message after a 421 or a closed connection', () => {
  async function second(plan: WirePlan): Promise<{ handoffs: Handoff[]; dots: number; connections: number }> {
    await using server = await startWireServer(plan)
    await using transport = createSmtpTransport({ url: server.url, timeouts: QUICK, connections: 1 })
    const handoffs: Handoff[] = []
    for (const deliveryId of ['1', '2', '3'])
      handoffs.push(...(await transport.send([sampleMessage({ deliveryId })], NEVER)))
    return { handoffs, dots: server.dots(), connections: server.connections() }
  }

  test('is not charged: it goes over a fresh connection', async () => {
    const { handoffs, connections } = await second({
      mail: (n) => (n === 1 ? { say: '421 4.3.2 closing\r\n', ending: 'drop' } : undefined),
    })
    expect(handoffs.map((each) => each.kind)).toEqual(['refused', 'accepted', 'accepted'])
    expect(connections).toBe(2)
  })

  test('is not charged when the server hangs up between messages', async () => {
    const { handoffs, dots, connections } = await second({ dot: { say: '250 2.0.0 queued\r\n', ending: 'drop' } })
    expect(handoffs.map((each) => each.kind)).toEqual(['accepted', 'accepted', 'accepted'])
    expect({ dots, connections }).toEqual({ dots: 3, connections: 3 })
  })

  test('is not charged when the server answers 421 to the second MAIL of each connection', async () => {
    const mails = new Map<number, number>()
    const { handoffs, connections } = await second({
      mail: (n) => {
        mails.set(n, (mails.get(n) ?? 0) + 1)
        return mails.get(n) === 1 ? undefined : { say: '421 4.7.0 too many messages\r\n', ending: 'drop' }
      },
    })
    expect(handoffs.map((each) => each.kind)).toEqual(['accepted', 'accepted', 'accepted'])
    expect(connections).toBe(3)
  })

  test('of a refused one goes over the same connection, after RSET', async () => {
    let rcpts = 0
    await using server = await startWireServer({
      rcpt: () => (++rcpts === 1 ? { say: '550 5.1.1 no\r\n' } : undefined),
    })
    await using transport = createSmtpTransport({ url: server.url, timeouts: QUICK, connections: 1 })
    const kinds = []
    for (const deliveryId of ['1', '2'])
      kinds.push((await transport.send([sampleMessage({ deliveryId })], NEVER))[0]?.kind)
    expect(kinds).toEqual(['refused', 'accepted'])
    expect(server.connections()).toBe(1)
    expect(server.commands.filter((line) => line === 'RSET')).toHaveLength(1)
  })
})

describe('stopping', () => {
  test('before the dot hands nothing over; after it, is doubt', async () => {
    for (const [step, mayBeDelivered] of [
      ['data', false],
      ['dot', true],
    ] as const) {
      await using server = await startWireServer({ [step]: { ending: 'hang' } })
      await using transport = createSmtpTransport({ url: server.url, connections: 1 })
      const stop = new AbortController()
      setTimeout(() => stop.abort(), 150)
      const [handoff] = await transport.send([sampleMessage()], stop.signal)
      expect(handoff).toMatchObject({ kind: 'broken', mayBeDelivered, aborted: true })
    }
  })

  test('in the middle of a message never lets its end slip out', async () => {
    await using server = await startWireServer({ body: { ending: 'stop-reading' } })
    await using transport = createSmtpTransport({ url: server.url, connections: 1 })
    const stop = new AbortController()
    const message = sampleMessage({ htmlBytes: HUGE })
    const raw = message.raw()
    setTimeout(() => stop.abort(), 400)
    const [handoff] = await transport.send([{ ...message, raw: () => raw }], stop.signal)
    await delay(STOP_MS)
    expect(handoff).toMatchObject({ kind: 'broken', stage: 'data', mayBeDelivered: false, aborted: true })
    expect(server.dots()).toBe(0)
  })

  test('while waiting for a connection resolves at once', async () => {
    await using server = await startWireServer({ connect: { ending: 'hang' } })
    await using transport = createSmtpTransport({ url: server.url, connections: 1 })
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)
    const handoffs = await transport.send([sampleMessage(), sampleMessage({ deliveryId: '2' })], stop.signal)
    expect(handoffs).toMatchObject([
      { aborted: true, mayBeDelivered: false },
      { aborted: true, mayBeDelivered: false },
    ])
  })
})
