// The head on the wire, read back by another parser: no value may add, change or lose a header.
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import type { MessageHead } from '../../../src/message/message.ts'
import { encodeWords } from '../../../src/message/mime/encoded-word.ts'
import { cleanWords, encodeHead } from '../../../src/message/mime/head.ts'

const HEAD: MessageHead = {
  deliveryId: '42',
  messageId: 'abcdefghijklmnopqrstuvwxyz234567@rollcall.example',
  date: new Date('2017-12-21T23:48:00Z'),
  from: { name: 'Example Project', address: 'alerts@rollcall.example' },
  replyTo: { name: 'Example Project', address: 'team@rollcall.example' },
  to: { name: '', address: 'someone@example.org' },
  envelopeFrom: 'b+token@bounce.rollcall.example',
  needsSmtpUtf8: false,
  headers: [
    [
      'List-Unsubscribe',
      `<https://act.rollcall.example/u/${'x'.repeat(36)}>, <mailto:unsub+${'y'.repeat(44)}@bounce.rollcall.example?subject=unsubscribe>`,
    ],
    ['List-Id', '"Action alerts" <alerts.rollcall.example>'],
  ],
}
const NAMES = [
  'from',
  'to',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'list-unsubscribe',
  'list-id',
  'mime-version',
  'content-type',
]

function build(changes: Partial<MessageHead> = {}, subject = 'How your senators voted'): string {
  return encodeHead({ ...HEAD, ...changes }, subject, 'part-1')
}

function read(head: string) {
  return PostalMime.parse(`${head}\r\n--part-1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--part-1--\r\n`)
}

const ATTACKS = {
  CR: 'a\rBcc: x@evil.example',
  LF: 'a\nBcc: x@evil.example',
  CRLF: 'a\r\nBcc: x@evil.example',
  'CRLF CRLF': 'a\r\n\r\n<script>body</script>',
  NUL: 'a\u0000b',
  'U+2028': 'a\u2028Bcc: x@evil.example',
  'U+0085': 'a\u0085Bcc: x@evil.example',
  folded: 'a\r\n Bcc: x@evil.example',
  'an encoded word': '=?utf-8?Q?a=0D=0ABcc:_x@evil.example?=',
  'an encoded word in base64': '=?utf-8?B?DQpCY2M6IHhAZXZpbC5leGFtcGxl?=',
  'another mailbox': 'a" <x@evil.example>, "b',
  'a direction override': 'a\u202egpj.exe',
  'a lone surrogate': 'a\ud800b',
}
const attacks = Object.entries(ATTACKS)

describe('the head of a message', () => {
  it('has each header once, in a fixed order', async () => {
    const { headers } = await read(build())
    expect(headers.map(({ key }) => key)).toEqual(NAMES)
    expect(build()).toContain('Date: Thu, 21 Dec 2017 23:48:00 +0000\r\n')
    expect(build()).toContain('Message-ID: <abcdefghijklmnopqrstuvwxyz234567@rollcall.example>\r\n')
  })

  it('is the same for the same message', () => {
    expect(build()).toBe(build())
  })

  it('leaves list headers on one line, as signers and relays need them', () => {
    const line = build()
      .split('\r\n')
      .find((each) => each.startsWith('List-Unsubscribe:'))
    expect(line).toMatch(/^List-Unsubscribe: <https:.*>, <mailto:.*>$/)
  })

  it('writes IDN domains as A-labels and keeps the local part as given', async () => {
    const { to } = await read(build({ to: { name: 'Zoë', address: 'O.Brien+x@bücher.example' } }))
    expect(to).toEqual([{ name: 'Zoë', address: 'O.Brien+x@xn--bcher-kva.example' }])
  })

  it('leaves a local part beyond ASCII as it is, never as an encoded word', () => {
    expect(build({ to: { name: '', address: 'zoë@example.org' } })).toContain('To: zoë@example.org\r\n')
  })
})

describe('T4: a subject that holds', () => {
  it.each(attacks)('%s stays a subject', async (_, text) => {
    const { headers, subject } = await read(build({}, text))
    expect(headers.map(({ key }) => key)).toEqual(NAMES)
    expect(subject).toBe(cleanWords(text))
    expect(cleanWords(text)).not.toMatch(/[\p{Cc}\u2028\u202e]/u)
  })
})

