// What only the SMTP transport does: TLS, login, DSN, kept connections, and replies that depend on the address.
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createSmtpTransport } from '../../src/delivery/transports/smtp.ts'
import type { Handoff } from '../../src/delivery/transport.ts'
import { makeCertificate } from '../support/certificate.ts'
import { sampleMessage } from '../support/sample-message.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'
import { startWireServer, STOP_MS } from '../support/wire-server.ts'

const NEVER = new AbortController().signal

test('one recipient, the bounce address as sender, and DSN parameters reach the server', async () => {
  await using sink = await startSmtpSink()
  await using transport = createSmtpTransport({ url: sink.url })
  await transport.send([sampleMessage({ deliveryId: '42', to: 'Ana.Lee@example.org' })], NEVER)
  expect(sink.recipients).toEqual(['Ana.Lee@example.org'])
  expect(sink.accepted[0]).toMatchObject({
    mailFrom: 'b+token42@bounce.example.org',
    dsn: { envid: 'token42', ret: 'HDRS', notify: ['FAILURE', 'DELAY'], orcpt: 'rfc822;Ana.Lee@example.org' },
  })
})

test('an international domain goes out as A-labels', async () => {
  await using server = await startWireServer()
  await using transport = createSmtpTransport({ url: server.url })
  await transport.send([sampleMessage({ to: 'Ana.Lee@b\u00fccher.example' })], NEVER)
  expect(server.commands).toContain('RCPT TO:<Ana.Lee@xn--bcher-kva.example>')
})

test('a message arrives as it was, whatever its size, its line starts and its end', async () => {
  await using sink = await startSmtpSink()
  await using transport = createSmtpTransport({ url: sink.url })
  const message = sampleMessage()
  const texts = ['.', '..\r\n.\r\n', 'a\r\n.b\r\n', 'no line end', `${'x'.repeat(70)}\r\n.\r\n`.repeat(1_000), '']
  for (const text of texts) {
    const raw = Buffer.concat([message.raw(), Buffer.from(text)])
    expect(await transport.send([{ ...message, raw: () => raw }], NEVER)).toMatchObject([{ kind: 'accepted' }])
    const ended = text === '' || text.endsWith('\r\n') ? raw : Buffer.concat([raw, Buffer.from('\r\n')])
    expect(sink.accepted.at(-1)?.raw.equals(ended)).toBe(true)
  }
})

test('a server that offers nothing gets plain commands and no parameters', async () => {
  await using server = await startWireServer({ ehlo: { say: '250 wire.example.net\r\n' } })
  await using transport = createSmtpTransport({ url: server.url })
  expect((await transport.send([sampleMessage()], NEVER))[0]?.kind).toBe('accepted')
  expect(server.commands.slice(1)).toEqual([
    'MAIL FROM:<b+token1@bounce.example.org>',
    'RCPT TO:<ana@example.org>',
    'DATA',
  ])
})

test('an address that is not ASCII goes only where SMTPUTF8 is offered', async () => {
  const message = sampleMessage({ to: 'zo\u00eb@example.org' })
  await using sink = await startSmtpSink()
  await using able = createSmtpTransport({ url: sink.url })
  expect((await able.send([message], NEVER))[0]?.kind).toBe('accepted')
  expect(sink.recipients).toEqual(['zo\u00eb@example.org'])

  await using server = await startWireServer()
  await using unable = createSmtpTransport({ url: server.url })
  expect(await unable.send([message], NEVER)).toMatchObject([
    { kind: 'unsendable', sentence: expect.stringContaining('SMTPUTF8') },
  ])
  expect(server.commands.join('\n')).not.toContain('MAIL')
})

test('a message larger than the server takes is unsendable, before any byte of it leaves', async () => {
  await using server = await startWireServer({ ehlo: { say: '250-wire.example.net\r\n250 SIZE 1000\r\n' } })
  await using transport = createSmtpTransport({ url: server.url })
  expect(await transport.send([sampleMessage({ htmlBytes: 5_000 })], NEVER)).toMatchObject([{ kind: 'unsendable' }])
  expect(server.commands.join('\n')).not.toContain('MAIL')
})

