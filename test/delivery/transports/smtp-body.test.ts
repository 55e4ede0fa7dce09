// Transparency: what the receiver makes of the wire's bytes is the message, and its end is ours alone.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { transparent } from '../../../src/delivery/transports/smtp-body.ts'

const text = fc
  .array(fc.constantFrom('.', '..', '\r\n', '\n', '\r', 'a', '\xff', '\r\n.', '\r\n.\r\n', '\n.\n', '\r.\r'), {
    maxLength: 20,
  })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'))

/** RFC 5321 section 4.5.2, read from the receiver's side. */
function received(wire: Buffer): string {
  const lines = wire.toString('latin1').split('\r\n')
  return lines.map((line) => (line.startsWith('.') ? line.slice(1) : line)).join('\r\n')
}

test('taking the dots away again gives the message, every line end CRLF and one at the end', () => {
  fc.assert(
    fc.property(text, (raw) => {
      const lines = raw.toString('latin1').replaceAll(/\r\n|\r|\n/g, '\r\n')
      expect(received(transparent(raw))).toBe(lines.endsWith('\r\n') ? lines : `${lines}\r\n`)
    }),
  )
})

test('whatever a receiver takes for a line end, no line is a dot alone', () => {
  fc.assert(
    fc.property(text, (raw) => {
      const wire = transparent(raw).toString('latin1')
      expect(wire.split(/\r\n|\r|\n/).slice(0, -1)).not.toContain('.')
      expect(wire).not.toMatch(/(?<!\r)\n|\r(?!\n)/)
    }),
  )
})

test('a message that needs nothing is not copied', () => {
  const raw = Buffer.from('Subject: x\r\n\r\nno dots. here\r\n')
  expect(transparent(raw)).toBe(raw)
})
