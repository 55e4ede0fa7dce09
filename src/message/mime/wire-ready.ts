// Which messages may leave byte for byte as they are: known from their parts, so that nobody searches each message again.

/** A dot at the start of a line, or a line end that is not CRLF. */
const UNFIT = /^\.|\n\.|(?<!\r)\n|\r(?!\n)/
/** The same; or blanks that the relaxed form of RFC 6376 section 3.4.4 would change. */
const UNREADY = /^\.|\n\.|(?<!\r)\n|\r(?!\n)|\t| {2}| \r| $/

const WIRE_READY = Symbol('wire ready')

interface Marked extends Buffer {
  [WIRE_READY]?: true
}

/** Whether a part of a body that starts at a line start is ready. */
export function isReadyPart(part: string): boolean {
  return !UNREADY.test(part)
}

/** Whether a head is ready; blanks do not matter there. */
export function isReadyHead(head: string): boolean {
  return !UNFIT.test(head)
}

/** Notes that these bytes are ready, all parts of them being so. */
export function markWireReady(raw: Marked): void {
  raw[WIRE_READY] = true
}

/**
 * Whether the message is known to be transparent for SMTP (RFC 5321 section 4.5.2), with CRLF at its end, and its body to be
 * its own relaxed form (RFC 6376). False says nothing: somebody must look.
 */
export function isWireReady(raw: Marked): boolean {
  return raw[WIRE_READY] === true
}
