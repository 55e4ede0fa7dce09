// Signed capabilities: what is signed is read back, and nothing else ever is.
import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  base32,
  deriveKey,
  readMailToken,
  readToken,
  signMailToken,
  signToken,
  tokenKeys,
  type Purpose,
} from '../../src/core/token.ts'

const PURPOSES: Purpose[] = ['unsubscribe', 'preferences', 'view', 'forward', 'seat', 'bounce']
const keys = tokenKeys('the secret of these tests')
const ids = fc.record({ deliveryId: fc.bigInt(0n, 2n ** 63n - 1n), subscriberId: fc.bigInt(0n, 2n ** 63n - 1n) })
// Letters of a token most of the time, or nothing would get past the first look.
const anyText = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{20,64}$/),
  fc.stringMatching(/^[a-z2-7]{30,64}$/),
  fc.string(),
)
const purposes = fc.constantFrom(...PURPOSES)

describe('a token', () => {
  it('is read back as what was signed, in both forms', () => {
    fc.assert(
      fc.property(purposes, ids, (purpose, capability) => {
        expect(readToken(keys, purpose, signToken(keys, purpose, capability))).toEqual(capability)
        expect(readMailToken(keys, purpose, signMailToken(keys, purpose, capability))).toEqual(capability)
      }),
    )
  })

  it('fits a short link and a mail local part', () => {
    const largest = { deliveryId: 2n ** 63n - 1n, subscriberId: 2n ** 63n - 1n }
    expect(signToken(keys, 'unsubscribe', largest).length).toBeLessThanOrEqual(50)
    expect(`b+${signMailToken(keys, 'bounce', largest)}`.length).toBeLessThanOrEqual(64)
  })

  it('survives a relay that changes the case of a local part', () => {
    fc.assert(
      fc.property(ids, (capability) => {
        const token = signMailToken(keys, 'bounce', capability)
        expect(token).toMatch(/^[a-z2-7]+$/)
        expect(readMailToken(keys, 'bounce', token.toUpperCase())).toEqual(capability)
      }),
    )
  })

  it('allows its own purpose only', () => {
    const capability = { deliveryId: 7n, subscriberId: 9n }
    for (const signed of PURPOSES) {
      for (const read of PURPOSES) {
        expect(readToken(keys, read, signToken(keys, signed, capability)) !== null).toBe(signed === read)
      }
    }
  })

  it('T25 signed with an earlier secret is still read, and one signed with a foreign secret is not', () => {
    const capability = { deliveryId: 1n, subscriberId: 2n }
    const old = signToken(tokenKeys('the secret of last year'), 'unsubscribe', capability)
    const rotated = tokenKeys('the secret of this year', ['the secret of last year'])
    expect(readToken(rotated, 'unsubscribe', old)).toEqual(capability)
    expect(readToken(tokenKeys('the secret of this year'), 'unsubscribe', old)).toBeNull()
    expect(signToken(rotated, 'unsubscribe', capability)).not.toBe(old)
  })

  it('is version, key id, purpose, two varints and 16 bytes of HMAC-SHA-256: links in old mail stay good', () => {
    const mac = createHmac('sha256', deriveKey('the secret of these tests', 'rollcall token v1'))
    const keyId = deriveKey('the secret of these tests', 'rollcall key id')[0] ?? 0
    const body = Buffer.from([1, keyId, 3, 0xac, 0x02, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01])
    const bytes = Buffer.concat([body, mac.update(body).digest().subarray(0, 16)])
    const capability = { deliveryId: 300n, subscriberId: 2n ** 35n }
    expect(signToken(keys, 'view', capability)).toBe(bytes.toString('base64url'))
    expect(signMailToken(keys, 'view', capability)).toBe(base32(bytes))
  })

  it('refuses a negative id', () => {
    expect(() => signToken(keys, 'view', { deliveryId: -1n, subscriberId: 1n })).toThrow(/-1/)
  })
})

describe('a damaged token', () => {
  it('T9 never passes, whichever bit is flipped', () => {
    const token = signToken(keys, 'unsubscribe', { deliveryId: 123_456n, subscriberId: 654_321n })
    const bytes = Buffer.from(token, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      for (const purpose of PURPOSES) {
        expect(readToken(keys, purpose, flipped.toString('base64url'))).toBeNull()
        expect(readMailToken(keys, purpose, base32(flipped))).toBeNull()
      }
    }
  })

  it('T9 never passes when letters are changed, added or cut', () => {
    const letters = fc.stringMatching(/^[A-Za-z0-9_-]$/)
    fc.assert(
      fc.property(
        ids,
        purposes,
        fc.nat(),
        letters,
        fc.constantFrom('change', 'add', 'cut'),
        (capability, purpose, at, letter, how) => {
          const token = signToken(keys, purpose, capability)
          const index = at % token.length
          const kept = how === 'add' ? 0 : 1
          const damaged = token.slice(0, index) + (how === 'cut' ? '' : letter) + token.slice(index + kept)
          fc.pre(damaged !== token)
          expect(readToken(keys, purpose, damaged)).toBeNull()
        },
      ),
    )
  })

  it('T9 has no second spelling: spare bits of the last letter must be zero', () => {
    const token = signToken(keys, 'view', { deliveryId: 1n, subscriberId: 1n })
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const read = alphabet.split('').filter((last) => readToken(keys, 'view', token.slice(0, -1) + last) !== null)
    expect(read).toEqual([token.at(-1)])
  })

  it('T9 is null for any other text', () => {
    fc.assert(
      fc.property(anyText, purposes, (text, purpose) => {
        expect(readToken(keys, purpose, text)).toBeNull()
        expect(readMailToken(keys, purpose, text)).toBeNull()
      }),
    )
  })
})

describe('derived keys', () => {
  it('differ by secret and by use', () => {
    const one = deriveKey('a secret', 'one use')
    expect(one).toHaveLength(32)
    expect(deriveKey('a secret', 'one use')).toEqual(one)
    expect(deriveKey('a secret', 'another use')).not.toEqual(one)
    expect(deriveKey('another secret', 'one use')).not.toEqual(one)
  })
})

describe('base32', () => {
  it('agrees with the vectors of RFC 4648 section 10, lower case and unpadded', () => {
    const vectors = {
      '': '',
      f: 'my',
      fo: 'mzxq',
      foo: 'mzxw6',
      foob: 'mzxw6yq',
      fooba: 'mzxw6ytb',
      foobar: 'mzxw6ytboi',
    }
    for (const [text, encoded] of Object.entries(vectors)) expect(base32(Buffer.from(text))).toBe(encoded)
  })
})
