// A mail address: one mailbox, checked by our own linear parser before anything is sent to it or kept.
import { createHmac } from 'node:crypto'
import { domainToASCII, domainToUnicode } from 'node:url'
import { createMac } from './hmac.ts'

/** One mailbox (mail-rules, section 1). Compare `normalised`, send to `ascii`, show `text`. */
export interface Address {
  /** As given, without surrounding blanks. */
  text: string
  /** The part before the `@`, spelled as given. */
  local: string
  /** Lower-case A-labels (RFC 5890): `xn--bcher-kva.example`. */
  domain: string
  /** Lower-case local part in NFC, `@`, domain: two spellings of one mailbox are equal here. */
  normalised: string
  /** What goes into RCPT TO: the local part as given, `@`, domain. */
  ascii: string
  /** True when the local part is not ASCII: every hop must offer SMTPUTF8 (RFC 6531). */
  needsSmtpUtf8: boolean
}

export type ParsedAddress = { ok: true; address: Address } | { ok: false; problem: string; hint: string }

const MAX_TEXT = 1000 // UTF-16 units, checked before anything else looks at the text (threat T22)
const MAX_LOCAL = 64 // octets, RFC 5321 section 4.5.3.1.1
const MAX_DOMAIN = 253 // octets without the final dot, RFC 1035 section 2.3.4
const MAX_ADDRESS = 254 // octets, RFC 5321 section 4.5.3.1.3 less the angle brackets

const ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u{80}-\u{10ffff}-]+$/u // RFC 5322 atext and RFC 6531 UTF8-non-ascii
const ASCII = /^[\x21-\x7e]+$/
const CONTROL = /[\p{C}\p{Zl}\p{Zp}]/u // controls, format and bidi marks, surrogates, unassigned, line separators
const BLANK = /\p{Zs}/u
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/ // RFC 1123 section 2.1

/**
 * Returns the one mailbox that `text` names, or what is wrong with it and what to do.
 * Accepts a dot-atom local part at a domain of two or more labels; refuses quoted local parts,
 * comments, domain literals, display names and lists (mail-rules, section 1; threats T4, T22). Never throws.
 */
export function parseAddress(text: string): ParsedAddress {
  if (text.length > MAX_TEXT) return refuse('the address is far too long', `write at most ${MAX_ADDRESS} characters`)
  const trimmed = trimBlanks(text)
  if (trimmed === '') return refuse('the address is empty', 'write an address such as name@example.org')
  if (CONTROL.test(trimmed)) {
    return refuse('the address holds a line break or an invisible character', 'delete it or write the address anew')
  }
  const at = trimmed.indexOf('@')
  const structure = refuseStructure(trimmed, at)
  if (structure) return structure
  return assemble(trimmed, trimmed.slice(0, at), trimmed.slice(at + 1))
}

function refuse(problem: string, hint: string): { ok: false; problem: string; hint: string } {
  return { ok: false, problem, hint }
}

/** Returns the text without spaces, tabs and no-break spaces at its ends; line breaks stay and are refused. */
function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0xa0
}

function refuseStructure(text: string, at: number): ParsedAddress | null {
  if (/[<>]/.test(text)) return refuse('the address has angle brackets', 'keep only the part between < and >')
  if (/[,;]/.test(text)) return refuse('there is a comma or semicolon in the address', 'write one address')
  if (/["\\]/.test(text)) return refuse('the address is quoted', 'mailboxes with quoted names are not supported')
  if (BLANK.test(text))
    return refuse('the address holds a blank', 'delete it; a row names one address and nothing else')
  if (/[()]/.test(text)) return refuse('the address has a comment', 'delete the parentheses and what is between them')
  if (at === -1) return refuse('the address has no "@"', 'write an address such as name@example.org')
  if (text.includes('@', at + 1)) return refuse('the address has more than one "@"', 'write one address')
  return null
}

function assemble(text: string, local: string, domainText: string): ParsedAddress {
  const badLocal = refuseLocal(local)
  if (badLocal) return badLocal
  const domain = domainName(domainText)
  if (domain === null) {
    return refuse(`"${domainText}" is not a mail domain`, 'write a full domain name such as example.org after the "@"')
  }
  const ascii = `${local}@${domain}`
  if (Buffer.byteLength(ascii) > MAX_ADDRESS) {
    return refuse('the address is too long', `an address has at most ${MAX_ADDRESS} octets`)
  }
  const normalised = `${local.normalize('NFC').toLowerCase().normalize('NFC')}@${domain}`
  return { ok: true, address: { text, local, domain, normalised, ascii, needsSmtpUtf8: !ASCII.test(local) } }
}

function refuseLocal(local: string): ParsedAddress | null {
  if (local === '') return refuse('nothing stands before the "@"', 'write an address such as name@example.org')
  if (Buffer.byteLength(local) > MAX_LOCAL) {
    return refuse('the part before the "@" is too long', `it has at most ${MAX_LOCAL} octets`)
  }
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) {
    return refuse('the part before the "@" has a dot at an end or two dots together', 'correct the dots')
  }
  // A wide or styled character may become a forbidden one where a relay folds compatibility forms.
  const plain = [local, local.normalize('NFKC'), local.toLowerCase()]
  if (plain.every((form) => form.split('.').every((atom) => ATOM.test(atom)))) return null
  return refuse(
    'the part before the "@" has a character that no mailbox has',
    'correct it; a list of people needs one row each',
  )
}

/** Returns the lower-case A-label form, or null when this is no public domain name of two or more labels. */
function domainName(text: string): string | null {
  const lower = text.toLowerCase()
  const needsMapping = !ASCII.test(text) || lower.includes('xn--')
  // domainToASCII reads more than names (escapes, numbers), so only letters, digits, "-" and "." reach it.
  if (/[^a-z0-9.\-\u{80}-\u{10ffff}]/u.test(lower)) return null
  const domain = needsMapping ? domainToASCII(lower) : lower
  const labels = domain.split('.')
  const last = labels.at(-1) ?? ''
  if (domain.length > MAX_DOMAIN || labels.length < 2 || !/^[a-z]/.test(last)) return null
  // A label that decodes to nothing stays as it is: no such A-label exists (RFC 5891 section 4.4).
  if (needsMapping && domainToUnicode(domain).includes('xn--')) return null
  return labels.every((label) => LABEL.test(label)) ? domain : null
}

/** Returns 32 bytes that stand for a normalised address: HMAC-SHA-256, so that they cannot be guessed back. */
export function addressKey(key: Buffer, normalised: string): Buffer {
  return createHmac('sha256', key).update(normalised).digest()
}

/** Returns `addressKey` under one key, in hex, ten times as fast: for lists of a million addresses. */
export function addressKeyer(key: Buffer): (normalised: string) => string {
  const mac = createMac(key)
  return (normalised) => Buffer.from(mac(Buffer.from(normalised).toString('latin1')), 'latin1').toString('hex')
}

/** Returns the address with all but first letters and the last label hidden: `j***@e***.org` (threat T11). */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const [first = ''] = address.slice(0, Math.max(at, 0))
  const [domainFirst = ''] = address.slice(at + 1)
  const dot = address.lastIndexOf('.')
  return `${first}***@${domainFirst}***${dot > at ? address.slice(dot) : ''}`
}
