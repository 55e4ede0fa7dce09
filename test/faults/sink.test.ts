// The sink is what everything is measured against: it takes what it says it takes, and breaks as it is told.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startSink, type Act, type Sink, type Stage } from './sink.ts'

/** Sends the text in pieces and returns all that came back until the sink or we closed. */
async function talk(sink: Sink, pieces: readonly string[], lingerMs = 100): Promise<string> {
  const socket = connect(sink.port, '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  socket.on('error', (error) => (heard += `[${error.message}]`))
  await once(socket, 'connect')
  for (const piece of pieces) {
    socket.write(piece)
    await sleep(10)
  }
  await Promise.race([once(socket, 'close'), sleep(lingerMs)])
  socket.destroy()
  return heard
}

const BODY = 'Message-ID: <m1@example.org>\r\n\r\nhello\r\n..stuffed\r\n'
const HELLO = 'EHLO w7.faults.example\r\n'
const ENVELOPE = 'MAIL FROM:<b@example.org> SIZE=9\r\nRCPT TO:<a@example.org>\r\nDATA\r\n'
const QUIT = 'QUIT\r\n'

function at(wanted: Stage, act: Act): (moment: { stage: Stage }) => Act | undefined {
  return ({ stage }) => (stage === wanted ? act : undefined)
}

test('it takes a message that comes in pieces, and knows its bytes, its recipient and its sender', async () => {
  await using sink = await startSink()
  const heard = await talk(sink, [HELLO, ENVELOPE, BODY.slice(0, 40), BODY.slice(40), '.\r', '\n', QUIT])
  expect(heard).toMatch(/^220 .*250 DSN|250-PIPELINING/s)
  expect(heard).toMatch(/354 .*\r\n250 2\.0\.0 taken\r\n221 /s)
  const bytes = BODY.replace('\r\n..', '\r\n.')
  expect(sink.log.accepted).toMatchObject([
    {
      messageId: 'm1@example.org',
      recipient: 'a@example.org',
      worker: 'w7',
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
  ])
  expect(sink.log.open()).toEqual([])
})

test('it takes two messages that are pipelined in one packet', async () => {
  await using sink = await startSink()
  await talk(sink, [HELLO, `${ENVELOPE}${BODY}.\r\n${ENVELOPE}${BODY}.\r\n${QUIT}`])
  expect(sink.log.accepted.map((each) => each.recipient)).toEqual(['a@example.org', 'a@example.org'])
})

test.each([
  ['keeps a message and closes without a word', { say: null, ending: 'close', stores: true } as const, '', 1],
  ['closes without keeping it', { say: null, ending: 'close' } as const, '', 0],
  ['says half a reply', { sayRaw: '250-2.0.0 ha', ending: 'close', stores: true } as const, '250-2.0.0 ha', 1],
  ['refuses', { say: '554 5.0.0 no' } as const, '554 5.0.0 no\r\n', 0],
  ['answers and closes', { ending: 'close' } as const, '250 2.0.0 taken\r\n', 1],
])('after the dot it %s', async (_name, act, last, taken) => {
  await using sink = await startSink()
  sink.behave(at('dot', act))
  const heard = await talk(sink, [HELLO, ENVELOPE, `${BODY}.\r\n`])
  expect(heard.split('354 end with a dot\r\n')[1]).toBe(last)
  expect(sink.log.accepted).toHaveLength(taken)
})

test('a transaction without its final reply is open, and a refusal is remembered', async () => {
  await using sink = await startSink()
  sink.behave(at('dot', { ending: 'hang' }))
  const talking = talk(sink, [HELLO, ENVELOPE, `${BODY}.\r\n`], 300)
  await sleep(200)
  expect(sink.log.open('w7')).toMatchObject([{ recipient: 'a@example.org' }])
  expect(sink.log.open('w8')).toEqual([])
  await talking
  sink.behave(at('rcpt', { say: '550 5.1.1 unknown' }))
  await talk(sink, [HELLO, ENVELOPE])
  expect(sink.log.refused.get('a@example.org')).toEqual([550])
  expect(sink.log.invited.has('a@example.org')).toBe(true)
})

test('a trap springs once, before the reply', async () => {
  await using sink = await startSink()
  const sprung: string[] = []
  const caught = sink.trap(
    ({ stage }) => stage === 'mail',
    ({ worker }) => {
      sprung.push(worker)
      return { say: '421 4.3.2 closing', ending: 'close' }
    },
  )
  expect(await talk(sink, [HELLO, 'MAIL FROM:<b@example.org>\r\n'])).toContain('421 4.3.2 closing')
  expect((await caught).connection).toBe(1)
  expect(await talk(sink, [HELLO, 'MAIL FROM:<b@example.org>\r\n'])).toContain('250 2.1.0 ok')
  expect(sprung).toEqual(['w7'])
})

test('it demands a login where it has a password', async () => {
  await using sink = await startSink({ password: 'pw' })
  const login = (password: string): string =>
    `AUTH PLAIN ${Buffer.from(`\0rollcall\0${password}`).toString('base64')}\r\n`
  expect(await talk(sink, [HELLO, 'MAIL FROM:<b@example.org>\r\n'])).toContain('530 5.7.0')
  expect(await talk(sink, [HELLO, login('no'), 'MAIL FROM:<b@example.org>\r\n'])).toContain('535 5.7.8')
  expect(await talk(sink, [HELLO, login('pw'), 'MAIL FROM:<b@example.org>\r\n'])).toContain('250 2.1.0 ok')
})
