// The bulk headers: exactly the set mail needs, each on one line of printable ASCII.
import { describe, expect, it } from 'vitest'
import { readMailToken, tokenKeys } from '../../src/core/token.ts'
import { bulkHeaders, type BulkFacts } from '../../src/message/headers.ts'
import { createLinks } from '../../src/message/links.ts'

const KEYS = tokenKeys('a secret of the test that is long enough')
const links = createLinks('https://act.rollcall.example', KEYS)
const ONE = { deliveryId: 42n, subscriberId: 7n }

function facts(list: Partial<BulkFacts['manifest']['list']> = {}, language = 'en-US'): BulkFacts {
  const { manifest } = { manifest: { id: 'alerts.rollcall.example', name: 'Action alerts', ...list } }
  const organisation = {
    name: 'Example Project',
    who: 'We are an example.',
    postalAddress: 'PO Box 1',
    legal: 'Not deductible.',
    website: 'https://example.org/',
  }
  return {
    links,
    bounceDomain: 'bounce.rollcall.example',
    campaignId: 'dream-act-2017-x',
    manifest: { list: manifest, organisation, feedbackId: 'rollcall', language },
  }
}

describe('the bulk headers', () => {
  it('of the next delivery differ in its own two alone', () => {
    const make = bulkHeaders(facts())
    const [one, two] = [make(ONE), make({ ...ONE, deliveryId: 43n })]
    const changed = one.filter(([, value], at) => value !== two[at]?.[1]).map(([name]) => name)
    expect(changed).toEqual(['List-Unsubscribe', 'X-Rollcall-Delivery'])
  })

  const headers = new Map(bulkHeaders(facts())(ONE))

  it('are this set and no other, Auto-Submitted not among them', () => {
    expect([...headers.keys()]).toEqual([
      'List-Unsubscribe',
      'List-Unsubscribe-Post',
      'List-Id',
      'List-Help',
      'Feedback-ID',
      'Precedence',
      'X-Auto-Response-Suppress',
      'X-Rollcall-Delivery',
      'Content-Language',
    ])
    expect(bulkHeaders(facts())(ONE)).toHaveLength(headers.size)
  })

  it('name one https URI first and a mailto after it, both of this one delivery', () => {
    const [https = '', mailto = ''] = (headers.get('List-Unsubscribe') ?? '').split(', ')
    expect(https).toBe(`<${links.unsubscribe(ONE)}>`)
    const token = /^<mailto:unsub\+([a-z2-7]+)@bounce\.rollcall\.example\?subject=unsubscribe>$/.exec(mailto)?.[1]
    expect(readMailToken(KEYS, 'unsubscribe', token ?? '')).toEqual(ONE)
    expect(headers.get('List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click')
  })

  it('identify the list, the campaign and the delivery, but no person', () => {
    expect(headers.get('List-Id')).toBe('"Action alerts" <alerts.rollcall.example>')
    expect(headers.get('Feedback-ID')).toBe('dream-act-2017-x:alerts.rollcall.example:example-project:rollcall')
    expect(readMailToken(KEYS, 'bounce', headers.get('X-Rollcall-Delivery') ?? '')).toEqual(ONE)
    expect(headers.get('Content-Language')).toBe('en-US')
  })

  it('quote the list’s name, and encode it without quotes when it is not ASCII', () => {
    const listId = (name: string) => new Map(bulkHeaders(facts({ name }))(ONE)).get('List-Id')
    expect(listId('Say "now" \\ today')).toBe('"Say \\"now\\" \\\\ today" <alerts.rollcall.example>')
    expect(listId('Zoë’s list')).toMatch(/^=\?utf-8\?Q\?[A-Za-z0-9=_]+\?= <alerts\.rollcall\.example>$/)
    expect(listId('=?utf-8?Q?x?=')).toMatch(/^=\?utf-8\?Q\?=3D=3F/)
  })

  it.each(['a\r\nBcc: x@evil.example', 'a\nb', 'a\u0000b', 'ü.example', 'a\u2028b', 'x'.repeat(901)])(
    'refuse a value that could not stand on one line: %j (T4)',
    (bad) => {
      expect(() => bulkHeaders(facts({ id: bad }))).toThrow(/cannot hold/)
      expect(() => bulkHeaders(facts({}, bad))).toThrow(/cannot hold/)
    },
  )
})
