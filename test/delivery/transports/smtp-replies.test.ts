// The reader of replies: what it reads does not depend on how the bytes came.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createReplyReader, type NoReply, type RawReply } from '../../../src/delivery/transports/smtp-replies.ts'

function readAll(chunks: readonly Buffer[]): { replies: (RawReply | NoReply)[]; isEmpty: boolean } {
  const reader = createReplyReader()
  const replies: (RawReply | NoReply)[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let reply = reader.next(); reply !== null; reply = reader.next()) {
      replies.push(reply)
      if ('fault' in reply) return { replies, isEmpty: reader.isEmpty() }
    }
  }
  return { replies, isEmpty: reader.isEmpty() }
}

const reply = fc
  .record({
    code: fc.integer({ min: 200, max: 599 }),
    lines: fc.array(fc.constantFrom('', 'ok', '2.0.0 queued', 'zo\u00eb \u2192', 'a\rb'), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ code, lines }) => ({
    code,
    text: lines.map((line, at) => `${code}${at < lines.length - 1 ? '-' : line === '' ? '' : ' '}${line}`).join('\n'),
  }))

test('any replies, cut anywhere, are read as they were written', () => {
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 4 }), fc.array(fc.nat()), (replies, cuts) => {
      const bytes = Buffer.from(replies.map((each) => `${each.text.replaceAll('\n', '\r\n')}\r\n`).join(''))
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
      const chunks = places.slice(1).map((place, at) => bytes.subarray(places[at], place))
      expect(readAll(chunks)).toEqual({ replies, isEmpty: true })
    }),
  )
})

test('half a reply is none, and is not nothing either', () => {
  for (const half of ['2', '250', '250 ok', '250 ok\r', '250-one\r\n', '250-one\r\n250'])
    expect(readAll([Buffer.from(half)])).toEqual({ replies: [], isEmpty: false })
})

test('a bare LF ends a line, and empty lines between replies are passed over', () => {
  expect(readAll([Buffer.from('250 a\n\r\n250 b\r\n')]).replies).toEqual([
    { code: 250, text: '250 a' },
    { code: 250, text: '250 b' },
  ])
})

test('what no server may send is a fault', () => {
  for (const line of ['ok', '25', '25 0', '2500', '150 x', '650 x', '250_ok', ' 250 ok', '250-a\r\n251 b'])
    expect(readAll([Buffer.from(`${line}\r\n`)]).replies.at(-1)).toMatchObject({ fault: expect.any(String) })
})

test('an endless line and an endless reply are given up, before they fill the memory', () => {
  for (const endless of ['x', '250-more\r\n']) {
    const reader = createReplyReader()
    let pushed = 0
    while (reader.next() === null && pushed < 1_000_000) {
      reader.push(Buffer.from(endless.repeat(100)))
      pushed += endless.length * 100
    }
    expect(pushed).toBeLessThan(70_000)
  }
})
