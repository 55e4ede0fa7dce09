// What is noted as ready for the wire is ready, whatever people and templates write.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bodyHash, openMessage } from '../../../src/delivery/transports/dkim-canonical.ts'
import { transparent } from '../../../src/delivery/transports/smtp-body.ts'
import { assembleMessage, type EncodedBody } from '../../../src/message/mime/body.ts'
import { encodePieces, encodeQuotedPrintable } from '../../../src/message/mime/quoted-printable.ts'
import { isReadyPart, isWireReady } from '../../../src/message/mime/wire-ready.ts'

const HEAD = 'From: a@example.org\r\nSubject: of two\r\n  lines\r\n'
const awkward = fc.array(
  fc.constantFrom('.', ' ', '  ', '\t', '\r\n', '\n', 'From ', '=', 'é', 'a'.repeat(74), 'word'),
  {
    maxLength: 12,
  },
)
const text = awkward.map((words) => words.join(''))

function body(pieces: readonly string[], values: readonly string[]): EncodedBody {
  const encoded = encodePieces(pieces)
  const parts = encoded.flatMap((piece, index) =>
    index < encoded.length - 1 ? [piece, encodeQuotedPrintable(values[index] ?? '')] : [piece],
  )
  return { parts, isReady: parts.every((part) => isReadyPart(part.toString('latin1'))) }
}

/** The same bytes, of which nothing is known. */
const unknown = (raw: Buffer): Buffer => Buffer.from(raw)

test('whatever is encoded is ready: nothing on the wire or under a signature has to change', () => {
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 2, maxLength: 4 }),
      fc.array(text, { minLength: 3, maxLength: 3 }),
      (pieces, values) => {
        const raw = assembleMessage(HEAD, '=_b', body(pieces, values), body(values, pieces))
        expect(isWireReady(raw)).toBe(true)
        expect(transparent(unknown(raw)).equals(raw)).toBe(true)
        const { body: signed } = openMessage(raw)
        expect(bodyHash(signed, true)).toBe(bodyHash(unknown(signed)))
      },
    ),
    { numRuns: 500 },
  )
})

test.each([
  ['a dot at the start of a line', 'one\r\n.two\r\n'],
  ['a dot at the start', '.one\r\n'],
  ['a line feed alone', 'one\ntwo\r\n'],
  ['a carriage return alone', 'one\rtwo\r\n'],
  ['two spaces', 'one  two\r\n'],
  ['a tab', 'one\ttwo\r\n'],
  ['a space before a line end', 'one \r\ntwo\r\n'],
  ['a space at the end', 'one '],
])('%s is not ready', (_, part) => {
  expect(isReadyPart(part)).toBe(false)
})

test('a message with such a part, or such a head, is not noted', () => {
  const fine = body(['one', 'two'], ['three'])
  const rough: EncodedBody = { parts: [Buffer.from('.\r\n')], isReady: false }
  expect(isWireReady(assembleMessage(HEAD, '=_b', fine, rough))).toBe(false)
  expect(isWireReady(assembleMessage(HEAD, '=_b', rough, fine))).toBe(false)
  expect(isWireReady(assembleMessage('Subject: a\nb\r\n', '=_b', fine, fine))).toBe(false)
})

test('messages that share memory do not share bytes', () => {
  const one = assembleMessage(HEAD, '=_b', body(['first', ''], ['x']), body(['', 'y'], ['x']))
  const before = unknown(one)
  for (let n = 0; n < 2_000; n += 1)
    assembleMessage(HEAD, `=_${n}`, body(['other'.repeat(n % 99), ''], ['z']), body(['', ''], ['']))
  expect(one.equals(before)).toBe(true)
})
