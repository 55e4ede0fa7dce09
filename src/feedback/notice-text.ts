// The words of a notice: HTML made plain, and the returned message that many servers put below them cut off.

const TAG = /<[^<>]{0,4000}>/g
const BREAK = /<(?:br|\/?p|\/?div|\/?tr|\/?li|\/?h[1-6]|\/?table|\/?pre)\b[^<>]{0,4000}>/gi
const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  rsquo: '’',
}

const LONGEST_HTML = 256_000

/** Returns the text of an HTML notice. It is for finding words, not for showing. */
export function plainText(html: string): string {
  const shown = ['style', 'script'].reduce(without, html.slice(0, LONGEST_HTML).replaceAll('\r', ''))
  return shown
    .replace(BREAK, '\n')
    .replace(TAG, ' ')
    .replace(/&(?:#(\d{1,6})|(\w{1,8}));/g, (whole, code: string | undefined, name: string | undefined) =>
      code === undefined ? (ENTITIES[name ?? ''] ?? whole) : String.fromCodePoint(Math.min(Number(code), 0xffff)),
    )
    .replace(/[ \t]{2,}/g, ' ')
}

/** Returns the text without these elements; each character is looked at once. */
function without(html: string, name: string): string {
  const lower = html.toLowerCase()
  const kept: string[] = []
  let from = 0
  for (;;) {
    const start = lower.indexOf(`<${name}`, from)
    const end = start === -1 ? -1 : lower.indexOf(`</${name}`, start)
    if (end === -1) return kept.join(' ') + html.slice(from)
    kept.push(html.slice(from, start))
    from = end + name.length + 2
  }
}

/** Lines after which a mail server puts what it returns: Postfix, Exim, sendmail, qmail, Gmail, GMX, Courier and others. */
const SEPARATOR =
  /^[\s>]*(?:[-=_*#]{2,}\s*)?(?:(?:this|enclosed|included|below) (?:line )?is a copy of (?:the|your) (?:original )?message|below this line is a copy|(?:unsent|returned|original|undelivered|the original) message\b.{0,30}(?:follows|below|attached|-{2,}|:$)|original message\b(?=\s*-*\s*$)|message headers? follow|the header of the original message|headers? of the (?:original|returned) message|text of (?:the )?(?:original|message)|your (?:original )?message (?:reads|follows)|unsent message (?:below|follows)|original mail as follows|(?:your|the) (?:original )?(?:message|mail) (?:was|is) as follows|received headers?:?\s*$)/i
const HEADER_LINE = /^[A-Za-z][A-Za-z0-9-]{1,40}:(?:\s|$)/
const MESSAGE_HEADER = /^(?:return-path|received|from|to|subject|message-id|date|dkim-signature|mime-version):/i
const REPORT_HEADER =
  /^(?:final-recipient|original-recipient|action|status|diagnostic-code|remote-mta|reporting-mta|feedback-type|original-envelope-id|arrival-date|last-attempt-date|received-from-mta|will-retry-until):/i

/** Returns the notice and what is returned below it, if anything. */
export function cutReturned(text: string): { notice: string; returned: string } {
  const lines = text.split('\n')
  const at = lines.findIndex((line, index) => isSeparator(line) || startsMessage(lines, index))
  if (at === -1) return { notice: text, returned: '' }
  return { notice: lines.slice(0, at).join('\n'), returned: lines.slice(at).join('\n').trimStart() }
}

function isSeparator(line: string): boolean {
  return line.length < 200 && SEPARATOR.test(line)
}

/** Three header lines together, none of them of a report: a message begins. */
function startsMessage(lines: readonly string[], at: number): boolean {
  const first = lines[at] ?? ''
  if (!MESSAGE_HEADER.test(first)) return false
  let headers = 0
  for (const line of lines.slice(at, at + 8)) {
    if (REPORT_HEADER.test(line)) return false
    if (HEADER_LINE.test(line)) headers += 1
    else if (!/^[ \t]+\S/.test(line)) break
  }
  return headers >= 3
}

/** Returns the text without what somebody quotes: lines that begin with `>`. */
export function unquoted(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s{0,3}>(?!>>)/.test(line))
    .join('\n')
}
