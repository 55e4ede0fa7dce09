// How big a message may be: Gmail clips long HTML, and with it the footer and its opt-out.
import type { Problem } from '../problem.ts'

/** Gmail clips at about 102 KB; a kilobyte here is 1,000 bytes, the careful reading. */
const HTML_WARN_BYTES = 90_000
const HTML_STOP_BYTES = 102_000
const MESSAGE_STOP_BYTES = 500_000

/** Returns what is too big: the HTML in UTF-8 as one subscriber gets it, or the whole encoded message. */
export function lintSize(html: string, rawBytes: number): Problem[] {
  return [...htmlSize(Buffer.byteLength(html)), ...messageSize(rawBytes)]
}

function htmlSize(bytes: number): Problem[] {
  if (bytes <= HTML_WARN_BYTES) return []
  const stops = bytes > HTML_STOP_BYTES
  return [
    {
      severity: stops ? 'error' : 'warning',
      code: 'html_too_big',
      message: `the HTML part has ${kilobytes(bytes)}; Gmail clips at ${kilobytes(HTML_STOP_BYTES)} and hides the footer`,
      hint: 'shorten the template or show fewer seats',
    },
  ]
}

function messageSize(bytes: number): Problem[] {
  if (bytes <= MESSAGE_STOP_BYTES) return []
  const message = `the whole message has ${kilobytes(bytes)}; ${kilobytes(MESSAGE_STOP_BYTES)} is the most`
  return [{ severity: 'error', code: 'message_too_big', message, hint: 'shorten the template' }]
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`
}
