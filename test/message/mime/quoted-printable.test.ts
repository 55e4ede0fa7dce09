// Quoted-printable in pieces: any text survives, no line is long, nothing at a line start or end can be eaten.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodePieces, encodeQuotedPrintable } from '../../../src/message/mime/quoted-printable.ts'

/** An independent decoder (RFC 2045 section 6.7). */
function decode(encoded: string): string {
  const bytes = encoded
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8').replace(/\r\n/g, '\n')
}

const anyText = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 400 }),
    fc
      .array(fc.constantFrom('=', '.', 'From ', ' ', '\t', '\n', 'é', '李', '👩‍👩‍👧', 'x'.repeat(70), '\u202e', '--=_a'), {
        maxLength: 60,
      })
      .map((all) => all.join('')),
  )
  .map((text) => text.replace(/\r/g, ''))

describe('encodeQuotedPrintable', () => {
  it('gives back any text when decoded', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(decode(encodeQuotedPrintable(text))).toBe(text)
      }),
    )
  })

  it('writes only printable ASCII in lines of at most 76 characters, ended by CRLF, without white space before the end', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const line of encodeQuotedPrintable(text).split('\r\n')) {
          expect(line).toMatch(/^[\t\x20-\x7e]{0,76}$/)
          expect(line).not.toMatch(/[ \t]$/)
          expect(line).not.toMatch(/^\.|^From /)
        }
      }),
    )
  })

  it.each([
    '',
    'x',
    'ends in space ',
    'tab\t',
    '.hidden',
    'From here',
    '=',
    'a'.repeat(75),
    'a'.repeat(76),
    `${'a'.repeat(74)} `,
    'a'.repeat(74) + 'é',
  ])('gives back %j', (text) => {
    expect(decode(encodeQuotedPrintable(text))).toBe(text)
  })
})

it.each([
  ['a  b', 'a =20b'],
  ['a\tb', 'a=09b'],
  ['    four', ' =20 =20four'],
])('leaves no blanks in %j that DKIM or a relay would take away', (text, encoded) => {
  expect(encodeQuotedPrintable(text)).toBe(encoded)
})

describe('encodePieces', () => {
  it('lets any value stand between any two pieces', () => {
    fc.assert(
      fc.property(
        fc.array(anyText, { minLength: 1, maxLength: 5 }),
        fc.array(anyText, { minLength: 4, maxLength: 4 }),
        (pieces, values) => {
          const parts = encodePieces(pieces).map((piece) => piece.toString('latin1'))
          const encoded = parts
            .map((part, index) => part + (index < parts.length - 1 ? encodeQuotedPrintable(values[index] ?? '') : ''))
            .join('')
          const whole = pieces
            .map((piece, index) => piece + (index < pieces.length - 1 ? (values[index] ?? '') : ''))
            .join('')
          expect(decode(encoded)).toBe(whole)
          for (const line of encoded.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76)
        },
      ),
    )
  })
})
