// What replies mean: tables of words and codes, read from top to bottom, provider rules before generic ones.
import type { Provider } from '../audience/provider.ts'

/** Who is to blame, and so who pays: the mailbox, the message, or us. */
export type ReplyClass =
  /** There is no such mailbox, now or ever. */
  | 'hard'
  /** The mailbox exists and cannot take it. */
  | 'mailbox'
  | 'transient'
  /** Slow down. */
  | 'rate'
  /** The server ends the conversation and does not say why. */
  | 'closing'
  /** Our reputation or authentication. */
  | 'block'
  | 'content'
  /** The recipient's side cannot take international addresses. */
  | 'smtputf8'
  /** Our set-up: login, relaying, the sender's address. */
  | 'configuration'
  | 'unknown'

export interface TextRule {
  class: ReplyClass
  words: RegExp
  provider?: Provider
  /** How long the lane rests, where the provider is known to want a given time. */
  pauseMs?: number
}

const HOUR = 3_600_000

/** Words of one provider that mean something else, or something more exact, than they would elsewhere. */
export const PROVIDER_RULES: readonly TextRule[] = [
  { provider: 'google', class: 'mailbox', words: /receiving mail (?:too quickly|at a rate)/i },
  { provider: 'google', class: 'mailbox', words: /out of storage space/i },
  { provider: 'google', class: 'content', words: /potential security issue|content presents/i },
  { provider: 'google', class: 'block', words: /likely (?:unsolicited|suspicious)|unusual rate|very low reputation/i },
  { provider: 'microsoft', class: 'hard', words: /recipient address rejected: access denied.*\bAS\(\d+\)/i },
  { provider: 'microsoft', class: 'hard', words: /mailbox unavailable \(S\d+\)/i },
  { provider: 'microsoft', class: 'rate', words: /temporarily rate limited/i },
  { provider: 'microsoft', class: 'block', words: /required authentication level|on our block list/i },
  { provider: 'yahoo', class: 'block', words: /\[TSS04\]/, pauseMs: 2 * HOUR },
  { provider: 'yahoo', class: 'block', words: /\[TSS?\d+\]|not accepted for policy reasons/i },
  { provider: 'yahoo', class: 'hard', words: /doesn'?t have an? \S+ account/i },
  { provider: 'apple', class: 'block', words: /\[(?:HM|CS)\d+\]/ },
]

/** Words that mean the same everywhere. The order matters: a refused *sender* must never read as a missing mailbox. */
export const TEXT_RULES: readonly TextRule[] = [
  {
    class: 'configuration',
    words: /sender (?:address|domain|verify)\b.{0,40}(?:reject|denied|fail|refused|unknown|invalid|not exist)/i,
  },
  {
    class: 'configuration',
    words: /relay(?:ing)?(?: access)?(?: is)? (?:denied|not (?:permitted|allowed)|prohibited)|unable to relay/i,
  },
  {
    class: 'configuration',
    words: /authentication (?:is )?required|must (?:be authenticated|authenticate|issue a starttls)|bad credentials/i,
  },
  {
    class: 'configuration',
    words: /cannot find your (?:reverse )?hostname|(?:reverse dns|ptr)\b.{0,40}(?:missing|fail|required|not)/i,
  },
  { class: 'transient', words: /gr[ea]y-? ?list/i },
  {
    class: 'mailbox',
    words:
      /over ?-?quota|quota (?:is )?(?:exceeded|full)|exceeded.{0,30}quota|(?:mail)?box (?:is )?full|mailbox size limit/i,
  },
  {
    class: 'hard',
    words:
      /(?:user|recipient|mailbox|address|account)\S* (?:is )?unknown|unknown (?:\w+ )?(?:user|recipient|mailbox|address|alias|local[- ]part)/i,
  },
  {
    class: 'hard',
    words: /no such (?:user|recipient|mailbox|address|account|person|domain)|no mailbox (?:here|by|with|found)/i,
  },
  {
    class: 'hard',
    words:
      /(?:user|recipient|mailbox|address|account|domain|\[address\]>?:?) (?:was |is )?(?:not found|does ?n[o']t exist|no longer (?:exists|valid|active|available|in use))/i,
  },
  {
    class: 'hard',
    words:
      /(?:account|mailbox|user) (?:has been |is |was )?(?:disabled|deactivated|deleted|closed|terminated|removed|discontinued)/i,
  },
  {
    class: 'hard',
    words:
      /not a (?:valid|known) (?:user|recipient|mailbox|address)|invalid (?:recipient|mailbox|user)\b|host (?:name )?(?:not found|unknown)|null mx/i,
  },
  {
    class: 'rate',
    words:
      /rate[- ]limit|too many (?:connections|messages|e?mails|concurrent)|throttl|server (?:is )?(?:too )?busy|temporarily deferred/i,
  },
  {
    class: 'block',
    words:
      /spamhaus|spamcop|barracuda|\bdnsbl\b|\brbl\b|(?:block|black|deny)[- ]?list|\breputation\b|blocked (?:using|by|due|for)|banned/i,
  },
  {
    class: 'block',
    words:
      /\b(?:spf|dkim|dmarc)\b.{0,60}(?:fail|reject|not pass|did not|require|quarantine)|unauthenticated (?:e?mail|message|sender)/i,
  },
  {
    class: 'content',
    words:
      /virus|malware|phish|(?:contains|considered|classified|identified|detected|looks like|marked) (?:as )?(?:\w+ )?spam|spam (?:message|content|score)|junk mail/i,
  },
  {
    class: 'content',
    words:
      /message (?:size )?(?:is )?(?:too (?:large|big)|exceeds)|size exceeds|line too long|content (?:rejected|not (?:allowed|accepted))/i,
  },
  { class: 'smtputf8', words: /smtputf8|internationali[sz]ed (?:mailbox|address|e?mail)/i },
]

/** Enhanced status codes (RFC 3463, RFC 5248, and what providers made of them). */
export const ENHANCED_RULES: readonly (readonly [RegExp, ReplyClass])[] = [
  [/^5\.1\.(?:1|2|3|6|10)$|^5\.2\.1$|^5\.4\.4$/, 'hard'],
  [/^[45]\.2\.2$|^4\.2\.1$/, 'mailbox'],
  [/^5\.6\.(?:7|9)$/, 'smtputf8'],
  [/^5\.6\.\d+$|^5\.3\.4$|^5\.2\.3$/, 'content'],
  [/^5\.1\.(?:7|8)$|^[45]\.7\.(?:0|8)$/, 'configuration'],
  [/^[45]\.7\.\d+$/, 'block'],
  [/^4\.\d+\.\d+$/, 'transient'],
]

/**
 * Reply codes (RFC 5321 section 4.2.3) where there is no better sign. 503: the session was wrong, not the message.
 * 421: the service closes the channel, whatever the message; a relay's way to say that it has had enough of us for now.
 */
export const CODE_RULES: readonly (readonly [RegExp, ReplyClass])[] = [
  [/^421$/, 'closing'],
  [/^552$/, 'mailbox'],
  [/^53[0458]$/, 'configuration'],
  [/^503$/, 'transient'],
  [/^4\d\d$/, 'transient'],
  [/^\d+$/, 'unknown'],
]
