// A returned mail becomes reports, whoever wrote it and however broken it is.
import { describe, expect, test } from 'vitest'
import { readReports } from '../../src/feedback/read-reports.ts'
import type { Report } from '../../src/feedback/report.ts'
import { complaint, dsn, letter } from './mails.ts'

const DAEMON = 'From: MAILER-DAEMON@mx.example.net\nTo: us@example.org\nSubject: failure notice'

async function only(mail: Buffer): Promise<Report> {
  const { reports } = await readReports(mail)
  expect(reports).toHaveLength(1)
  return reports[0] as Report
}

describe('a delivery status notification (RFC 3464)', () => {
  test('gives recipient, codes, class and a sentence without the address', async () => {
    const report = await only(
      dsn({ diagnostic: '550 5.1.1 <ana@example.net>: Recipient address rejected: User unknown' }),
    )
    expect(report).toMatchObject({
      kind: 'bounce',
      class: 'hard',
      recipient: 'ana@example.net',
      status: '5.1.1',
      reply: '550',
    })
    expect(report.sentence).toContain('User unknown')
    expect(report.sentence).not.toContain('ana@')
  })

  const words: [diagnostic: string, status: string, found: string][] = [
    ['452 4.2.2 mailbox over quota', '4.2.2', 'soft'],
    ['552 5.2.2 mailbox full', '5.2.2', 'soft'],
    ['550 5.1.1 sorry, user is over quota', '5.1.1', 'soft'],
    ['450 4.1.1 User unknown', '4.1.1', 'hard'],
    ['550 5.7.26 unauthenticated mail, DMARC policy', '5.7.26', 'block'],
    ['554 5.7.1 blocked using zen.spamhaus.org', '5.7.1', 'block'],
    ['552 5.3.4 message too big', '5.3.4', 'content'],
    ['550 5.7.1 message contains a virus', '5.7.1', 'content'],
    ['554 5.7.1 Relay access denied', '5.7.1', 'config'],
    ['550 5.1.8 sender address rejected: Domain not found', '5.1.8', 'config'],
    ['550 no', '5.0.0', 'unknown'],
    ['550 Benutzer unbekannt', '5.0.0', 'hard'],
    ['550 Boîte du destinataire pleine', '5.0.0', 'soft'],
    ['550 用户不存在', '5.0.0', 'hard'],
    ['550 5.4.1 Recipient address rejected: Access denied [x.prod.protection.outlook.com]', '5.4.1', 'hard'],
    ['DNS Error: lookup of example.net responded with code NXDOMAIN', '4.0.0', 'soft'],
    ['550 Host unknown', '5.1.2', 'hard'],
    ['550 5.0.0 RESOLVER.ADR.RecipNotFound; not found', '5.0.0', 'hard'],
    ["5.1.0 - Unknown address error 550-'5.7.1 Access denied'", '5.0.0', 'block'],
  ]
  test.each(words)('%s (%s) is %s', async (diagnostic, status, found) => {
    expect((await only(dsn({ diagnostic, status }))).class).toBe(found)
  })

  test('of Action delayed is information, and never hard', async () => {
    expect(await only(dsn({ action: 'delayed', status: '4.1.1', diagnostic: '450 User unknown' }))).toMatchObject({
      kind: 'delayed',
      class: 'soft',
    })
  })

  test.each(['delivered', 'relayed', 'expanded'])('of Action %s reports nothing', async (action) => {
    expect(await only(dsn({ action, status: '2.0.0' }))).toMatchObject({ kind: 'other', class: null })
  })

  test('in its international form (RFC 6533) names the address as it is', async () => {
    const mail = dsn().toString().replace('message/delivery-status', 'message/global-delivery-status')
    const utf8 = mail.replace('rfc822; ana@example.net', String.raw`utf-8; \x{5B5F}@example.net`)
    expect((await only(Buffer.from(utf8))).recipient).toBe('孟@example.net')
  })

  test.each([
    ['LF', '\n'],
    ['CR', '\r'],
    ['CRLF', '\r\n'],
  ])('is read with lines that end in %s', async (_, end) => {
    expect(await only(Buffer.from(dsn().toString().replaceAll('\r\n', end)))).toMatchObject({ class: 'hard' })
  })

  test('within the notice of another mail system is found', async () => {
    const outer = [
      'From: MAILER-DAEMON@relay.example.org',
      'Subject: Undelivered Mail Returned to Sender',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="outer"',
      '',
      '--outer',
      '',
      'The message returned below could not be delivered.',
      '--outer',
      'Content-Type: message/rfc822',
      '',
      dsn({ diagnostic: '550 5.1.1 User unknown' }).toString(),
      '--outer--',
    ]
    expect(await only(Buffer.from(outer.join('\r\n')))).toMatchObject({ class: 'hard', recipient: 'ana@example.net' })
  })

  test('has a report for each recipient, blocks that run together included', async () => {
    const text = dsn()
      .toString()
      .replace(
        'Status: 5.1.1',
        'Status: 5.1.1\r\nFinal-Recipient: rfc822; bo@example.net\r\nAction: failed\r\nStatus: 5.2.2',
      )
    const { reports } = await readReports(Buffer.from(text))
    expect(reports.map(({ recipient, class: found }) => [recipient, found])).toEqual([
      ['ana@example.net', 'hard'],
      ['bo@example.net', 'soft'],
    ])
  })
})

