// Finds what a mail server quotes of another: the reply within the prose.
export interface Quote {
  text: string
  reply: string | null
  status: string | null
}

const LONGEST = 800
const REPLY = /(?:^|[^\w.@-])([45]\d\d)(?=[ :-]|$)(?!\s*(?:messages|bytes|hours|mails))/m
const STATUS = /(?:^|[^\w.])([245]\.\d{1,2}\.\d{1,3})(?![\w.])/

/**
 * Returns the reply of the refusing server within `text`, and its codes; the text is empty where nothing is quoted.
 * `around` is what else may hold a transcript of the conversation.
 */
export function findQuote(text: string, around = text): Quote {
  const quoted = sendmailReason(around) ?? fromReply(text)
  return { text: quoted, ...codesOf(quoted === '' ? text : quoted) }
}

/** Returns the codes that stand in a text. A status that says more than x.0.0 is preferred. */
export function codesOf(text: string): { reply: string | null; status: string | null } {
  const short = text.slice(0, 2_000)
  const statuses = [...short.matchAll(new RegExp(STATUS, 'g'))].map((match) => match[1] as string)
  return {
    reply: REPLY.exec(short)?.[1] ?? null,
    status: statuses.find((each) => !each.endsWith('.0.0')) ?? statuses[0] ?? null,
  }
}

/** sendmail writes what it heard as `<<< 550 …` and as `(reason: 550 …)`, and then what it makes of it. */
function sendmailReason(text: string): string | null {
  const heard = text
    .split('\n')
    .filter(
      (line) => /^\s*<<< ?[45]\d\d/.test(line) && !/need rcpt|no valid recipients|rcpt (?:first|command)/i.test(line),
    )
    .map((line) => line.replace(/^\s*<<< ?/, ''))
  if (heard.length > 0) return heard.join(' ').slice(0, LONGEST)
  const reason = /\(reason: ([^\n]{1,800})\)/.exec(text)?.[1]
  return reason ?? null
}

function fromReply(text: string): string {
  const match = REPLY.exec(text)
  return match === null ? '' : text.slice(match.index, match.index + LONGEST).trim()
}

/** Cisco's mail gateways put the text of the code they chose before what the other side said: `5.1.0 - Unknown address error 550-'…'`. */
export function withoutLabels(quote: string): string {
  return quote.replace(/^\s*[45]\.\d\.\d - [A-Z][\w ()/]{3,60}? (?=\d{3}[- ]['"])/i, '')
}
