// What a receiver said, as a value that is safe to keep: code, enhanced code, and text without addresses.
import type { Reply } from './transport.ts'

const LINE = /^(\d{3})(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})(?=\s|$))?)?\s*(.*)$/
const LONGEST = 2_000 // what a server may make us look at
const KEPT = 500

/**
 * Returns the reply of an SMTP server (RFC 5321 section 4.2, enhanced codes of RFC 3463), many lines joined by a
 * space. `recipient` is cut out of the text too, even where only its local part stands. Code 0: no reply at all.
 */
export function parseReply(response: string, recipient = ''): Reply {
  const lines = response
    .slice(0, LONGEST)
    .split(/\r?\n/)
    .map((line) => LINE.exec(line.trim()) ?? ['', '', '', line.trim()])
  const text = lines
    .map((line) => line[3] ?? '')
    .filter((part) => part !== '')
    .join(' ')
  const enhanced = lines.map((line) => line[2] ?? '').find((code) => code !== '') ?? null
  return { code: Number(lines.at(-1)?.[1] ?? lines[0]?.[1] ?? 0), enhanced, text: stripAddresses(text, recipient) }
}

/** Returns a reply of our own making, for transports whose receiver does not speak SMTP. */
export function madeReply(code: number, text: string, enhanced: string | null = null): Reply {
  return { code, enhanced, text: stripAddresses(text) }
}

/** Returns `550 5.1.1 text`, for a sentence or a column. */
export function replyText(reply: Reply): string {
  return [reply.code, reply.enhanced ?? '', reply.text].filter((part) => part !== '').join(' ')
}

/**
 * Returns `text` with everything that looks like an address replaced by `[address]` (threat T20), control
 * characters gone, at most 500 characters.
 */
export function stripAddresses(text: string, recipient = ''): string {
  const clean = text.slice(0, LONGEST).replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
  const bare = clean
    .replace(/"[^"]*"(?=@)/g, '')
    .replace(/[^\s<>()[\],;:"]+/g, (word) => (/@|%40|=40/i.test(word) ? '[address]' : word))
  return withoutLocalPart(bare, recipient).slice(0, KEPT).trim()
}

/** A local part of letters only may be a word of the reply (`user unknown`), so it stays. */
function withoutLocalPart(text: string, recipient: string): string {
  const local = recipient.slice(0, Math.max(recipient.lastIndexOf('@'), 0))
  if (local.length < 3 || /^\p{L}+$/u.test(local)) return text
  // Nearly always: plain ASCII that is not there. Compiling a pattern to find that out would cost 70 µs a message.
  if (isAscii(text) && isAscii(local) && !text.toLowerCase().includes(local.toLowerCase())) return text
  return text.replaceAll(new RegExp(escapeRegExp(local), 'giu'), '[address]')
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
}
