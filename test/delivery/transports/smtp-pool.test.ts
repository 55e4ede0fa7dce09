// How many connections there are: a server's own limit, learned from its refusals and never held against a message, and ours, which may change.
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createSmtpTransport, type SmtpSettings } from '../../../src/delivery/transports/smtp.ts'
import { createSlots } from '../../../src/delivery/transports/smtp-slots.ts'
import { sampleMessage } from '../../support/sample-message.ts'
import { startSmtpSink } from '../../support/smtp-sink.ts'
import { startWireServer, type WireServer } from '../../support/wire-server.ts'

const NEVER = new AbortController().signal

/** A server that lets `allowed()` connections in at once and turns the others away as `how` says. */
async function capped(allowed: () => number, how: object): Promise<WireServer> {
  const server: WireServer = await startWireServer({ connect: () => (server.open() > allowed() ? how : undefined) })
  return server
}

async function sendMany(server: WireServer, count: number, settings: Partial<SmtpSettings> = {}) {
  await using transport = createSmtpTransport({ url: server.url, connections: 10, ...settings })
  const messages = Array.from({ length: count }, (_, n) => sampleMessage({ deliveryId: `m${n}` }))
  return await transport.send(messages, NEVER)
}

const TURNED_AWAY = {
  'says 421': { say: '421 4.7.0 too many connections from your address\r\n', ending: 'drop' },
  'says 450': { say: '450 4.7.1 too many connections\r\n', ending: 'drop' },
  'says 554': { say: '554 5.7.1 too many connections\r\n', ending: 'drop' },
  'just hangs up': { ending: 'drop' },
  resets: { ending: 'reset' },
}

describe('a server that allows three connections', () => {
  for (const [how, action] of Object.entries(TURNED_AWAY)) {
    test(`and ${how} beyond gets all messages over three, and no message ends as a refusal of us`, async () => {
      await using server = await capped(() => 3, action)
      const handoffs = await sendMany(server, 60)
      expect(handoffs.map((each) => each.kind)).toEqual(Array.from({ length: 60 }, () => 'accepted'))
      expect(server.dots()).toBe(60)
      // Each of the ten asked at most once; nobody knocks again within the minute.
      expect(server.connections()).toBeLessThanOrEqual(10)
    })
  }

  test('is asked for one more after a while, and given one more at a time when it allows more', async () => {
    let allowed = 1
    await using server = await capped(() => allowed, TURNED_AWAY['says 421'])
    await using transport = createSmtpTransport({ url: server.url, connections: 3, capRetryMs: 50 })
    const sendAll = () =>
      transport.send(
        Array.from({ length: 40 }, (_, n) => sampleMessage({ deliveryId: `m${n}` })),
        NEVER,
      )
    await sendAll()
    expect(server.open()).toBe(1)
    allowed = 3
    for (let round = 0; round < 40 && server.open() < 3; round += 1) {
      await sendAll()
      await delay(60)
    }
    expect(server.open()).toBe(3)
  })

  test('that refuses everybody is a refusal of us, as ever', async () => {
    await using server = await capped(() => 0, TURNED_AWAY['says 421'])
    const handoffs = await sendMany(server, 20)
    expect(new Set(handoffs.map((each) => each.kind))).toEqual(new Set(['lane']))
  })

  test('renews its connections within the limit', async () => {
    await using server = await capped(() => 3, TURNED_AWAY['says 421'])
    const handoffs = await sendMany(server, 90, { messagesPerConnection: 5, capRetryMs: 1 })
    expect(handoffs.every((each) => each.kind === 'accepted')).toBe(true)
  })
})

