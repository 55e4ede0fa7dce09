// Composes short messages without a template, so that the tests of the ledger need no campaign folder.
import { createHmac } from 'node:crypto'
import type { Composer, Recipient } from '../../src/campaign/composer.ts'
import { RollcallError } from '../../src/core/errors.ts'
import type { Message } from '../../src/message/message.ts'

/** A subscriber of this first name cannot be rendered. */
export const POISON = 'Poison'

/** Returns a composer whose bytes depend on nothing but the recipient; `padding` makes each message that much longer. */
export function plainComposer(padding = 0): Composer {
  const filler = `${'All work and no play makes a dull message.'.padEnd(76, '.')}\r\n`.repeat(
    Math.max(1, Math.ceil(padding / 78)),
  )
  const shared = { subject: 'How they voted', text: filler, html: `<p>${filler}</p>` }
  return {
    compose(recipient) {
      if (recipient.firstName === POISON)
        return Promise.reject(new RollcallError('unrenderable', 'the first name cannot be rendered'))
      return Promise.resolve(plainMessage(recipient, shared))
    },
  }
}

function plainMessage(recipient: Recipient, shared: Message['shared']): Message {
  const { campaignId, deliveryId, address, firstName } = recipient
  const messageId = `${createHmac('sha256', 'test').update(`${campaignId}|1|${deliveryId}`).digest('hex').slice(0, 32)}@alerts.example.org`
  const raw = [
    'From: Alerts <alerts@alerts.example.org>',
    `To: <${address}>`,
    'Subject: How they voted',
    `Message-ID: <${messageId}>`,
    'Date: Thu, 21 Dec 2017 22:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    `Dear ${firstName},`,
    shared.text,
  ].join('\r\n')
  return {
    deliveryId,
    messageId,
    date: new Date('2017-12-21T22:00:00Z'),
    from: { name: 'Alerts', address: 'alerts@alerts.example.org' },
    replyTo: { name: 'Alerts', address: 'alerts@alerts.example.org' },
    to: { name: '', address },
    envelopeFrom: `b+${deliveryId}@bounce.example.org`,
    needsSmtpUtf8: recipient.needsSmtpUtf8,
    headers: [['X-Rollcall-Delivery', deliveryId]],
    subject: shared.subject,
    text: shared.text,
    html: shared.html,
    shared,
    values: {},
    raw: () => Buffer.from(raw),
  }
}