describe('the address decides what the server answers, and', () => {
  const cases: [to: string, handoff: object][] = [
    ['full-452@example.org', { kind: 'refused', stage: 'rcpt', reply: { code: 452, enhanced: '4.2.2' } }],
    ['unknown-550@example.org', { kind: 'refused', stage: 'rcpt', reply: { code: 550, enhanced: '5.1.1' } }],
    ['grey@example.org', { kind: 'refused', stage: 'rcpt', reply: { code: 450, enhanced: '4.7.1' } }],
    ['dot-554@example.org', { kind: 'refused', stage: 'dot', reply: { code: 554, enhanced: '5.7.1' } }],
    ['closing@example.org', { kind: 'refused', stage: 'rcpt', reply: { code: 421 } }],
    ['drop-at-rcpt@example.org', { kind: 'broken', mayBeDelivered: false }],
    ['lost-after-dot@example.org', { kind: 'broken', stage: 'dot', mayBeDelivered: true }],
    ['drop-after-dot@example.org', { kind: 'broken', stage: 'dot', mayBeDelivered: true }],
    ['slow@example.org', { kind: 'accepted' }],
    ['ana@example.org', { kind: 'accepted' }],
  ]

  test('each of many messages on few connections gets its own answer; T20: none of them names an address', async () => {
    await using sink = await startSmtpSink({ slowMs: 50 })
    await using transport = createSmtpTransport({ url: sink.url, connections: 3 })
    const rounds = Array.from({ length: 6 }, (_, round) =>
      cases.map(([to, handoff], n) => ({
        deliveryId: `${round}-${n}`,
        to: round === 0 ? to : to.replace('grey@', `grey${round}@`),
        handoff,
      })),
    ).flat()
    const handoffs = await transport.send(
      rounds.map((each) => sampleMessage(each)),
      NEVER,
    )
    expect(handoffs).toMatchObject(rounds.map((each) => each.handoff))
    expect(JSON.stringify(handoffs)).not.toMatch(/@|full-452|drop-at/)
    const stored = sink.accepted.map((each) => each.messageId)
    expect(new Set(stored).size).toBe(stored.length)
    expect(stored).toHaveLength(6 * 3)
  })
})

describe('connections', () => {
  const send = async (transport: ReturnType<typeof createSmtpTransport>, count: number): Promise<Handoff[]> => {
    const sent: Handoff[] = []
    for (let n = 0; n < count; n += 1)
      sent.push(...(await transport.send([sampleMessage({ deliveryId: `m${n}` })], NEVER)))
    return sent
  }

  test('are kept for the next message', async () => {
    await using sink = await startSmtpSink()
    await using transport = createSmtpTransport({ url: sink.url })
    await send(transport, 20)
    expect(sink.connections()).toBe(1)
  })

  test('are never more than asked for', async () => {
    await using sink = await startSmtpSink({ slowMs: 20 })
    await using transport = createSmtpTransport({ url: sink.url, connections: 4 })
    const messages = Array.from({ length: 40 }, (_, n) =>
      sampleMessage({ deliveryId: `m${n}`, to: 'slow@example.org' }),
    )
    await transport.send(messages, NEVER)
    expect(sink.accepted).toHaveLength(40)
    expect(sink.connections()).toBe(4)
  })

  test('are renewed after as many messages as the provider allows', async () => {
    await using sink = await startSmtpSink()
    await using transport = createSmtpTransport({ url: sink.url, messagesPerConnection: 5 })
    expect((await send(transport, 12)).every((each) => each.kind === 'accepted')).toBe(true)
    expect(sink.connections()).toBe(3)
  })

  test('are closed politely when idle, and opened again when needed', async () => {
    await using server = await startWireServer()
    await using transport = createSmtpTransport({ url: server.url, idleMs: 30 })
    await send(transport, 1)
    await delay(150)
    expect(server.commands.at(-1)).toBe('QUIT')
    expect((await send(transport, 1))[0]?.kind).toBe('accepted')
    expect(server.connections()).toBe(2)
  })

  test('say QUIT when the transport is closed, which then sends nothing', async () => {
    await using server = await startWireServer()
    const transport = createSmtpTransport({ url: server.url })
    await send(transport, 1)
    await transport[Symbol.asyncDispose]()
    expect(server.commands.at(-1)).toBe('QUIT')
    expect(await send(transport, 1)).toMatchObject([{ kind: 'broken', mayBeDelivered: false, aborted: true }])
    expect(server.dots()).toBe(1)
  })
})

