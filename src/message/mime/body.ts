// The body of a multipart/alternative message: plain text first, then HTML (RFC 2046 section 5.1.4).
import { isReadyHead, markWireReady } from './wire-ready.ts'

/** Returns a boundary that cannot occur in quoted-printable ("=_" is no escape), the same for the same Message-ID. */
export function boundaryFor(messageId: string): string {
  return `=_${messageId
    .replace(/@.*$/, '')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 60)}`
}

/** Encoded content: bytes, or a string of ASCII alone. */
export type Encoded = Buffer | string

export interface EncodedBody {
  parts: readonly Encoded[]
  /** Whether all parts are known to be ready for the wire. */
  isReady: boolean
}

/** Returns the whole message from its head (with CRLF at the end) and its two encoded parts. */
export function assembleMessage(head: string, boundary: string, text: EncodedBody, html: EncodedBody): Buffer {
  const raw = concat([
    Buffer.from(head, 'utf8'),
    `\r\n--${boundary}\r\n${TEXT_HEAD}`,
    ...text.parts,
    `\r\n--${boundary}\r\n${HTML_HEAD}`,
    ...html.parts,
    `\r\n--${boundary}--\r\n`,
  ])
  if (text.isReady && html.isReady && isReadyHead(head)) markWireReady(raw)
  return raw
}

const TEXT_HEAD = partHead('text/plain')
const HTML_HEAD = partHead('text/html')

function partHead(type: string): string {
  return `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`
}

/** One piece of memory for the whole message: small buffers for every value would cost more than the copying. */
function concat(parts: readonly Encoded[]): Buffer {
  let size = 0
  for (const part of parts) size += part.length
  const out = allocate(size)
  let at = 0
  for (const part of parts) at += typeof part === 'string' ? out.write(part, at, 'latin1') : part.copy(out, at)
  return out
}

/** Several messages share a slab, which is never used again: the collector has fewer things to free. */
const SLAB = 2 ** 18
let slab = Buffer.alloc(0)

function allocate(size: number): Buffer {
  if (size > SLAB / 4) return Buffer.allocUnsafeSlow(size)
  if (size > slab.length) slab = Buffer.allocUnsafeSlow(SLAB)
  const taken = slab.subarray(0, size)
  slab = slab.subarray(size)
  return taken
}