describe('a complaint (RFC 5965)', () => {
  test.each(['abuse', 'fraud', 'virus', 'other', 'opt-out'])('of type %s is one', async (type) => {
    expect(await only(complaint(type))).toMatchObject({ kind: 'complaint', recipient: 'ana@example.net', class: null })
  })
  test.each(['not-spam', 'auth-failure', 'dmarc'])('of type %s is none', async (type) => {
    expect(await only(complaint(type))).toMatchObject({ kind: 'other' })
  })
})

describe('a notice for people', () => {
  const notices: [who: string, text: string, found: string, recipient: string][] = [
    [
      'qmail',
      "Hi. This is the qmail-send program at mx.\nI'm afraid I wasn't able to deliver your message.\n\n<ana@example.net>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nFrom: us@example.org\nTo: other@example.org",
      'hard',
      'ana@example.net',
    ],
    [
      'Exim',
      'This message was created automatically by mail delivery software.\nThe following address(es) failed:\n\n  ana@example.net\n    SMTP error from remote mail server after RCPT TO:<ana@example.net>:\n    552 5.2.2 mailbox is full',
      'soft',
      'ana@example.net',
    ],
    [
      'a Japanese server',
      'メールが配信できませんでした。\n<ana@example.net>: 宛先のアドレスは存在しません',
      'hard',
      'ana@example.net',
    ],
    [
      'Domino',
      'Undeliverable message\n------- Failure Reasons  --------\n\nUser ana not listed in Domino Directory\nana@example.net',
      'hard',
      'ana@example.net',
    ],
  ]
  test.each(notices)('of %s is read by its words', async (_, text, found, recipient) => {
    expect(await only(letter(DAEMON, text))).toMatchObject({ kind: 'bounce', class: found, recipient })
  })

  test('that only warns is a delay', async () => {
    const text =
      '<ana@example.net>: connect timed out\nThis is a warning message only. You do not need to resend your message. It could not be delivered for 4 hours.'
    expect(await only(letter(DAEMON, text))).toMatchObject({ kind: 'delayed', class: 'soft' })
  })

  test('tells two recipients apart', async () => {
    const text = 'could not be delivered:\n<ana@example.net>:\n550 user unknown\n<bo@example.net>:\n552 mailbox full'
    const { reports } = await readReports(letter(DAEMON, text))
    expect(reports.map((each) => each.class)).toEqual(['hard', 'soft'])
  })
})

