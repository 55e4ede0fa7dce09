// HMAC-SHA-256 taken apart: the same codes as the runtime's own, whatever the key and the text.
import { createHmac, createSecretKey } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMac, macOf } from '../../src/core/hmac.ts'

const bytes = (maxLength: number) => fc.uint8Array({ minLength: 1, maxLength }).map((each) => Buffer.from(each))

test('the MAC is HMAC-SHA-256 (RFC 2104), for short and long keys and messages, one after another', () => {
  fc.assert(
    fc.property(bytes(100), fc.array(bytes(1_200), { minLength: 1, maxLength: 4 }), (key, messages) => {
      const mac = createMac(key)
      for (const message of messages) {
        const expected = createHmac('sha256', key).update(message).digest('binary')
        expect(mac(message.toString('latin1'))).toBe(expected)
      }
    }),
  )
})

test('it agrees with test case 2 of RFC 4231', () => {
  const mac = createMac(Buffer.from('Jefe'))('what do ya want for nothing?')
  expect(Buffer.from(mac, 'latin1').toString('hex')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('a key object and the bytes it was made of give the same MAC, prepared once', () => {
  const key = Buffer.alloc(32, 7)
  const secret = createSecretKey(key)
  expect(macOf(secret)('x')).toBe(macOf(key)('x'))
  expect(macOf(secret)).toBe(macOf(secret))
})
