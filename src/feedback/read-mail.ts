// The bytes of a returned mail -> its parts as text. Whatever the bytes are, there is an answer (threat T22).
import PostalMime, { type Attachment, type Email } from 'postal-mime'
import { readFields, type Field } from './header-block.ts'
import { cutReturned, plainText } from './notice-text.ts'

/** A mail, taken apart. Lines end in LF. */
export interface Mail {
  fields: readonly Field[]
  /** What somebody or something wrote, up to the message that it returns. */
  notice: string
  /** message/delivery-status (RFC 3464) and its international form (RFC 6533). */
  statuses: readonly string[]
  /** message/feedback-report (RFC 5965). */
  feedbacks: readonly string[]
  /** What is left of the message that was returned: its head, mostly. */
  returned: string
  /** Lower case, without parameters. */
  contentType: string
}

const MOST_BYTES = 500_000 // reports come before what they return; the rest of the mail is not looked at
const MOST_HEAD = 256_000
const MOST_NOTICE = 64_000
const DEEPEST = 32

/** Returns the parts of a mail. Never throws: bytes that are no mail have no fields and are all notice. */
export async function readMail(bytes: Uint8Array): Promise<Mail> {
  const raw = withoutMboxLine(linesEndInLf(Buffer.from(bytes.subarray(0, MOST_BYTES))))
  const head = raw.subarray(0, MOST_HEAD).toString('latin1').split('\n\n', 1)[0] ?? ''
  const fields = readFields(head)
  const email = await parse(raw)
  if (email === null) return readRaw(raw, fields)
  const mail = takeApart(email, fields)
  // A boundary that does not occur hides all there is.
  const isEmpty = mail.notice.trim() === '' && mail.statuses.length + mail.feedbacks.length === 0
  return isEmpty ? readRaw(raw, fields) : mail
}

/** Some relays mix LF, CRLF and bare CR in one mail; nothing that is read here needs to know. */
function linesEndInLf(bytes: Buffer): Buffer {
  if (!bytes.includes(13)) return bytes
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number
    if (byte === 13 && bytes[at + 1] === 10) continue
    bytes[length] = byte === 13 ? 10 : byte
    length += 1
  }
  return bytes.subarray(0, length)
}

/** A mailbox file starts each mail with `From SENDER DATE`; some exports start with empty lines. */
function withoutMboxLine(bytes: Buffer): Buffer {
  let start = 0
  while (bytes[start] === 10) start += 1
  if (bytes.subarray(start, start + 5).toString('latin1') !== 'From ') return bytes.subarray(start)
  const end = bytes.indexOf(10, start)
  return end === -1 ? bytes.subarray(start) : bytes.subarray(end + 1)
}

/** Returns null for a mail that is nested too deep or has too large a head: it is then read as text. */
async function parse(raw: Buffer): Promise<Email | null> {
  try {
    return await PostalMime.parse(raw, {
      forceRfc822Attachments: true,
      maxNestingDepth: DEEPEST,
      maxHeadersSize: MOST_HEAD,
    })
  } catch {
    return null // not an error of ours: the parser says no more than that the mail is not well formed
  }
}

function readRaw(raw: Buffer, fields: readonly Field[]): Mail {
  const text = raw.subarray(0, MOST_NOTICE).toString('utf8')
  const { notice, returned } = cutReturned(text.slice(text.indexOf('\n\n') + 1))
  return { fields, notice, statuses: [], feedbacks: [], returned, contentType: contentTypeOf(fields) }
}

function takeApart(email: Email, fields: readonly Field[]): Mail {
  const statuses: string[] = []
  const feedbacks: string[] = []
  const returned: string[] = []
  const texts: string[] = []
  for (const part of email.attachments.slice(0, 100)) {
    const text = textOf(part)
    const type = part.mimeType
    if (/^message\/(?:global-|x-?)?delivery-status$/.test(type)) statuses.push(text)
    else if (type === 'message/feedback-report') feedbacks.push(text)
    else if (/^(?:message|text)\//.test(type) && /rfc822|global|partial/.test(type)) returned.push(text)
    else if (type.startsWith('text/')) texts.push(type === 'text/html' ? plainText(text) : text)
  }
  const written = (email.text ?? '').trim() === '' ? plainText(email.html ?? '') : (email.text ?? '')
  const cut = cutReturned(decoded([written, ...texts].join('\n').slice(0, MOST_NOTICE * 2)).slice(0, MOST_NOTICE))
  return {
    fields,
    notice: cut.notice,
    statuses,
    feedbacks,
    returned: [...returned, cut.returned].join('\n\n'),
    contentType: contentTypeOf(fields),
  }
}

function textOf(part: Attachment): string {
  const { content } = part
  if (typeof content === 'string') return content.slice(0, MOST_NOTICE)
  const bytes = Buffer.from(content instanceof Uint8Array ? content : new Uint8Array(content))
  return decoded(bytes.subarray(0, MOST_NOTICE).toString('utf8').replaceAll('\r', ''))
}

/** ISO-2022-JP that nobody declared is seven-bit text with escapes: it can be told by them. */
function decoded(text: string): string {
  const escape = '\u001b$'
  if (!text.includes(escape)) return text
  return new TextDecoder('iso-2022-jp').decode(Buffer.from(text, 'latin1'))
}

function contentTypeOf(fields: readonly Field[]): string {
  const value = fields.find(([name]) => name === 'content-type')?.[1] ?? ''
  return (value.split(';', 1)[0] ?? '').trim().toLowerCase()
}