describe('what people and their machines write is no bounce:', () => {
  const fromPerson = (mail: Buffer, subject: string): Buffer =>
    Buffer.from(
      mail
        .toString()
        .replace(/^Return-Path: <>\r\n/, '')
        .replace(/^From: .*$/m, 'From: Ana <ana@example.net>')
        .replace(/^Subject: .*$/m, `Subject: ${subject}`)
        .replace(/multipart\/report; report-type=[\w-]+/, 'multipart/mixed'),
    )

  test('a bounce that a person sends on with its parts', async () => {
    expect(await only(fromPerson(dsn(), 'Fwd: Undelivered Mail'))).toMatchObject({ kind: 'other', class: null })
    expect(await only(fromPerson(dsn(), 'what is this?'))).toMatchObject({ kind: 'other', class: null })
  })

  test('a complaint that a person sends on with its parts', async () => {
    expect(await only(fromPerson(complaint('abuse'), 'Fwd: complaint'))).toMatchObject({ kind: 'other' })
  })

  test('a receipt that a message was deleted unread (RFC 8098)', async () => {
    const receipt = complaint('x').toString()
    const text = receipt
      .replace('feedback-report; boundary', 'disposition-notification; boundary')
      .replace('message/feedback-report', 'message/disposition-notification')
      .replace('This is a report about a message that you sent.', 'Your message was deleted without being read.')
    expect(await only(Buffer.from(text))).toMatchObject({ kind: 'other', class: null })
  })

  const PERSON = 'From: Ana <ana@example.net>\nTo: us@example.org\nReturn-Path: <ana@example.net>'
  const letters: [what: string, head: string, text: string, kind: string][] = [
    [
      'an absence note (RFC 3834)',
      `${PERSON}\nAuto-Submitted: auto-replied\nSubject: Re: x`,
      'mailbox full',
      'auto_reply',
    ],
    ['an absence note with a subject only', `${PERSON}\nSubject: Out of office: x`, 'I am away', 'auto_reply'],
    ['an absence note in German', `${PERSON}\nSubject: Abwesenheitsnotiz`, 'Ich bin nicht da', 'auto_reply'],
    ['a reply', `${PERSON}\nSubject: Re: x\nIn-Reply-To: <a@b>`, 'I called', 'other'],
    ['a forwarded bounce', `${PERSON}\nSubject: Fwd: failure notice`, '550 5.1.1 User unknown', 'other'],
    [
      'a letter that quotes a bounce',
      `${PERSON}\nSubject: Undeliverable: what is this?`,
      'I got this:\n> Final-Recipient: rfc822; bo@example.net\n> Action: failed\n> Status: 5.1.1',
      'other',
    ],
    ['a letter of a postmaster', 'From: postmaster@example.net\nSubject: Your server', 'Please call me.', 'other'],
    ['nothing at all', '', '', 'other'],
  ]
  test.each(letters)('%s', async (_, head, text, kind) => {
    expect(await only(letter(head, text))).toMatchObject({ kind, class: null })
  })
})

/** Returns the processor's time, not the wall's: another process may have the machine. */
async function secondsFor(bytes: Buffer): Promise<number> {
  const before = process.cpuUsage()
  expect((await readReports(bytes)).reports.length).toBeGreaterThan(0)
  const spent = process.cpuUsage(before)
  return (spent.user + spent.system) / 1e6
}

describe('T22: a mail made to break a parser', () => {
  const broken: [what: string, bytes: Buffer][] = [
    ['no bytes', Buffer.alloc(0)],
    ['NUL bytes', Buffer.alloc(100_000)],
    ['a head of 5 MB', Buffer.concat([Buffer.from('From: a@b.example\r\nX: '), Buffer.alloc(5_000_000, 120)])],
    ['100,000 header lines', Buffer.from(`${'X-A: b\r\n'.repeat(100_000)}\r\ntext`)],
    ['a boundary that never comes', Buffer.from('Content-Type: multipart/mixed; boundary="x"\r\n\r\ntext')],
    ['a status without an end', Buffer.from(dsn().toString().slice(0, 600))],
    ['a line of "<"', letter(DAEMON, '<'.repeat(400_000))],
    ['"@" without end', letter(DAEMON, 'a@'.repeat(200_000))],
    ['wrong bytes', Buffer.from(Array.from({ length: 50_000 }, (_, n) => (n * 7919) % 256))],
  ]
  test.each(broken)('is answered: %s', async (_, bytes) => {
    const { reports } = await readReports(bytes)
    expect(reports.length).toBeGreaterThan(0)
  })

  const repeated = [
    'mailbox ',
    'deliver to ',
    'user unknown ',
    'docomo.ne.jp ',
    'a@b.example ',
    '<a@b.example>\n',
    '550 ',
    'sender domain ',
  ]
  test.each(repeated)('is answered within a second: 10 MB of %j', async (word) => {
    const bytes = letter(DAEMON, `could not be delivered ${word.repeat(10_000_000 / word.length)}`)
    const status = dsn({ diagnostic: word.repeat(2_000), prose: word.repeat(5_000) })
    expect(await secondsFor(bytes)).toBeLessThan(1)
    expect(await secondsFor(status)).toBeLessThan(1)
  })

  test('10 MB of nested MIME take less than a second', async () => {
    let head = ''
    for (let depth = 0; head.length < 10_000_000; depth += 1)
      head += `Content-Type: multipart/mixed; boundary="b${depth}"\r\n\r\n--b${depth}\r\n`
    expect(await secondsFor(Buffer.from(head))).toBeLessThan(1)
  })
})
