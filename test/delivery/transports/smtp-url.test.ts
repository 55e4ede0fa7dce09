// SMTP_URL: what is understood, and what the user is told otherwise.
import { describe, expect, test } from 'vitest'
import { parseSmtpUrl } from '../../../src/delivery/transports/smtp-url.ts'

describe('parseSmtpUrl', () => {
  const cases: [url: string, expected: object][] = [
    ['smtp://relay.example.org', { host: 'relay.example.org', port: 587, tls: 'starttls', login: null }],
    ['smtps://relay.example.org', { port: 465, tls: 'implicit' }],
    ['smtp://relay.example.org:25?tls=never', { port: 25, tls: 'none' }],
    ['smtp://127.0.0.1:1025', { port: 1025, tls: 'none' }],
    ['smtp://localhost:25', { tls: 'none' }],
    ['smtp://[::1]:25', { host: '::1', tls: 'none' }],
    ['smtp://localhost:25?tls=required', { tls: 'starttls' }],
    ['smtp://127.example.org', { tls: 'starttls' }],
    ['smtp://relay.example.org?name=mail.example.org', { name: 'mail.example.org' }],
  ]
  for (const [url, expected] of cases) test(`reads ${url}`, () => expect(parseSmtpUrl(url)).toMatchObject(expected))

  test('a login with escapes', () => {
    const { login } = parseSmtpUrl('smtp://a%40b.example:p%40ss%2Fw%25@relay.example.org')
    expect([login?.user, login?.password()]).toEqual(['a@b.example', 'p@ss/w%'])
  })
})

describe('parseSmtpUrl refuses', () => {
  const cases: [url: string, why: RegExp][] = [
    ['relay.example.org', /not a URL/],
    ['http://relay.example.org', /http:/],
    ['smtp://', /no host|not a URL/],
    ['smtp://relay.example.org/inbox', /after the host/],
    ['smtp://relay.example.org?tsl=never', /"tsl" is unknown/],
    ['smtp://relay.example.org?tls=maybe', /tls=maybe/],
    ['smtps://relay.example.org?tls=never', /contradict/],
    ['smtp://user@relay.example.org', /not both/],
    ['smtp://user:canary-secret@relay.example.org?tls=never', /in clear/],
    ['smtp://user:canary-secret%@relay.example.org', /%25/],
    ['smtp://user:canary-secret@relay.example.org?name=a b', /host name/],
    ['smtp://user:canary-secret#x@relay.example.org', /not a URL|after the host/],
  ]
  for (const [url, why] of cases) {
    test(`T25: ${url.replace('canary-secret', 'PASSWORD')}, says why and not the password`, () => {
      const refusal = caught(() => parseSmtpUrl(url))
      expect(refusal).toMatchObject({
        code: 'bad_smtp_url',
        kind: 'usage',
        message: expect.stringMatching(why),
        hint: expect.stringContaining('smtp://'),
      })
      expect(String(refusal)).not.toContain('canary-secret')
    })
  }
})

test('T25: the parsed server shows no password when it is printed', () => {
  const server = parseSmtpUrl('smtps://user:canary-secret@relay.example.org')
  expect(JSON.stringify(server)).not.toContain('canary-secret')
})

function caught(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
