// The body of a multipart/alternative message: plain text first, then HTML (RFC 2046 section 5.1.4).

/** Returns a boundary that cannot occur in quoted-printable ("=_" is no escape), the same for the same Message-ID. */
export function boundaryFor(messageId: string): string {
  return `=_${messageId
    .replace(/@.*$/, '')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 60)}`
}

/** Returns the whole message from its head (with CRLF at the end) and its two encoded parts. */
export function assembleMessage(
  head: string,
  boundary: string,
  text: readonly Buffer[],
  html: readonly Buffer[],
): Buffer {
  return Buffer.concat([
    Buffer.from(`${head}\r\n--${boundary}\r\n${partHead('text/plain')}`, 'utf8'),
    ...text,
    Buffer.from(`\r\n--${boundary}\r\n${partHead('text/html')}`, 'latin1'),
    ...html,
    Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1'),
  ])
}

function partHead(type: string): string {
  return `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`
}
