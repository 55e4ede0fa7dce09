// Addresses: what is one mailbox, what is refused, and that no string slips through as anything else.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressKey, addressKeyer, maskAddress, parseAddress } from '../../src/core/address.ts'
import { deriveKey } from '../../src/core/token.ts'

function accepted(text: string) {
  const parsed = parseAddress(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problem}`)
  return parsed.address
}

function problem(text: string): string {
  const parsed = parseAddress(text)
  return parsed.ok ? `accepted as ${parsed.address.ascii}` : parsed.problem
}

describe('an address that is one mailbox', () => {
  it('keeps the spelling of the local part and lower-cases the domain', () => {
    expect(accepted('  Jo.Ann+News@Example.ORG ')).toEqual({
      text: 'Jo.Ann+News@Example.ORG',
      local: 'Jo.Ann+News',
      domain: 'example.org',
      normalised: 'jo.ann+news@example.org',
      ascii: 'Jo.Ann+News@example.org',
      needsSmtpUtf8: false,
    })
  })

  it('turns an international domain into A-labels', () => {
    expect(accepted('info@Bücher.example').ascii).toBe('info@xn--bcher-kva.example')
    expect(accepted('info@XN--BCHER-KVA.example').normalised).toBe('info@xn--bcher-kva.example')
  })

  it('flags a local part outside ASCII, and compares it in NFC', () => {
    expect(accepted('zoë@example.org').needsSmtpUtf8).toBe(true)
    expect(accepted('zoe\u0308@example.org').normalised).toBe(accepted('ZOË@example.org').normalised)
  })

  it.each(["o'brien@example.org", '=cmd@example.org', '{{name}}@example.org', '-@example.org', '1@1.example'])(
    'accepts the odd but legal %s',
    (text) => {
      expect(accepted(text).ascii).toBe(text)
    },
  )

  it('accepts the longest address and refuses one octet more', () => {
    const domain = `${'d'.repeat(63)}.${'e'.repeat(63)}.${'f'.repeat(56)}.test`
    expect(accepted(`${'l'.repeat(64)}@${domain}`).ascii).toHaveLength(254)
    expect(problem(`${'l'.repeat(64)}@x${domain}`)).toMatch(/mail domain|too long/)
    expect(problem(`${'l'.repeat(65)}@example.org`)).toMatch(/too long/)
    expect(problem(`${'ë'.repeat(33)}@example.org`)).toMatch(/too long/)
  })
})

describe('an address that is refused', () => {
  it.each([
    ['', /empty/],
    ['nobody', /no "@"/],
    ['@example.org', /before the "@"/],
    ['a@', /mail domain/],
    ['a@localhost', /mail domain/],
    ['a@example.org.', /mail domain/],
    ['a@-x.test', /mail domain/],
    ['a@x_y.test', /mail domain/],
    ['a@1.2.3.4', /mail domain/],
    ['a@[127.0.0.1]', /mail domain/],
    ['a@ex%41mple.org', /mail domain/],
    ['a@x.0x7f', /mail domain/],
    ['a@xn--a.test', /mail domain/],
    ['.a@example.org', /dot/],
    ['a..b@example.org', /dots/],
    ['mailto:a@example.org', /character/],
    ['a＠evil.test@example.org', /character/],
    ['Ann <a@example.org>', /angle/],
    ['<a@example.org>', /angle/],
    ['"a b"@example.org', /quoted/],
    ['a b@example.org', /blank/],
    ['a\u3000b@example.org', /blank/],
    ['"a@x.test,b@y.test"', /comma/],
    ['"a"@example.org', /quoted/],
    ['a(comment)@example.org', /comment/],
    ['a@example.org,b@example.org', /comma/],
    ['a@example.org;b@example.org', /semicolon/],
    ['a@b@example.org', /more than one/],
    ['a\u202e@example.org', /invisible/],
    ['a\u00ad@exam\u00adple.org', /invisible/],
    ['a\ud800@example.org', /invisible/],
  ])('says why %j is refused', (text, reason) => {
    expect(problem(text)).toMatch(reason)
  })

  it.each([
    'a@x.test\r\nRCPT TO:<e@z.test>',
    'a@x.test\nBcc: e@z.test',
    'a@x.test\r',
    '\na@x.test',
    'a@x.test\u0000',
    'a@x.test\u2028e@z.test',
    'a@x.test\u0085',
    'a@x.test e@z.test',
    '"a@x.test, b@y.test"',
    '"a@x.test, b"@y.test',
    'a@x.test, b@y.test',
    '=?utf-8?q?a=40x.test?= <e@z.test>',
    '"\\"@x.test',
  ])('T4 refuses an address that would carry another recipient or header: %j', (text) => {
    expect(parseAddress(text).ok).toBe(false)
  })

  it('T22 refuses 100,000 comments, dots or blanks in under 50 ms', () => {
    const bombs = [
      '(a)'.repeat(1e5) + '@x.test',
      `a${'.'.repeat(1e5)}@x.test`,
      ' '.repeat(1e5) + 'a@x.test',
      '('.repeat(1e5),
    ]
    for (const bomb of bombs) {
      const start = performance.now()
      expect(parseAddress(bomb).ok).toBe(false)
      expect(performance.now() - start).toBeLessThan(50)
    }
  })
})

const word = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 12 })
const nearAddress = fc
  .tuple(
    word,
    fc.constantFrom('@', '@@', '', '@x.', '"@', '>@', '\r\n@'),
    word,
    fc.constantFrom('.test', '.org', '', '.', ',b@c.test'),
  )
  .map((parts) => parts.join(''))
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'binary-ascii' }),
  fc.emailAddress(),
  nearAddress,
)

describe('any string', () => {
  it('is refused, or is exactly one mailbox without blanks, controls and separators', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parsed = parseAddress(text)
        if (!parsed.ok) return parsed.problem.length > 0 && parsed.hint.length > 0
        const { ascii, normalised, domain } = parsed.address
        for (const form of [ascii, normalised]) {
          expect(form).toMatch(/^[^\s\p{C}<>,;()"\\@]+@[a-z0-9.-]+$/u)
          expect(Buffer.byteLength(form)).toBeLessThan(300)
        }
        return Buffer.byteLength(ascii) <= 254 && domain.includes('.')
      }),
      { numRuns: 3000 },
    )
  })

  it('means the same when what was read is read again', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parsed = parseAddress(text)
        if (!parsed.ok) return
        const again = accepted(parsed.address.ascii)
        expect(again.ascii).toBe(parsed.address.ascii)
        expect(again.normalised).toBe(parsed.address.normalised)
      }),
      { numRuns: 3000 },
    )
  })

  it('of a common shape is accepted whatever its case', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9]{1,20}(\.[a-z0-9]{1,20})?$/),
        fc.stringMatching(/^[a-z]{1,20}\.(org|test)$/),
        (local, domain) => {
          const lower = accepted(`${local}@${domain}`)
          expect(accepted(`${local}@${domain}`.toUpperCase()).normalised).toBe(lower.normalised)
        },
      ),
    )
  })
})

describe('the key of an address', () => {
  const key = deriveKey('a secret of the tests', 'rollcall address key v1')

  it('is 32 bytes, the same for two spellings, another under another secret', () => {
    const one = addressKey(key, accepted('Ann@Example.org').normalised)
    expect(one).toHaveLength(32)
    expect(one).toEqual(addressKey(key, accepted('ann@EXAMPLE.org').normalised))
    expect(one).not.toEqual(addressKey(deriveKey('another', 'rollcall address key v1'), 'ann@example.org'))
  })
})

describe('the keys of many addresses', () => {
  it('are HMAC-SHA-256 too: the same as one by one, for every key and text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.array(fc.string({ unit: 'binary', maxLength: 900 })),
        (bytes, texts) => {
          const key = Buffer.from(bytes)
          const keyer = addressKeyer(key)
          for (const text of texts) expect(keyer(text)).toBe(addressKey(key, text).toString('hex'))
        },
      ),
    )
  })
})

describe('a masked address', () => {
  it('shows first letters and the last label only', () => {
    expect(maskAddress('jane.doe@mail.example.org')).toBe('j***@m***.org')
    expect(maskAddress('李@例え.test')).toBe('李***@例***.test')
    expect(maskAddress('no address')).toBe('***@n***')
  })
})
