// MAIL and RCPT: exactly the parameters that the server offers, and nothing an address could smuggle in.
import { expect, test } from 'vitest'
import {
  mailCommand,
  parseExtensions,
  rcptCommand,
  refuseUnfit,
  type Parcel,
} from '../../../src/delivery/transports/smtp-commands.ts'

const parcel: Parcel = {
  envelopeId: 'a+b=c d',
  envelope: { from: 'b+t@bounce.example.org', to: 'ana+x@example.org', needsSmtpUtf8: false },
  top: 'DKIM-Signature: x\r\n',
  raw: Buffer.alloc(100),
}
const international = { ...parcel, envelope: { ...parcel.envelope, to: 'zo\u00eb@example.org', needsSmtpUtf8: true } }
const offer = (...lines: string[]) =>
  parseExtensions(['250-mx.example.org', ...lines.map((each) => `250-${each}`)].join('\n'))

test('a server that offers nothing gets addresses alone', () => {
  expect(mailCommand(parcel, offer())).toBe('MAIL FROM:<b+t@bounce.example.org>\r\n')
  expect(rcptCommand(parcel, offer())).toBe('RCPT TO:<ana+x@example.org>\r\n')
})

test('each offer adds its own parameters; SIZE counts what we put on top, DSN is in xtext (RFC 3461)', () => {
  expect(mailCommand(parcel, offer('SIZE 5000'))).toBe('MAIL FROM:<b+t@bounce.example.org> SIZE=119\r\n')
  expect(mailCommand(parcel, offer('dsn'))).toBe('MAIL FROM:<b+t@bounce.example.org> RET=HDRS ENVID=a+2Bb+3Dc+20d\r\n')
  expect(rcptCommand(parcel, offer('DSN'))).toBe(
    'RCPT TO:<ana+x@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ana+2Bx@example.org\r\n',
  )
  expect(mailCommand(parcel, offer('8BITMIME', 'SMTPUTF8'))).toBe('MAIL FROM:<b+t@bounce.example.org>\r\n')
})

test('an address beyond ASCII asks for SMTPUTF8, for 8BITMIME where it is offered, and has no ORCPT', () => {
  const offered = offer('SMTPUTF8', '8BITMIME', 'DSN', 'SIZE')
  expect(mailCommand(international, offered)).toContain('> SMTPUTF8 BODY=8BITMIME SIZE=119 RET=HDRS ')
  expect(mailCommand(international, offer('SMTPUTF8'))).toBe('MAIL FROM:<b+t@bounce.example.org> SMTPUTF8\r\n')
  expect(rcptCommand(international, offered)).toBe('RCPT TO:<zo\u00eb@example.org> NOTIFY=FAILURE,DELAY\r\n')
  expect(refuseUnfit(international, offer('8BITMIME'))).toMatch(/SMTPUTF8/)
  expect(refuseUnfit(international, offered)).toBeNull()
})

test('a limit of size is kept to the byte, and no limit is none', () => {
  expect(refuseUnfit(parcel, offer('SIZE 119'))).toBeNull()
  expect(refuseUnfit(parcel, offer('SIZE 118'))).toMatch(/119 bytes, and the server takes at most 118/)
  for (const line of ['SIZE', 'SIZE 0', 'SIZE x', 'SIZE=', 'X-SIZE 5'])
    expect([line, refuseUnfit(parcel, offer(line))]).toEqual([line, null])
})

test('extensions are whole words, in any case, and the greeting is none of them', () => {
  const offered = parseExtensions('250-PIPELINING.example.org\r\n250-XPIPELINING\r\n250-Dsn \r\n250 8bitmime')
  expect(offered).toMatchObject({ pipelining: false, dsn: true, eightBitMime: true, smtpUtf8: false, size: false })
  expect(offered.words).toEqual(['XPIPELINING', 'DSN', '8BITMIME'])
  expect(parseExtensions('250 mx.example.org').words).toEqual([])
})
