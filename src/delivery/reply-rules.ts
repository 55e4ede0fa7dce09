// What replies mean: tables of words and codes, read from top to bottom, provider rules before generic ones.
import type { Provider } from '../audience/provider.ts'
import { LANGUAGE_RULES } from './reply-languages.ts'

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
  /** The words are about the recipient's host, not the mailbox: name servers are wrong for an hour at times. */
  aboutHost?: true
}

const HOUR = 3_600_000

/** Words of one provider that mean something else, or something more exact, than they would elsewhere. */
export const PROVIDER_RULES: readonly TextRule[] = [
  { provider: 'google', class: 'mailbox', words: /receiving mail (?:too quickly|at a rate)/i },
  { provider: 'google', class: 'mailbox', words: /out of storage space/i },
  { provider: 'google', class: 'content', words: /potential security issue|content presents/i },
  { provider: 'google', class: 'block', words: /likely (?:unsolicited|suspicious)|unusual rate|very low reputation/i },
  { provider: 'microsoft', class: 'hard', words: /recipient address rejected: access denied/i },
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
    words:
      /sender(?:'s)? (?:address|domain|verify|e-?mail)\b.{0,80}?(?:reject|denied|fail|refused|unknown|invalid|not exist)/i,
  },
  // About us, though it reads like a missing host: our name in EHLO, our own address, our own domain.
  {
    class: 'configuration',
    words:
      /(?:helo|ehlo) command rejected|client host\b.{0,80}?(?:unknown|not found)|\b(?:your|sending|sender'?s?|helo|ehlo|client) (?:host|domain|ip|server)(?: ?name)?\b.{0,80}?(?:not found|unknown|(?:not|n't) (?:exist|resolv))/i,
  },
  {
    class: 'configuration',
    words:
      /domain of sender|unroute?able sender|(?:bad|invalid|unknown) sender\b|sender (?:unknown|invalid)|(?:rejected|refused) (?:the )?mail from\b|envelope (?:sender|from)\b.{0,60}?(?:invalid|reject|denied|not exist)/i,
  },
  {
    class: 'configuration',
    words:
      /relay(?:ing)?(?: access)?(?: is)? (?:denied|not (?:permitted|allowed)|prohibited)|unable to relay|insecure mail relay|(?:do|does) not relay|unauthori[sz]ed relay|relaying (?:mail )?(?:to|for|from) \S{1,80} (?:is )?(?:not|denied|prohibited)|list of allowed rcpthosts/i,
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
  // RFC 3463 says "disabled, not accepting" of X.2.1; these words say that it may be enabled again.
  {
    class: 'mailbox',
    words:
      /(?:account|mailbox|user|recipient)\b.{0,60}? (?:is |has been |was )?(?:(?:temporarily |currently )?(?:suspended|inactive|locked|frozen)|temporarily (?:disabled|blocked|unavailable|inactive))/i,
  },
  {
    class: 'mailbox',
    words:
      /over ?-?(?:its |the )?(?:disk |storage |mail(?:box)? )?quota|quota (?:is )?(?:exceed|full|violat)|(?:^|[^a-z])disk quota|exceed.{0,30}\bquota|(?:in|mail)?box (?:is )?full|full (?:mail|in)box|mailbox.{0,60}? is full|mailbox size limit|mailbox (?:has )?exceed|exceed\w* (?:the |its )?(?:allowed (?:mailbox )?size|storage|maximum mailbox)|(?:insufficient|not enough|no) (?:disk|mailbox|quota|storage) ?space|storage (?:limit|allocation) (?:exceed|reached)|mail ?drop .{0,30}(?:full|exceed)|exhausted .{0,20}(?:storage|quota)|overdrawn .{0,20}quota|over its allocated/i,
  },
  {
    class: 'hard',
    words:
      /(?:user|recipient|mailbox|(?<!\bip )address(?:ee)?|account|alias)\S* (?:[^\s@]{0,64}@\S{1,200} )?(?:is )?(?:unknown|not known)|unknown (?:\w+ ){0,2}(?:user|recipient|mailbox|address(?:ee)?|account|alias|local[- ]part)(?! error)|unbekannter? (?:benutzer|empf)/i,
  },
  {
    class: 'hard',
    words:
      /no such (?:\w+ )?(?:user|recipient|mailbox|address|account|person|e-?mail)|no (?:mailbox|account|user|recipient)s? (?:here|by|with|found|of that|named)|nosuchuser|recip(?:ient)?notfound/i,
  },
  { class: 'hard', words: /no such (?:domain|host)/i, aboutHost: true },
  {
    class: 'hard',
    words:
      /(?:user|recipient|mailbox|(?<!\bip )address|account|\[address\]>?:?) (?:that you tried to reach |\S{1,80} )?(?:was |is )?(?:not found|(?:does ?(?:not|n'?t) |not )exist|not (?:listed|recogni[sz]ed|local)\b|no longer (?:exists|valid|active|available|in use|on (?:this )?server|works))|address couldn'?t be found/i,
  },
  {
    class: 'hard',
    words:
      /\b(?:domain|host)(?: name)?\b(?: \S{1,80})? (?:was |is )?(?:not found|unknown|(?:does ?(?:not|n'?t) |not )exist|couldn'?t be found)|unknown host|host (?:name )?(?:not found|unknown)|bad destination (?:host|system)|non-?existent (?:domain|host)|nxdomain|null mx|no (?:mx|valid mx|a or mx|mx or a)(?: or a)? records?\b|unroute?able (?:mail )?domain|(?:domain|host)\b.{0,80}? does ?(?:not|n't) (?:accept|receive) (?:any )?e?-?mail/i,
    aboutHost: true,
  },
  {
    class: 'hard',
    words:
      /(?:account|mailbox|user) (?:\S{1,80} )?(?:has been |is |was )?(?:disabled|deactivated|deleted|closed|terminated|removed|discontinued|cancell?ed)/i,
  },
  {
    class: 'hard',
    words:
      /not an? (?:valid|known|local|existing|active) (?:user|recipient|mailbox|address|account)|invalid (?:recipient|mailbox|user|address)\b|(?:recipient|mailbox|user)(?: name| address)?(?: is)? (?:invalid|not valid)\b|unroute?able address|not listed in (?:the )?(?:domino|public name)|unrecogni[sz]ed[- ]or[- ]name/i,
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
  ...LANGUAGE_RULES,
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
