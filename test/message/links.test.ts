// Links and addresses of ours: signed, short enough, and each good for one thing only.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMailToken, readToken, tokenKeys, type Purpose } from '../../src/core/token.ts'
import { createLinks } from '../../src/message/links.ts'
import { messageId } from '../../src/message/message-id.ts'

const KEYS = tokenKeys('a secret of the test that is long enough')
const links = createLinks('https://act.rollcall.example', KEYS)
const ONE = { deliveryId: 1_234_567n, subscriberId: 7_654_321n }

function tokenOf(url: string): string {
  return url.split('/').at(-1) ?? ''
}

describe('links', () => {
  it('hold a token that allows exactly what the page does (T11)', () => {
    const purposes: [Purpose, string][] = [
      ['unsubscribe', links.person(ONE).unsubscribeUrl],
      ['preferences', links.person(ONE).preferencesUrl],
      ['view', links.person(ONE).viewUrl],
      ['forward', links.person(ONE).forwardUrl],
      ['seat', links.person(ONE).seatUrl],
    ]
    for (const [purpose] of purposes) {
      const allowing = purposes.filter(([, url]) => readToken(KEYS, purpose, tokenOf(url)) !== null)
      expect(allowing.map(([each]) => each)).toEqual([purpose])
      expect(readToken(KEYS, purpose, tokenOf(allowing[0]?.[1] ?? ''))).toEqual(ONE)
    }
  })

  it('belong to the delivery asked for, whichever was asked for before', () => {
    const ids = [1n, 2n, 1n, 1n, 3n]
    const asked = ids.map((id) => links.unsubscribe({ deliveryId: id, subscriberId: 9n }))
    expect(asked.map((url) => readToken(KEYS, 'unsubscribe', tokenOf(url))?.deliveryId)).toEqual(ids)
    const other = links.unsubscribe({ deliveryId: 3n, subscriberId: 10n })
    expect(readToken(KEYS, 'unsubscribe', tokenOf(other))?.subscriberId).toBe(10n)
  })

  it('lie under the paths that never change', () => {
    const urls = Object.values(links.person(ONE)).map((url) => URL.parse(url)?.pathname.slice(0, 3))
    expect(urls).toEqual(['/u/', '/p/', '/v/', '/f/', '/a/'])
    expect(links.lookup('dream-act-2017-x')).toBe('https://act.rollcall.example/votes/dream-act-2017-x')
  })

  it('keep the one-click link within 70 characters for millions of subscribers', () => {
    const far = { deliveryId: 260_000_000n, subscriberId: 260_000_000n }
    expect(links.unsubscribe(far).length).toBeLessThanOrEqual(70)
  })

  it('refuse a token with any bit changed (T9)', () => {
    const token = tokenOf(links.unsubscribe(ONE))
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('')
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...letters), (at, letter) => {
        fc.pre(token[at] !== letter)
        expect(readToken(KEYS, 'unsubscribe', token.slice(0, at) + letter + token.slice(at + 1))).toBeNull()
      }),
    )
  })

  it('name the delivery in bounce and opt-out addresses, in a local part mail allows', () => {
    const bounce = links.bounceAddress(ONE, 'bounce.rollcall.example')
    expect(bounce).toMatch(/^b\+[a-z2-7]+@bounce\.rollcall\.example$/)
    expect(readMailToken(KEYS, 'bounce', bounce.slice(2, bounce.indexOf('@')))).toEqual(ONE)
    const unsub = links.unsubscribeAddress(ONE, 'bounce.rollcall.example')
    expect(readMailToken(KEYS, 'unsubscribe', unsub.slice(6, unsub.indexOf('@')))).toEqual(ONE)
    const huge = { deliveryId: 2n ** 55n, subscriberId: 2n ** 55n }
    expect(links.unsubscribeAddress(huge, 'x.example').indexOf('@')).toBeLessThanOrEqual(64)
    expect(readMailToken(KEYS, 'bounce', links.deliveryToken(ONE))).toEqual(ONE)
  })

  it('keep the path of a base URL and drop its last slash', () => {
    expect(createLinks('https://example.org/alerts/', KEYS).help()).toBe('https://example.org/alerts/help')
    expect(createLinks('http://127.0.0.1:8080', KEYS).help()).toBe('http://127.0.0.1:8080/help')
  })

  it.each([
    'http://act.example',
    'ftp://act.example',
    'act.example',
    'https://a:b@act.example',
    'https://act.example/?x=1',
    '',
  ])('are not made for the base "%s"', (base) => {
    expect(() => createLinks(base, KEYS)).toThrow(/cannot stand in a message/)
  })
})

describe('the message id', () => {
  const key = Buffer.alloc(32, 7)
  const parts = { campaignId: 'dream-act-2017-x', revision: 1, deliveryId: '42' }

  it('is the same for the same delivery and another for any other part', () => {
    const id = messageId(key, parts, 'rollcall.example')
    expect(id).toMatch(/^[a-z2-7]{26,}@rollcall\.example$/)
    expect(messageId(key, { ...parts }, 'rollcall.example')).toBe(id)
    const others = [
      { ...parts, revision: 2 },
      { ...parts, deliveryId: '43' },
      { ...parts, campaignId: 'y' },
    ]
    for (const other of others) expect(messageId(key, other, 'rollcall.example')).not.toBe(id)
    expect(messageId(Buffer.alloc(32, 8), parts, 'rollcall.example')).not.toBe(id)
  })

  it('keeps its parts apart', () => {
    const left = messageId(key, { campaignId: 'a|1', revision: 2, deliveryId: '3' }, 'x.example')
    expect(messageId(key, { campaignId: 'a', revision: 1, deliveryId: '2|3' }, 'x.example')).not.toBe(left)
  })
})