describe('with TLS and a login', () => {
  const tls = makeCertificate()

  const login = {
    authOptional: false,
    onAuth: (
      auth: { username?: string | undefined; password?: string | null | undefined },
      _session: unknown,
      callback: (error: Error | null, response?: { user: string }) => void,
    ) =>
      auth.username === 'relay' && auth.password === 'p@ss/wörd'
        ? callback(null, { user: 'relay' })
        : callback(new Error('no')),
  }
  const account = `relay:${encodeURIComponent('p@ss/wörd')}`

  test('STARTTLS comes before the login and the message', async () => {
    await using sink = await startSmtpSink({ ...tls, ...login, hideSTARTTLS: false })
    await using transport = createSmtpTransport({
      url: `smtp://${account}@localhost:${sink.port}?tls=required`,
      ca: tls.cert,
    })
    expect(await transport.verify()).toMatch(/STARTTLS, logged in; it offers .*PIPELINING/)
    expect((await transport.send([sampleMessage()], NEVER))[0]?.kind).toBe('accepted')
  })

  test('smtps:// speaks TLS from the first byte', async () => {
    await using sink = await startSmtpSink({ ...tls, ...login, secure: true })
    await using transport = createSmtpTransport({ url: `smtps://${account}@localhost:${sink.port}`, ca: tls.cert })
    expect((await transport.send([sampleMessage({ htmlBytes: 27_000 })], NEVER))[0]?.kind).toBe('accepted')
  })

  test('doubt is as exact as without it', async () => {
    await using sink = await startSmtpSink({ ...tls, ...login, secure: true })
    await using transport = createSmtpTransport({ url: `smtps://${account}@localhost:${sink.port}`, ca: tls.cert })
    const carry = (to: string) => transport.send([sampleMessage({ to, htmlBytes: 27_000 })], NEVER)
    expect(await carry('drop-at-rcpt@example.org')).toMatchObject([{ kind: 'broken', mayBeDelivered: false }])
    expect(await carry('lost-after-dot@example.org')).toMatchObject([{ kind: 'broken', mayBeDelivered: true }])
    expect(await carry('drop-after-dot@example.org')).toMatchObject([{ kind: 'broken', mayBeDelivered: true }])
    expect(await carry('dot-451@example.org')).toMatchObject([{ kind: 'refused', stage: 'dot' }])
  })

  test('what came in clear with the 220 is forgotten: TLS begins with nothing in hand', async () => {
    const injected = '250-evil.example.net\r\n250-SMTPUTF8\r\n250 DSN\r\n250 2.1.0 ok\r\n250 half'
    await using server = await startWireServer({ starttls: { say: `220 go ahead\r\n${injected}` } }, { tls })
    await using transport = createSmtpTransport({ url: `smtp://localhost:${server.port}?tls=required`, ca: tls.cert })
    const said = await transport.verify()
    expect(said).toContain('STARTTLS')
    expect(said).not.toMatch(/SMTPUTF8|DSN/)
    const zoe = sampleMessage({ deliveryId: '2', to: 'zo\u00eb@example.org' })
    expect(await transport.send([sampleMessage()], NEVER)).toMatchObject([{ kind: 'accepted' }])
    expect(await transport.send([zoe], NEVER)).toMatchObject([{ kind: 'unsendable' }])
    expect(server.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(1)
  })

  test('a message of any size and with dots at its line starts arrives as it was', async () => {
    await using sink = await startSmtpSink({ ...tls, ...login, secure: true })
    await using transport = createSmtpTransport({ url: `smtps://${account}@localhost:${sink.port}`, ca: tls.cert })
    for (const htmlBytes of [400, 65_000, 300_000, 2_000_000]) {
      const message = sampleMessage({ deliveryId: `${htmlBytes}`, htmlBytes })
      expect(await transport.send([message], NEVER)).toMatchObject([{ kind: 'accepted' }])
      expect(sink.accepted.at(-1)?.raw.equals(message.raw())).toBe(true)
    }
    expect(sink.connections()).toBe(1)
  })

  test('a server that stops reading half way is a safe retry there, too', async () => {
    await using server = await startWireServer(
      { starttls: { say: '220 go ahead\r\n' }, body: { ending: 'stop-reading' } },
      { tls },
    )
    await using transport = createSmtpTransport({
      url: `smtp://localhost:${server.port}?tls=required`,
      ca: tls.cert,
      timeouts: { replyMs: 400 },
    })
    const [handoff] = await transport.send([sampleMessage({ htmlBytes: 20_000_000 })], NEVER)
    expect(handoff).toMatchObject({ kind: 'broken', stage: 'data', mayBeDelivered: false })
    await delay(STOP_MS)
    expect(server.dots()).toBe(0)
  })

  test('a certificate nobody vouches for closes the lane, and nothing is said in clear', async () => {
    await using sink = await startSmtpSink({ ...tls, ...login, hideSTARTTLS: false })
    await using other = await startSmtpSink({ ...tls, ...login, secure: true })
    for (const url of [
      `smtp://${account}@localhost:${sink.port}?tls=required`,
      `smtps://${account}@localhost:${other.port}`,
    ]) {
      await using transport = createSmtpTransport({ url })
      expect(await transport.send([sampleMessage()], NEVER)).toMatchObject([{ kind: 'lane', reply: null }])
    }
    expect([...sink.recipients, ...other.recipients]).toEqual([])
  })

  test('T25: a wrong password closes the lane, and is named nowhere', async () => {
    await using sink = await startSmtpSink({ ...tls, ...login, hideSTARTTLS: false })
    await using transport = createSmtpTransport({
      url: `smtp://relay:canary-secret@localhost:${sink.port}?tls=required`,
      ca: tls.cert,
    })
    const [handoff] = await transport.send([sampleMessage()], NEVER)
    expect(handoff).toMatchObject({ kind: 'lane', stage: 'auth', reply: { code: 535 } })
    const refusal = await transport.verify().catch((error: unknown) => error)
    expect(inspect([handoff, refusal, transport], { depth: 9, showHidden: true })).not.toContain('canary-secret')
    expect(refusal).toMatchObject({ code: 'smtp_unusable' })
  })
})
