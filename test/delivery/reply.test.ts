// Replies as they are kept: codes, and text that names nobody.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { madeReply, parseReply, replyText, stripAddresses } from '../../src/delivery/reply.ts'

describe('parseReply', () => {
  const cases: [response: string, expected: object][] = [
    ['250 OK', { code: 250, enhanced: null, text: 'OK' }],
    ['250 2.0.0 Ok: queued as 4F2', { code: 250, enhanced: '2.0.0', text: 'Ok: queued as 4F2' }],
    [
      '550-5.1.1 The account does\r\n550 5.1.1 not exist',
      { code: 550, enhanced: '5.1.1', text: 'The account does not exist' },
    ],
    ['550-No such user\n550 here', { code: 550, enhanced: null, text: 'No such user here' }],
    ['421', { code: 421, enhanced: null, text: '' }],
    ['451 4.7.650', { code: 451, enhanced: '4.7.650', text: '' }],
    ['550 192.0.2.1 is listed', { code: 550, enhanced: null, text: '192.0.2.1 is listed' }],
    ['gibberish', { code: 0, enhanced: null, text: 'gibberish' }],
    ['', { code: 0, enhanced: null, text: '' }],
  ]
  for (const [response, expected] of cases) {
    test(`reads ${JSON.stringify(response)}`, () => expect(parseReply(response)).toEqual(expected))
  }

  test('T20: cuts out every address, its own and others, and the local part alone', () => {
    const reply = parseReply(
      '550 5.1.1 <Ana.Lee@Example.org>: mailbox ana.lee unknown; ask "o b"@x.example, b+tok=ana.lee%40example.org',
      'ana.lee@example.org',
    )
    expect(reply.text).toBe('<[address]>: mailbox [address] unknown; ask [address], [address]')
  })

  test('keeps words that could be a local part', () => {
    expect(parseReply('550 user unknown', 'user@example.org').text).toBe('user unknown')
  })
})

test('T20: no text, however odd, keeps the address that was put into it', () => {
  const local = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{3,20}$/).filter((text) => /[^a-z]/.test(text))
  const glue = fc.constantFrom(' ', '<', '>', '(', '"', ';', ',', '\r\n', '\t', ':', '', '.')
  fc.assert(
    fc.property(local, glue, glue, fc.string(), (name, before, after, noise) => {
      const address = `${name}@example.org`
      const text = parseReply(`550 5.1.1 ${noise}${before}${address}${after}${noise}`, address).text
      expect(text).not.toContain(address)
      expect(text).not.toContain('@')
    }),
  )
})

test('T22: a reply of a megabyte without an end is read in no time and cut', () => {
  for (const text of [
    'a'.repeat(1_000_000),
    '@'.repeat(1_000_000),
    'a@'.repeat(500_000),
    `"${'a'.repeat(1_000_000)}`,
  ]) {
    const started = performance.now()
    expect(stripAddresses(text, 'ana.lee@example.org').length).toBeLessThanOrEqual(500)
    expect(performance.now() - started).toBeLessThan(200)
  }
})

test('replyText puts code, enhanced code and text in one line', () => {
  expect(replyText(parseReply('550-5.1.1 no\r\n550 5.1.1 such user'))).toBe('550 5.1.1 no such user')
  expect(replyText(madeReply(202, 'accepted as a@b'))).toBe('202 accepted as [address]')
})
