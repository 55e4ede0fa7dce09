// A message as it goes over the wire after DATA: dots at line starts doubled, every line end CRLF.
import { isWireReady } from '../../message/mime/wire-ready.ts'

const CRLF = Buffer.from('\r\n')
const LF = 10

const BARE = /(?<!\r)\n|\r(?!\n)/
/** A bare line end, or a dot at the start of a line. */
const UNFIT = /^\.|\n\.|(?<!\r)\n|\r(?!\n)/

/** What ends the message: a dot on a line of its own. */
export const FINAL_DOT = Buffer.from('.\r\n')

/**
 * Returns the message transparent for SMTP (RFC 5321 section 4.5.2), ending in CRLF, without the final dot; nearly
 * always these are the very bytes given. Bare CR and LF become CRLF: a relay that reads either as a line end could
 * otherwise see an end of the message that is none.
 */
export function transparent(raw: Buffer): Buffer {
  if (isWireReady(raw)) return raw
  const text = raw.toString('latin1')
  const body = UNFIT.test(text) ? Buffer.from(withCrlf(text).replace(/^\.|\n\./g, '$&.'), 'latin1') : raw
  return body.at(-1) === LF ? body : Buffer.concat([body, CRLF])
}

/** Returns the text with every line end as CRLF, as it stands on the wire. */
export function withCrlf(text: string): string {
  return BARE.test(text) ? text.replace(/\r\n?|\n/g, '\r\n') : text
}
