// Who is to blame for what a report says: its words before its codes, the server's quote before the prose around it.
import { providerOf } from '../delivery/provider.ts'
import { classOfCodes, ruleOfWords } from '../delivery/reply-class.ts'
import type { ReplyClass } from '../delivery/reply-rules.ts'
import type { ReportClass } from './report.ts'
import { withoutLabels } from './quote.ts'
import { FIRST_RULES, LATER_RULES, type ReportRule } from './report-rules.ts'

/** What is known of one failure. */
export interface Evidence {
  /** What the refusing server said, as it was quoted; may be empty. */
  quote: string
  /** What the reporting server wrote about it for people; may be empty. */
  prose: string
  /** Enhanced status code, or null. */
  status: string | null
  /** Reply code, or null. */
  reply: string | null
  recipient: string | null
  remote: string
}

const CLASSES: Readonly<Record<ReplyClass, ReportClass>> = {
  hard: 'hard',
  mailbox: 'soft',
  transient: 'soft',
  rate: 'soft',
  closing: 'soft',
  block: 'block',
  content: 'content',
  smtputf8: 'content',
  configuration: 'config',
  unknown: 'unknown',
}

const LONGEST = 4_000

/** Returns the class of a failure (mail-rules, section 12). */
export function classOfReport(evidence: Evidence): ReportClass {
  const quote = withoutLabels(evidence.quote.slice(0, LONGEST))
  const prose = evidence.prose.slice(0, LONGEST)
  const found =
    byWords(quote, evidence, [FIRST_RULES, 'replies']) ??
    unlessSurelyHard(byWords(quote, evidence, [LATER_RULES]), evidence) ??
    // Where the server was quoted, the codes are its own; the prose around it may tell of other attempts.
    (quote === '' ? null : byCodes(evidence)) ??
    byWords(prose, evidence, [FIRST_RULES, 'replies']) ??
    byCodes(evidence) ??
    byWords(prose, evidence, [LATER_RULES]) ??
    'unknown'
  return found === 'hard' ? unlessItIsNot(quote, prose, evidence) : found
}

/** Loose words of trouble do not outweigh a code that says exactly which address is missing. */
function unlessSurelyHard(found: ReportClass | null, { status }: Evidence): ReportClass | null {
  return found === 'soft' && /^5\.1\.[1236]$/.test(status ?? '') ? 'hard' : found
}

function byWords(
  text: string,
  { recipient, remote }: Evidence,
  tables: readonly (readonly ReportRule[] | 'replies')[],
): ReportClass | null {
  if (text.trim() === '') return null
  const flat = text.replace(/\s+/g, ' ')
  const domain = recipient?.slice(recipient.lastIndexOf('@') + 1) ?? ''
  for (const table of tables) {
    const found =
      table === 'replies'
        ? ruleOfWords(flat, providerOf(`${flat} ${remote}`, domain))
        : table.find((rule) => rule.words.test(`${remote} ${flat}`))
    if (found) return table === 'replies' ? CLASSES[found.class as ReplyClass] : (found.class as ReportClass)
  }
  return null
}

/** RFC 5321 551: the user is elsewhere. RFC 3463 X.3 and X.4: the system and the way, hence not the mailbox; X.2: the mailbox. */
const STATUS_RULES: readonly (readonly [RegExp, ReportClass])[] = [
  [/^4\.7\./, 'block'],
  [/^4\./, 'soft'],
  [/^5\.[234]\./, 'soft'],
]

function byCodes({ status, reply }: Evidence): ReportClass | null {
  const enhanced = status === null || /^[45]\.0\.0$/.test(status) ? null : status
  const found = CLASSES[classOfCodes({ code: Number(reply ?? 0), enhanced })]
  if (found !== 'unknown') return found
  if (reply === '551') return 'hard'
  return STATUS_RULES.find(([pattern]) => pattern.test(status ?? ''))?.[1] ?? null
}

/** A false "hard" costs a supporter: three kinds of doubt that the words alone do not show. */
function unlessItIsNot(quote: string, prose: string, evidence: Evidence): ReportClass {
  const flat = `${quote} ${prose}`.replace(/\s+/g, ' ')
  // The answer to MAIL FROM or EHLO is about us.
  if (/(?:in reply to|after|our) mail from|(?:in reply to|after|our) (?:ehlo|helo)/i.test(flat)) return 'config'
  const provider = providerOf(`${flat} ${evidence.remote}`, '')
  const rule = ruleOfWords(quote.replace(/\s+/g, ' '), provider) ?? ruleOfWords(flat, provider)
  // RFC 3463: 4.x.x is not final. Name servers err for an hour; a mailbox does not.
  if (rule?.aboutHost === true && evidence.status?.startsWith('4')) return 'soft'
  // RCPT TO had been taken, so the mailbox was there; whoever refuses the message then does it for its own reasons.
  const isAfterData = /(?:in reply to|after) end of data/i.test(flat)
  return isAfterData && rule?.provider === undefined && evidence.status?.startsWith('5.1') !== true ? 'soft' : 'hard'
}
