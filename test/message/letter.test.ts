// Letters are plain, safe mail: nothing in their words becomes markup or a header.
import PostalMime from 'postal-mime'
import { expect, test } from 'vitest'
import { composeLetter, type Letter } from '../../src/message/letter.ts'

const LETTERHEAD = {
  from: { name: 'Indivisible Project', address: 'alerts@rollcall.example' },
  replyTo: { name: 'Indivisible Project', address: 'hello@rollcall.example' },
  envelopeFrom: 'letters@bounce.rollcall.example',
  messageKey: Buffer.alloc(32, 7),
}
const DATE = new Date('2018-01-03T12:00:00Z')
const LETTER: Letter = {
  language: 'en',
  subject: 'Please confirm',
  paragraphs: [
    'One paragraph that is long enough to be broken somewhere in the plain text, since mail lines are short.',
    'Two\nlines',
  ],
  link: { words: 'Yes, please', url: 'https://alerts.rollcall.example/c/TOKEN?lang=es' },
  after: ['<script>alert(1)</script> & "more"'],
  footer: ['Who writes, and where'],
  leave: null,
}

const compose = (change: Partial<Letter> = {}, to = 'ana@example.org', id = 'letter-join-abc') =>
  composeLetter({ ...LETTER, ...change }, to, LETTERHEAD, id, DATE)

test('it says that a program wrote it, from whom, and in which language', async () => {
  const mail = await PostalMime.parse(compose().raw())
  const header = (name: string) => mail.headers.filter(({ key }) => key === name).map(({ value }) => value)
  expect(header('auto-submitted')).toEqual(['auto-generated'])
  expect(header('content-language')).toEqual(['en'])
  expect(header('list-unsubscribe')).toEqual([])
  expect(header('precedence')).toEqual([])
  expect(mail.from).toMatchObject({ name: 'Indivisible Project', address: 'alerts@rollcall.example' })
  expect(mail.replyTo?.[0]?.address).toBe('hello@rollcall.example')
  expect(mail.to).toMatchObject([{ address: 'ana@example.org' }])
})

test('words are words in both parts: text stays as it is, HTML is escaped, no line is too long', async () => {
  const message = compose()
  const mail = await PostalMime.parse(message.raw())
  expect(mail.text).toContain('<script>alert(1)</script> & "more"')
  expect(mail.text).toContain('Yes, please:\nhttps://alerts.rollcall.example/c/TOKEN?lang=es')
  expect(mail.html).not.toContain('<script>')
  expect(mail.html).toContain('&#60;script&#62;')
  const prose = (mail.text ?? '').split('\n').filter((line) => !line.startsWith('http'))
  expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(72)
  expect(mail.text?.replace(/\s+/g, ' ')).toContain(LETTER.paragraphs[0])
  const raw = message.raw().toString('latin1')
  expect(raw.split('\r\n').every((line) => line.length <= 998)).toBe(true)
  expect(raw).not.toMatch(/[^\r]\n/)
})

test('a mailbox that can refuse finds one-click headers and the link', async () => {
  const leave = { words: 'Do not write to me again', url: 'https://alerts.rollcall.example/o/TOKEN' }
  const mail = await PostalMime.parse(compose({ leave }).raw())
  const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value
  expect(header('list-unsubscribe')).toBe('<https://alerts.rollcall.example/o/TOKEN>')
  expect(header('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')
  expect(mail.text).toContain('Do not write to me again:\nhttps://alerts.rollcall.example/o/TOKEN')
  expect(mail.html).toContain('href="https://alerts.rollcall.example/o/TOKEN"')
})

test.each([
  'Hi\r\nBcc: eve@example.org',
  'Hi\nBcc: eve@example.org',
  'Hi\u2028Bcc: eve@example.org',
  'Hi \u202ebackwards',
])('T4: the subject %j adds no header', async (subject) => {
  const mail = await PostalMime.parse(compose({ subject }).raw())
  expect(mail.bcc).toBeUndefined()
  expect(mail.to).toHaveLength(1)
  expect(mail.headers.map(({ key }) => key)).toEqual(
    (await PostalMime.parse(compose().raw())).headers.map(({ key }) => key),
  )
})

test.each(['a@example.org, b@example.org', 'a@example.org\r\nRCPT TO:<b@example.org>', 'nobody', ''])(
  'T4: a letter to %j is refused',
  (to) => {
    expect(() => compose({}, to)).toThrow('a letter cannot be addressed')
  },
)

test('each letter has a Message-ID of its own, which tells nobody to whom it went', () => {
  const one = compose().messageId
  expect(compose({}, 'ana@example.org', 'letter-join-abd').messageId).not.toBe(one)
  expect(one).toMatch(/^[a-z2-7]{32}@rollcall\.example$/)
})