describe('a limit of ours that shrinks', () => {
  const slow = (count: number, name: string) =>
    Array.from({ length: count }, (_, n) => sampleMessage({ deliveryId: `${name}${n}`, to: 'slow@example.org' }))
  const taken = (count: number) => Array.from({ length: count }, () => ({ kind: 'accepted' }))

  test('from six to two closes four idle connections, and the two that stay carry all the rest', async () => {
    await using sink = await startSmtpSink({ slowMs: 30 })
    await using transport = createSmtpTransport({ url: sink.url, connections: 6 })
    expect(await transport.send(slow(12, 'a'), NEVER)).toMatchObject(taken(12))
    expect(sink.open()).toBe(6)
    await transport.limitConnections?.(2)
    await expect.poll(() => sink.open()).toBe(2)
    expect(await transport.send(slow(12, 'b'), NEVER)).toMatchObject(taken(12))
    expect({ open: sink.open(), ever: sink.connections() }).toEqual({ open: 2, ever: 6 })
  })

  test('from six to two cuts no message in transit: those land, four connections go, those that wait share two', async () => {
    await using sink = await startSmtpSink({ slowMs: 150 })
    await using transport = createSmtpTransport({ url: sink.url, connections: 6 })
    let landed = 0
    const openAtLanding: number[] = []
    const sending = slow(16, 'm').map(async (message) => {
      const [handoff] = await transport.send([message], NEVER)
      if (++landed > 6) openAtLanding.push(sink.open())
      return handoff
    })
    await expect.poll(() => sink.recipients.length).toBe(6)
    await transport.limitConnections?.(2)
    expect({ open: sink.open(), landed }).toEqual({ open: 6, landed: 0 })
    expect(await Promise.all(sending)).toMatchObject(taken(16))
    expect(Math.max(...openAtLanding)).toBe(2)
    expect({ stored: sink.accepted.length, ever: sink.connections() }).toEqual({ stored: 16, ever: 6 })
  })

  test('to none closes all; a message that was claimed before still goes out, and its connection goes with it', async () => {
    await using sink = await startSmtpSink()
    await using transport = createSmtpTransport({ url: sink.url, connections: 6 })
    expect(await transport.send(slow(6, 'a'), NEVER)).toMatchObject(taken(6))
    await transport.limitConnections?.(0)
    await expect.poll(() => sink.open()).toBe(0)
    expect(await transport.send(slow(3, 'b'), NEVER)).toMatchObject(taken(3))
    await expect.poll(() => sink.open()).toBe(0)
  })

  test('and grows again opens as many as before, and never more than the settings say', async () => {
    await using sink = await startSmtpSink({ slowMs: 100 })
    await using transport = createSmtpTransport({ url: sink.url, connections: 4 })
    await transport.limitConnections?.(1)
    const sending = transport.send(slow(12, 'm'), NEVER)
    await expect.poll(() => sink.recipients.length).toBe(1)
    await transport.limitConnections?.(9)
    expect(await sending).toMatchObject(taken(12))
    expect({ open: sink.open(), ever: sink.connections() }).toEqual({ open: 4, ever: 4 })
  })
})

describe('a message that waits for a connection', () => {
  test('is let go at once when its signal fires, and its place in the queue with it', async () => {
    await using server = await startWireServer({ dot: (n) => (n === 1 ? { ending: 'hang' } : undefined) })
    const transport = createSmtpTransport({ url: server.url, connections: 1, timeouts: { replyMs: 500 } })
    const stop = new AbortController()
    const first = transport.send([sampleMessage()], NEVER)
    const second = transport.send([sampleMessage({ deliveryId: '2' })], stop.signal)
    const third = transport.send([sampleMessage({ deliveryId: '3' })], NEVER)
    await delay(100)
    stop.abort()
    expect(await second).toMatchObject([{ kind: 'broken', mayBeDelivered: false, aborted: true }])
    expect((await first)[0]).toMatchObject({ kind: 'broken', mayBeDelivered: true })
    expect((await third)[0]?.kind).toBe('accepted')
    await transport[Symbol.asyncDispose]()
  })
})

describe('slots', () => {
  const taken = async (slots: ReturnType<typeof createSlots>, first = false): Promise<boolean> =>
    Promise.race([slots.take(NEVER, first), Promise.resolve().then(() => false)])

  test('are as many as asked for, until a refusal makes them as many as are open, for a minute', async () => {
    let now = 0
    const slots = createSlots({ connections: 3, capRetryMs: 60_000 }, () => now)
    for (let n = 0; n < 3; n += 1) expect(await taken(slots)).toBe(true)
    slots.refused(2)
    slots.give()
    expect(await taken(slots, true)).toBe(false)
    now = 60_000
    slots.give() // wakes the one that waits, and leaves room for the try beyond the limit
    expect(await taken(slots)).toBe(true)
    slots.opened(3)
    expect(await taken(slots)).toBe(false)
  })

  test('become fewer when they are given back, and more at once', async () => {
    const slots = createSlots({ connections: 3, capRetryMs: 60_000 }, () => 0)
    for (let n = 0; n < 3; n += 1) expect(await taken(slots)).toBe(true)
    slots.resize(1)
    slots.give()
    slots.give()
    expect(await taken(slots)).toBe(false)
    const waiting = slots.take(NEVER, false)
    slots.resize(3)
    expect(await waiting).toBe(true)
  })

  test('never fall to none', async () => {
    const slots = createSlots({ connections: 3, capRetryMs: 60_000 }, () => 0)
    slots.refused(0)
    expect(await taken(slots)).toBe(true)
    expect(await taken(slots)).toBe(false)
  })
})
