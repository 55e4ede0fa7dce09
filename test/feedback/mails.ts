// Returned mails as servers write them, made here for the tests.

interface Dsn {
  to?: string
  recipient?: string
  action?: string
  status?: string
  diagnostic?: string
  remote?: string
  /** Original-Envelope-Id. */
  envelopeId?: string
  /** Head of the returned message. */
  returned?: string
  prose?: string
}

/** Returns a delivery status notification (RFC 3464). */
export function dsn(given: Dsn = {}): Buffer {
  const { to = 'bounces@example.org', recipient = 'ana@example.net', action = 'failed', status = '5.1.1' } = given
  const { prose = 'Your message could not be delivered.' } = given
  const lines = [
    'Return-Path: <>',
    'From: Mail Delivery System <MAILER-DAEMON@mx.example.net>',
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"',
    '',
    '--b1',
    'Content-Type: text/plain; charset=utf-8',
    '',
    prose,
    '',
    '--b1',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.net',
    ...(given.envelopeId === undefined ? [] : [`Original-Envelope-Id: ${given.envelopeId}`]),
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    `Action: ${action}`,
    `Status: ${status}`,
    ...(given.remote === undefined ? [] : [`Remote-MTA: dns; ${given.remote}`]),
    ...(given.diagnostic === undefined ? [] : [`Diagnostic-Code: smtp; ${given.diagnostic}`]),
    '',
    '--b1',
    'Content-Type: text/rfc822-headers',
    '',
    given.returned ?? 'Subject: our alert',
    '',
    '--b1--',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}

/** Returns a complaint (RFC 5965). */
export function complaint(type: string, { to = 'fbl@example.org', returned = 'Subject: our alert' } = {}): Buffer {
  const lines = [
    'From: <feedback@provider.example>',
    `To: ${to}`,
    'Subject: FW: our alert',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b2"',
    '',
    '--b2',
    'Content-Type: text/plain',
    '',
    'This is a report about a message that you sent.',
    '--b2',
    'Content-Type: message/feedback-report',
    '',
    `Feedback-Type: ${type}`,
    'User-Agent: Example/1.0',
    'Version: 1',
    'Original-Rcpt-To: <ana@example.net>',
    '',
    '--b2',
    'Content-Type: message/rfc822',
    '',
    returned,
    '',
    'the message',
    '--b2--',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}

/** Returns a mail of one plain text. */
export function letter(head: string, text: string): Buffer {
  return Buffer.from(`${head}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n${text}\n`)
}
