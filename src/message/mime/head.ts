// The head of a message on the wire: header lines that no value can break out of.
import { domainToASCII } from 'node:url'
import { RollcallError } from '../../core/errors.ts'
import type { Header, Mailbox, MessageHead } from '../message.ts'
import { encodeWords } from './encoded-word.ts'

/** RFC 2047 section 2 for lines with encoded words, without CRLF; RFC 5322 2.1.1 would allow 78. */
const FOLD_AT = 76
const MAX_LINE = 998

const OWN_VALUE = /^[\x20-\x7e]{1,900}$/
const OWN_NAME = /^[A-Za-z][A-Za-z0-9-]{0,60}$/
// Written by this file, by the signer or by the relay; a second one would change what the message means.
const RESERVED = new Set(
  (
    'from sender reply-to to cc bcc subject date message-id mime-version content-type content-transfer-encoding ' +
    'return-path received dkim-signature authentication-results resent-from resent-to'
  ).split(' '),
)

/**
 * Returns all header lines of a multipart/alternative message, each ending in CRLF, without the blank line.
 * People's words (subject, display names) are cleaned and encoded; everything else must already be right:
 * throws `unsafe_header` for an address, id, date, boundary or header of ours that is not (threat T4).
 * Header lines of ours stay unfolded, since folding has broken List-Unsubscribe at some relays.
 */
export function encodeHead(head: MessageHead, subject: string, boundary: string): string {
  return [
    fromField(head.from),
    field('To', mailbox(head.to)),
    replyToField(head.replyTo),
    field('Subject', unstructured('Subject', subject)),
    dateField(head.date),
    `Message-ID: <${checked(head.messageId, /^[\x21-\x3b\x3d\x3f-\x7e]{1,400}@[A-Za-z0-9.-]{1,255}$/, 'message id')}>\r\n`,
    ...ownHeaders(head.headers),
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/alternative;\r\n boundary="${checked(boundary, /^[A-Za-z0-9'()+_,./:=?-]{1,70}$/, 'boundary')}"\r\n`,
  ].join('')
}

/** The sender and the launch are the same objects for all messages of a campaign: each is written once. */
const fromField = rememberEach((from: Mailbox) => field('From', mailbox(from)))
const replyToField = rememberEach((replyTo: Mailbox) => field('Reply-To', mailbox(replyTo)))
const dateField = rememberEach((at: Date) => `Date: ${date(at)}\r\n`)

function rememberEach<Thing extends object>(write: (thing: Thing) => string): (thing: Thing) => string {
  const written = new WeakMap<Thing, string>()
  return (thing) => {
    const known = written.get(thing)
    if (known !== undefined) return known
    const text = write(thing)
    written.set(thing, text)
    return text
  }
}

/** Returns the words on one line as people may give them: no controls, no line ends, no direction overrides. */
export function cleanWords(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
}

function unstructured(name: string, text: string): string[] {
  const words = cleanWords(text)
  return isPlain(words, name.length) ? words.split(' ') : encodeWords(words)
}

/** Whether the text may stand as it is: ASCII, foldable at single spaces, nothing that reads as an encoded word. */
function isPlain(text: string, used: number): boolean {
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)) return text === ''
  return !text.includes('=?') && text.split(' ').every((word) => word.length + used + 2 <= FOLD_AT)
}

function mailbox({ name, address }: Mailbox): string[] {
  const spec = addressSpec(address)
  const words = cleanWords(name)
  return words === '' ? [spec] : [...phrase(words), `<${spec}>`]
}

function phrase(words: string): string[] {
  if (/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$/.test(words) && isPlain(words, 0)) return words.split(' ')
  // A quoted string folds at its spaces as well (RFC 5322 3.2.4).
  if (isPlain(words, 4)) return `"${words.replace(/["\\]/g, '\\$&')}"`.split(' ')
  return encodeWords(words)
}

/** Returns the address with its domain as A-labels; a local part beyond ASCII needs SMTPUTF8 and stays as it is (RFC 6532). */
function addressSpec(address: string): string {
  const at = address.lastIndexOf('@')
  // "=?" would let a lenient reader decode a second address out of the first.
  const local = checked(address.slice(0, Math.max(at, 0)), /^(?!.*=\?)[^\p{C}\p{Z}"(),:;<>@[\\\]]{1,64}$/u, 'address')
  const domain = aLabels(address.slice(at + 1))
  return `${local}@${checked(domain, /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i, `address ${address}`)}`
}

/** A lower-case ASCII name of letters is its own A-label form; converting it would cost more than all else here. */
function aLabels(domain: string): string {
  const isPlain = /^(?:[a-z][a-z0-9]*\.)+[a-z]+$/.test(domain)
  return isPlain ? domain : domainToASCII(domain)
}

function ownHeaders(headers: readonly Header[]): string[] {
  const seen = new Set<string>()
  return headers.map(([name, value]) => {
    const key = name.toLowerCase()
    if (RESERVED.has(key) || seen.has(key)) throw unsafe('header', `${name} (it may stand only once)`)
    seen.add(key)
    return `${checked(name, OWN_NAME, 'header name')}: ${checked(value, OWN_VALUE, `header ${name}`)}\r\n`
  })
}

/** Returns `Thu, 21 Dec 2017 23:48:00 +0000` (RFC 5322 3.3). */
function date(at: Date): string {
  if (Number.isNaN(at.getTime())) throw unsafe('date', String(at))
  return at.toUTCString().replace('GMT', '+0000')
}

/** Returns the header with its words on as few lines as fit, each ending in CRLF. */
function field(name: string, words: readonly string[]): string {
  const lines = [`${name}:`]
  for (const word of words) {
    const line = lines.at(-1) ?? ''
    // The first word stays on the first line: a line of white space only is obsolete syntax.
    const fits = line.length + 1 + word.length <= FOLD_AT || line === `${name}:`
    if (fits) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(` ${word}`)
  }
  if (lines.some((line) => Buffer.byteLength(line) > MAX_LINE))
    throw unsafe('header', `${name} of ${words.join(' ').length} characters`)
  return `${lines.join('\r\n')}\r\n`
}

function checked(value: string, pattern: RegExp, what: string): string {
  if (!pattern.test(value)) throw unsafe(what, JSON.stringify(value))
  return value
}

function unsafe(what: string, shown: string): RollcallError {
  return new RollcallError('unsafe_header', `the ${what} ${shown} cannot stand in a message head`, {
    hint: 'this is refused before any byte leaves; correct the value where it comes from',
  })
}
