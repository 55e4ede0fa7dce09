// What every transport must do, whatever carries the message.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TransportKind } from '../../src/delivery/transport.ts'
import { sampleMessage, sampleShared } from '../support/sample-message.ts'
import { RIGS, type Rig } from './transport-kinds.ts'

const NEVER = new AbortController().signal

/** Threat T4: strings that libraries have read as other, or more, recipients than one. */
const PAYLOADS = [
  'a@example.net\r\nRCPT TO:<e@example.com>',
  'a@example.net\nBcc: e@example.com',
  'a@example.net\0e@example.com',
  'a@example.net, b@example.com',
  'a@example.net;b@example.com',
  '"a@example.com, b"@example.net',
  '"a@example.com"@example.net',
  'a@example.com(comment)@example.net',
  '<a@example.com>',
  'Name <a@example.com>',
  'a@example.com>@example.net',
  'a@[127.0.0.1]',
  'a@127.0.0.1',
  'a@localhost',
  'a@ex%61mple.com',
  'a@example.com%0d%0aDATA',
  '@relay.example.com:a@example.net',
  'a@@example.net',
  'a b@example.net',
  'a\u2028b@example.net',
  'a\u202eb@example.net',
  'a\ud800@example.net',
  `${'a'.repeat(65)}@example.net`,
  `a@${'a.'.repeat(130)}net`,
  '',
  'example.net',
]

for (const kind of Object.keys(RIGS) as TransportKind[]) {
  describe(`the ${kind} transport`, () => {
    let rig: Rig
    let next = 0
    const id = (): string => `${kind}-${(next += 1)}`
    beforeAll(async () => {
      rig = await RIGS[kind]()
    })
    afterAll(() => rig[Symbol.asyncDispose]())

    test('is what it says, takes at least one message and says so', async () => {
      expect(rig.transport.kind).toBe(kind)
      expect(rig.transport.maxBatch).toBeGreaterThanOrEqual(1)
      expect(rig.transport.capacity).toBeGreaterThanOrEqual(rig.transport.maxBatch)
      expect(await rig.transport.verify()).toMatch(/\w+ \w+/)
    })

    test('delivers exactly what it was given', async () => {
      const message = sampleMessage({ deliveryId: id(), firstName: 'O\u2019Brien $& %', htmlBytes: 27_000 })
      const [handoff] = await rig.transport.send([message], NEVER)
      expect(handoff?.kind).toBe('accepted')
      expect((await rig.arrived()).get(message.deliveryId)).toBe(rig.expected(message))
    })

    test('delivers many in parallel, each once, and answers in order', async () => {
      const shared = sampleShared()
      const messages = Array.from({ length: 60 }, (_, n) =>
        sampleMessage({
          deliveryId: id(),
          to: n % 7 === 3 ? 'no address' : `p${n}@example.org`,
          shared,
          firstName: `P${n}`,
        }),
      )
      const size = rig.transport.maxBatch
      const batches = Array.from({ length: Math.ceil(messages.length / size) }, (_, n) =>
        messages.slice(n * size, (n + 1) * size),
      )
      const handoffs = (await Promise.all(batches.map((batch) => rig.transport.send(batch, NEVER)))).flat()
      expect(handoffs.map((each) => each.kind)).toEqual(
        messages.map((_, n) => (n % 7 === 3 ? 'unsendable' : 'accepted')),
      )
      const arrived = await rig.arrived()
      for (const message of messages.filter((_, n) => n % 7 !== 3))
        expect(arrived.get(message.deliveryId)).toBe(rig.expected(message))
    })

    test('answers in order when one call holds good and bad messages', async () => {
      const addresses = ['a@example.org', 'bad', 'b@example.org', 'also bad', 'A@example.org']
      const messages = addresses.map((to) => sampleMessage({ deliveryId: id(), to }))
      const handoffs = await rig.transport.send(messages, NEVER)
      expect(handoffs.map((each) => each.kind)).toEqual([
        'accepted',
        'unsendable',
        'accepted',
        'unsendable',
        'accepted',
      ])
    })

    test('T4: sends nothing to an address that could be read as another one, or as two', async () => {
      const before = (await rig.arrived()).size
      for (const to of PAYLOADS) {
        const [handoff] = await rig.transport.send([sampleMessage({ deliveryId: id(), to })], NEVER)
        expect([to, handoff?.kind]).toEqual([to, 'unsendable'])
      }
      expect((await rig.arrived()).size).toBe(before)
    })

    test('T4: sends nothing with an envelope sender that is not one plain address', async () => {
      for (const envelopeFrom of ['', '<>', 'b@x.example.org\r\nRCPT TO:<e@example.com>', 'a@b, c@d']) {
        const [handoff] = await rig.transport.send([{ ...sampleMessage({ deliveryId: id() }), envelopeFrom }], NEVER)
        expect(handoff?.kind).toBe('unsendable')
      }
    })

    test('T19: writes to no domain off its list, where there is a list', async () => {
      await using fenced = await RIGS[kind]({ allowedDomains: ['example.org'] })
      const send = (to: string) => fenced.transport.send([sampleMessage({ deliveryId: id(), to })], NEVER)
      for (const to of ['a@example.org', 'a@sub.example.org']) expect((await send(to))[0]?.kind).toBe('accepted')
      for (const to of ['a@example.com', 'a@notexample.org', 'a@example.org.example.com'])
        expect((await send(to))[0]?.kind).toBe('unsendable')
      expect((await fenced.arrived()).size).toBe(2)
    })

    test('T20: names no address in what it says, whatever happened', async () => {
      const addresses = [
        'ana.canary-17@example.org',
        'ana.canary-17@bad_domain',
        'ana.canary-17',
        '"ana.canary-17"@example.org',
      ]
      for (const to of addresses) {
        const handoffs = await rig.transport.send([sampleMessage({ deliveryId: id(), to })], NEVER)
        expect(JSON.stringify(handoffs)).not.toMatch(/ana\.canary|@/)
      }
    })

    test('a message that cannot be built is unsendable and harms no other', async () => {
      const broken = sampleMessage({ deliveryId: id() })
      const fails = {
        ...broken,
        raw: () => fail(),
        shared: broken.shared,
        headers: [['Bad-Header', 'x\r\nBcc: e@example.com']] as const,
      }
      const good = sampleMessage({ deliveryId: id() })
      const handoffs = await rig.transport.send([fails, good], NEVER)
      expect(handoffs.map((each) => each.kind)).toEqual(['unsendable', 'accepted'])
    })

    test('a signal that has fired hands nothing over, and says that a retry is safe', async () => {
      const message = sampleMessage({ deliveryId: id() })
      const [handoff] = await rig.transport.send([message], AbortSignal.abort())
      expect(handoff).toMatchObject({ kind: 'broken', mayBeDelivered: false, aborted: true })
      expect((await rig.arrived()).has(message.deliveryId)).toBe(false)
    })

    test('an empty call is answered with nothing', async () => {
      expect(await rig.transport.send([], NEVER)).toEqual([])
    })

    test('can be closed twice', async () => {
      const own = await RIGS[kind]()
      await own.transport.send([sampleMessage({ deliveryId: id() })], NEVER)
      await own.transport[Symbol.asyncDispose]()
      await expect(own.transport[Symbol.asyncDispose]()).resolves.toBeUndefined()
      await own[Symbol.asyncDispose]()
    })
  })
}

function fail(): never {
  throw new Error('cannot build the message for ana@example.org')
}
