// What the server offered in EHLO, and the commands for one message that follow from it.
import type { Envelope } from './guard.ts'

/** What a server can do (RFC 5321 section 4.1.1.1). */
export interface Extensions {
  /** The words after EHLO, upper case, without their parameters: `PIPELINING`, `SIZE`, … */
  words: readonly string[]
  pipelining: boolean
  size: boolean
  /** Bytes of the largest message (RFC 1870), or null when it names no limit. */
  maxSize: number | null
  eightBitMime: boolean
  smtpUtf8: boolean
  dsn: boolean
}

/** One message for the wire. */
export interface Parcel {
  /** What a report names the message by (ENVID). */
  envelopeId: string
  envelope: Envelope
  /** Header fields of the transport's own, ASCII, each with its CRLF: they go out on top of the message. */
  top: string
  raw: Buffer
}

/** Returns the bytes of the message on the wire, without what makes it transparent (RFC 1870 section 3). */
function sizeOf({ top, raw }: Parcel): number {
  return top.length + raw.length
}

/** Returns what the reply to EHLO offers; the reply to HELO offers nothing. */
export function parseExtensions(reply: string): Extensions {
  const lines = reply
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.slice(4).trim().toUpperCase())
  const words = lines.map((line) => line.split(/[ =]/, 1)[0] ?? '')
  const limit = Number(/^SIZE[ =]+(\d{1,15})$/.exec(lines.find((line) => line.startsWith('SIZE')) ?? '')?.[1] ?? 0)
  return {
    words,
    pipelining: words.includes('PIPELINING'),
    size: words.includes('SIZE'),
    maxSize: limit > 0 ? limit : null,
    eightBitMime: words.includes('8BITMIME'),
    smtpUtf8: words.includes('SMTPUTF8'),
    dsn: words.includes('DSN'),
  }
}

/** Returns a sentence that says why this server cannot take this message, or null when it can. */
export function refuseUnfit(parcel: Parcel, offered: Extensions): string | null {
  if (parcel.envelope.needsSmtpUtf8 && !offered.smtpUtf8)
    return 'not sent: the address is not ASCII and the server does not offer SMTPUTF8 (RFC 6531)'
  if (offered.maxSize !== null && sizeOf(parcel) > offered.maxSize)
    return `not sent: the message has ${sizeOf(parcel)} bytes, and the server takes at most ${offered.maxSize}`
  return null
}

/** Returns MAIL with the parameters the server offers: SMTPUTF8, BODY, SIZE, and RET and ENVID of DSN (RFC 3461). */
export function mailCommand(parcel: Parcel, offered: Extensions): string {
  const { envelopeId, envelope } = parcel
  const utf8 = envelope.needsSmtpUtf8 ? ` SMTPUTF8${offered.eightBitMime ? ' BODY=8BITMIME' : ''}` : ''
  const size = offered.size ? ` SIZE=${sizeOf(parcel)}` : ''
  const dsn = offered.dsn ? ` RET=HDRS ENVID=${xtext(envelopeId)}` : ''
  return `MAIL FROM:<${envelope.from}>${utf8}${size}${dsn}\r\n`
}

/** Returns RCPT, with NOTIFY and ORCPT where DSN is offered; ORCPT cannot carry an address beyond ASCII in xtext. */
export function rcptCommand({ envelope }: Parcel, offered: Extensions): string {
  const orcpt = envelope.needsSmtpUtf8 ? '' : ` ORCPT=rfc822;${xtext(envelope.to)}`
  return `RCPT TO:<${envelope.to}>${offered.dsn ? ` NOTIFY=FAILURE,DELAY${orcpt}` : ''}\r\n`
}

/** Returns the text as xtext (RFC 3461 section 4): "+", "=" and all but printable ASCII as `+XX`. */
function xtext(text: string): string {
  if (!/[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/.test(text)) return text
  const hexed = (byte: number): string => `+${byte.toString(16).toUpperCase().padStart(2, '0')}`
  const isPlain = (byte: number): boolean => byte > 0x20 && byte < 0x7f && byte !== 0x2b && byte !== 0x3d
  return Array.from(Buffer.from(text), (byte) => (isPlain(byte) ? String.fromCharCode(byte) : hexed(byte))).join('')
}
