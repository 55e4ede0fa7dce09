// A letter: a short mail that a page sends to one person because somebody asked for it, such as a confirmation.
import type { KeyObject } from 'node:crypto'
import { RollcallError } from '../core/errors.ts'
import { parseAddress } from '../core/address.ts'
import { messageId } from './message-id.ts'
import type { Header, Mailbox, Message } from './message.ts'
import { assembleMessage, boundaryFor, type EncodedBody } from './mime/body.ts'
import { encodeHead } from './mime/head.ts'
import { encodePieces } from './mime/quoted-printable.ts'

/** The words of a letter, in one language. Paragraphs are plain text: nothing in them becomes markup. */
export interface Letter {
  language: string
  subject: string
  paragraphs: readonly string[]
  /** The one thing to press. */
  link: { words: string; url: string }
  /** Below the link. */
  after: readonly string[]
  /** In small print: who writes, and why. */
  footer: readonly string[]
  /** Where the mailbox can be closed to such letters with one click (RFC 8058); null where there is nothing to leave. */
  leave: { words: string; url: string } | null
}

/** What all letters of an installation have in common. */
export interface Letterhead {
  from: Mailbox
  replyTo: Mailbox
  /** MAIL FROM. */
  envelopeFrom: string
  /** Keys the Message-IDs. */
  messageKey: Buffer | KeyObject
}

/**
 * Returns the message to one address. `id` names it apart from all others and may be a file name. It says that a program wrote
 * it (RFC 3834). Throws `bad_recipient` for what is no plain address.
 */
export function composeLetter(letter: Letter, to: string, letterhead: Letterhead, id: string, date: Date): Message {
  const recipient = parseAddress(to)
  const sender = parseAddress(letterhead.from.address)
  if (!recipient.ok || !sender.ok)
    throw new RollcallError('bad_recipient', 'a letter cannot be addressed', {
      hint: 'sender and recipient must each be one plain address',
    })
  const head = {
    deliveryId: id,
    messageId: messageId(
      letterhead.messageKey,
      { campaignId: 'letter', revision: 0, deliveryId: id },
      sender.address.domain,
    ),
    date,
    from: letterhead.from,
    replyTo: letterhead.replyTo,
    to: { name: '', address: recipient.address.text },
    envelopeFrom: letterhead.envelopeFrom,
    needsSmtpUtf8: recipient.address.needsSmtpUtf8,
    headers: headersOf(letter),
  }
  const content = { subject: letter.subject, text: textOf(letter), html: htmlOf(letter) }
  const boundary = boundaryFor(head.messageId)
  return {
    ...head,
    ...content,
    shared: content,
    values: {},
    raw: () =>
      assembleMessage(
        encodeHead(head, content.subject, boundary),
        boundary,
        encoded(content.text),
        encoded(content.html),
      ),
  }
}

function headersOf({ language, leave }: Letter): Header[] {
  const unsubscribe: Header[] =
    leave === null
      ? []
      : [
          ['List-Unsubscribe', `<${leave.url}>`],
          ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
        ]
  return [
    ...unsubscribe,
    ['Auto-Submitted', 'auto-generated'],
    ['X-Auto-Response-Suppress', 'OOF, AutoReply'],
    ['Content-Language', language],
  ]
}

function encoded(text: string): EncodedBody {
  return { parts: encodePieces([text]), isReady: false }
}

function textOf({ paragraphs, link, after, leave, footer }: Letter): string {
  const leaving = leave === null ? [] : [`${leave.words}:\n${leave.url}`]
  const blocks = [...paragraphs, `${link.words}:\n${link.url}`, ...after, ...leaving, ['-- ', ...footer].join('\n')]
  return `${blocks.map(wrapped).join('\n\n')}\n`
}

/** Breaks lines of prose at 72 characters; a link stays whole. */
function wrapped(block: string): string {
  return block.split('\n').map(wrapLine).join('\n')
}

function wrapLine(line: string): string {
  let out = ''
  let column = 0
  for (const word of line.split(' ')) {
    if (column > 0 && column + 1 + word.length > 72) {
      out += `\n${word}`
      column = word.length
    } else {
      out += column > 0 || out !== '' ? ` ${word}` : word
      column += word.length + 1
    }
  }
  return out
}

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

function htmlOf({ language, subject, paragraphs, link, after, leave, footer }: Letter): string {
  const block = (text: string) => `<p style="margin:0 0 16px">${escapeHtml(text).replaceAll('\n', '<br>')}</p>`
  return [
    `<!doctype html><html lang="${escapeHtml(language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<meta name="color-scheme" content="light dark"><title>${escapeHtml(subject)}</title></head>`,
    `<body style="margin:0;padding:24px;${FONT};font-size:16px;line-height:1.5"><div style="max-width:560px;margin:0 auto">`,
    ...paragraphs.map(block),
    `<p style="margin:24px 0"><a href="${escapeHtml(link.url)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#1f4e9e;color:#ffffff;font-weight:700;text-decoration:none">${escapeHtml(link.words)}</a></p>`,
    ...after.map(block),
    ...(leave === null
      ? []
      : [`<p style="margin:0 0 16px"><a href="${escapeHtml(leave.url)}">${escapeHtml(leave.words)}</a></p>`]),
    `<p style="margin:32px 0 0;font-size:14px">${footer.map(escapeHtml).join('<br>')}</p>`,
    '</div></body></html>\n',
  ].join('\n')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
