// A message as the transports get it, built without the message domain: what matters here is bytes and envelope.
import type { Message, SharedContent } from '../../src/message/message.ts'

export interface SampleOptions {
  deliveryId?: string
  to?: string
  /** Size of the HTML part, roughly the size of the message. */
  htmlBytes?: number
  shared?: SharedContent
  firstName?: string
  headers?: Message['headers']
  date?: Date
}

/** Returns content whose only personal values are the marks `%s1%` (name) and `%s2%` (unsubscribe address). */
export function sampleShared(htmlBytes = 400): SharedContent {
  const line = '<p>How your two senators and your representative voted, and what to do now.</p>\r\n'
  return {
    subject: 'Your senators voted, %s1%',
    text: 'Dear %s1%,\r\n.a line that starts with a dot\r\nLeave: %s2%\r\n',
    html: `<p>Dear %s1%</p>\r\n${line.repeat(Math.ceil(htmlBytes / line.length))}<a href="%s2%">leave</a>\r\n`,
  }
}

/** Returns a message; two with the same options have the same bytes. */
export function sampleMessage({
  deliveryId = '1',
  to = 'ana@example.org',
  htmlBytes = 400,
  shared = sampleShared(htmlBytes),
  firstName = 'Ana',
  headers,
  date = new Date('2017-12-22T00:00:00Z'),
}: SampleOptions = {}): Message {
  const url = `https://u.example.org/u/token-${deliveryId}`
  const values = { '%s1%': firstName, '%s2%': url }
  const message = {
    deliveryId,
    messageId: `message-${deliveryId}@alerts.example.org`,
    date,
    from: { name: 'Action Alerts', address: 'alerts@example.org' },
    replyTo: { name: 'Action Alerts', address: 'help@example.org' },
    to: { name: firstName, address: to },
    envelopeFrom: `b+token${deliveryId}@bounce.example.org`,
    needsSmtpUtf8: false,
    headers:
      headers ??
      ([
        ['List-Unsubscribe', `<${url}>`],
        ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
        ['List-Id', '"Action alerts" <alerts.example.org>'],
        ['Feedback-ID', 'campaign:list:org:rollcall'],
        ['X-Rollcall-Delivery', deliveryId],
      ] as const),
    subject: fill(shared.subject, values),
    text: fill(shared.text, values),
    html: fill(shared.html, values),
    shared,
    values,
  }
  return { ...message, raw: () => rawOf(message) }
}

function fill(content: string, values: Record<string, string>): string {
  return Object.entries(values).reduce((text, [mark, value]) => text.replaceAll(mark, value), content)
}

function rawOf(message: Omit<Message, 'raw'>): Buffer {
  const lines = [
    `From: "${message.from.name}" <${message.from.address}>`,
    `To: <${message.to.address}>`,
    `Reply-To: <${message.replyTo.address}>`,
    `Subject: ${message.subject}`,
    `Date: ${message.date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${message.messageId}>`,
    ...message.headers.map(([name, value]) => `${name}: ${value}`),
    'MIME-Version: 1.0',
    'Content-Type: multipart/alternative; boundary="cut"',
    '',
    '--cut',
    'Content-Type: text/plain; charset=utf-8',
    '',
    message.text,
    '--cut',
    'Content-Type: text/html; charset=utf-8',
    '',
    message.html,
    '--cut--',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}