describe.each(['from', 'to', 'replyTo'] as const)('T4: a display name in %s that holds', (field) => {
  it.each(attacks)('%s stays a display name', async (_, name) => {
    const parsed = await read(build({ [field]: { name, address: 'one@example.org' } }))
    expect(parsed.headers.map(({ key }) => key)).toEqual(NAMES)
    const box = field === 'from' ? parsed.from : parsed[field]?.[0]
    expect(box).toMatchObject({ name: cleanWords(name), address: 'one@example.org' })
  })

  it.each([
    ...attacks.map(([, text]) => `${text}@example.org`),
    'a@example.org, b@example.org',
    'a@example.org\r\nRCPT TO:<e@evil.example>',
    '"a@evil.example, b"@example.org',
    'a@exa mple.org',
    'a@[127.0.0.1]',
    '<a@example.org>',
    'a(comment)@example.org',
    'a@localhost',
    '',
  ])('is refused with the address %j', (address) => {
    expect(() => build({ [field]: { name: 'A', address } })).toThrow(/cannot stand in a message head/)
  })
})

describe('T4: a header of ours that holds', () => {
  const control = attacks.filter(([, text]) => /[^\x20-\x7e]/.test(text))

  it.each(control)('%s is refused as a value', (_, value) => {
    expect(() => build({ headers: [['List-Id', value]] })).toThrow(/cannot stand in a message head/)
  })

  it.each(control)('%s is refused as a name', (_, name) => {
    expect(() => build({ headers: [[name, 'x']] })).toThrow(/cannot stand in a message head/)
  })

  it.each(control)('%s is refused as a message id', (_, text) => {
    expect(() => build({ messageId: `${text}@rollcall.example` })).toThrow(/cannot stand in a message head/)
  })

  it('is refused when it repeats or replaces one of the message’s own', () => {
    for (const name of ['Bcc', 'from', 'Subject', 'Content-Type', 'DKIM-Signature', 'Sender']) {
      expect(() => build({ headers: [[name, 'x']] })).toThrow(/only once/)
    }
    expect(() =>
      build({
        headers: [
          ['List-Id', 'a'],
          ['list-id', 'b'],
        ],
      }),
    ).toThrow(/only once/)
  })

  it('is refused when the date or the boundary is none', () => {
    expect(() => build({ date: new Date('never') })).toThrow(/date/)
    expect(() => encodeHead(HEAD, 'x', 'a"\r\nb')).toThrow(/boundary/)
  })
})

const anyText = fc.string({ unit: 'grapheme', maxLength: 200 })
const hostile = fc.oneof(
  anyText,
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'binary-ascii', maxLength: 200 }),
)

describe('for any words', () => {
  it('the subject and names read back as they were, on lines mail allows', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (subject, name) => {
        const head = build({ from: { name, address: 'one@example.org' } }, subject)
        const parsed = await read(head)
        expect(parsed.headers.map(({ key }) => key)).toEqual(NAMES)
        expect(parsed.subject ?? '').toBe(cleanWords(subject))
        expect(parsed.from).toMatchObject({ name: cleanWords(name), address: 'one@example.org' })
        const lines = head.split('\r\n').filter((line) => !line.startsWith('List-'))
        expect(lines.filter((line) => line.length > 76 || /[\r\n\0]/.test(line))).toEqual([])
      }),
    )
  })

  it('encoded words are short, ASCII and cut no character', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const words = encodeWords(text.toWellFormed())
        expect(
          words.filter((word) => word.length > 66 || !/^=\?utf-8\?[QB]\?[\x21-\x3e\x40-\x7e]*\?=$/.test(word)),
        ).toEqual([])
      }),
    )
  })
})

it('a subject of 1,200 letters without a space still fits on legal lines', async () => {
  const subject = 'x'.repeat(1200)
  expect(
    Math.max(
      ...build({}, subject)
        .split('\r\n')
        .map((line) => line.length),
    ),
  ).toBeLessThan(200)
  expect((await read(build({}, subject))).subject).toBe(subject)
})
