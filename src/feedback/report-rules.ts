// What mail servers write about failures of their own, beyond the replies that src/delivery knows: read from top to bottom.
import type { ReportClass } from './report.ts'

export interface ReportRule {
  class: ReportClass
  words: RegExp
}

/** Read before everything else: words that would mean something worse if they were read alone. */
export const FIRST_RULES: readonly ReportRule[] = [
  // NTT docomo (mfsmax.docomo.ne.jp) says "Unknown user" of a mailbox whose owner filters the sender, too.
  {
    class: 'soft',
    words: /(?:docomo\.ne\.jp|mfsmax\.)[\s\S]{0,400}unknown user|unknown user[\s\S]{0,200}docomo\.ne\.jp/i,
  },
  // KDDI (ezweb.ne.jp, au.com) leaves the recipient out when its filters refuse the message itself: `550 : User unknown`.
  { class: 'soft', words: /\b550:? : user unknown/i },
  // RFC 5321 section 4.2.3: 550 "mailbox unavailable" is final, 450 is "busy or blocked". GMX, Outlook, 1&1 say it of missing mailboxes.
  {
    class: 'hard',
    words:
      /(?:\b550\b|5\.1\.1\b)[ -](?:5\.\d{1,3}\.\d{1,3} )?(?:requested (?:mail )?actions? (?:not taken|aborted)(?: as the)?[:;,]? )?mailbox (?:is )?unavailable/i,
  },
  // RFC 5248 registry, X.7.13: an account that was disabled for abuse or lack of payment.
  { class: 'soft', words: /5\.7\.13\b/ },
  // Hotmail says "the domain is not reachable" where there is no such domain.
  { class: 'hard', words: /because the domain is not reachable/i },
  // Trend Micro InterScan on a recipient that the next server refused.
  { class: 'hard', words: /interscan[\s\S]{0,200}please check if (?:the )?address is correct/i },
  // Apple says "inactive" (5.1.1) of an address that nobody has any more.
  { class: 'hard', words: /5\.1\.1\b[\s\S]{0,200}inactive email address/i },
  // Google Groups says in every language that a group may not exist or may not take mail from this sender.
  { class: 'unknown', words: /groups\.google\.com\/support/i },
  // Facebook's own codes: P2 and P3 are wishes of the recipient, not a missing mailbox.
  { class: 'soft', words: /\bRCP-P[23]\b/ },
  // Charter, Cox and others behind Cloudfilter: AUP# codes are about the sender.
  { class: 'block', words: /\bAUP#(?!\S*SPAM)/i },
  // Outlook.com's postmaster codes: the sending server's reputation, rate and set-up.
  { class: 'block', words: /\b(?:SC|OU|DY|RP)-00\d\b/ },
  // T-Online says no more than this of servers that it does not want.
  { class: 'block', words: /A problem occurred\. \(Ask your postmaster/i },
  // Orange and Wanadoo: 506 is spam, 505 a refusal for now.
  { class: 'content', words: /\bofr[\d_]{0,6}_506\b/i },
  { class: 'soft', words: /service refused?[.,] (?:please try later|veuillez essayer)/i },
  // Microsoft 365 (NDR names of Exchange transport).
  {
    class: 'block',
    words: /RESOLVER\.RST\.(?:NotAuthorized|AuthRequired|RestrictedToRecip)|TRANSPORT\.RULES\.RejectMessage/i,
  },
  { class: 'content', words: /RESOLVER\.RST\.(?:Recip|Send)SizeLimit/i },
  {
    class: 'soft',
    words: /QUEUE\.Expired|STOREDRV\.Deliver\b(?![\s\S]{0,80}(?:NotFound|disabled))|RecipientThreadLimit/i,
  },
  { class: 'hard', words: /SMTPSEND\.DNS\.NonExistentDomain/i },
  // A program of the receiving server failed (RFC 3463 X.3.0): sendmail, Postfix local(8), Exim pipe transport.
  {
    class: 'soft',
    words:
      /command (?:output|died|failed|time)|procmail[:"]|\bpipe to \||unknown mailer error|mailer .{0,40}exited|exit (?:status|code)|local configuration error|can't create (?:user )?(?:output|temp)/i,
  },
  // RFC 5321 section 6.3: loops are of the way, not of the mailbox.
  {
    class: 'soft',
    words:
      /too many hops|hop count|(?:mail(?:er)?|routing|forwarding|message)[ -]?loop|loops? back|is looping|loop alert/i,
  },
  // A list of addresses that are advertised, not of servers that send.
  { class: 'content', words: /black-?listed (?:url|link)|\b(?:uri|sur)bl\b/i },
  // The mailbox sleeps; it may wake.
  { class: 'soft', words: /(?:dormant|inactive) (?:mailbox|account|user)|inactivity/i },
  { class: 'soft', words: /address verification in progress|unverified address/i },
  // Refused after the mailbox was looked up: AOL, Exchange, challenge filters.
  {
    class: 'soft',
    words:
      /(?:recipient|user)s? (?:refuses|rejects|has (?:blocked|chosen not|rejected))|not accepting (?:e?-?mail|messages) from|(?:reject|blocked senders?) list of|blocked by (?:the )?(?:recipient|user)|in (?:the )?(?:user|recipient)'?s? (?:black|block|reject)/i,
  },
]

/** Read after the words of replies, within what a server quotes as the reason. */
export const LATER_RULES: readonly ReportRule[] = [
  // The way was broken or too long: before the words below, which may say where.
  {
    class: 'soft',
    words:
      /lost connection|timed? ?out\b|connection (?:was )?(?:reset|closed|lost|dropped|died)|connection refused(?! by)|no route to host|(?:multiple|after) .{0,12}retries|for the last \d+ (?:seconds|minutes|hours|days)|in the queue (?:too|for)|daily .{0,20}quota/i,
  },
  // Exchange, Domino, X.400 gateways, Courier, James, CommuniGate, national providers: the mailbox is missing.
  {
    class: 'hard',
    words:
      /recipient name is not recogni[sz]ed|(?:deactivated|disabled|deleted|closed|terminated) (?:mailbox|account|user)|account does not exist at the organi[sz]ation|(?:unknown|not known|unrecogni[sz]ed) (?:to|at|by|here|on) (?:this|the|our)|(?:bad|wrong|incorrect|invalid|non-?existent|nonexisting) (?:destination )?(?:user|recipient|mailbox|address(?:ee)?|account|e-?mail)|doesn'?t have an? (?:\S+ )?account|(?:is )?not (?:a )?(?:registered|existing) (?:here|user|address|at)|not our customer|validrcptto|no (?:valid|known|such) recipients?|mailbox (?:was |is )?not (?:found|available here)|no longer (?:with|employed|works?|a (?:valid|customer))|(?:user|recipient|address|mailbox) (?:has )?(?:permanently )?(?:moved|left)\b|has moved (?:to|permanently)|(?:e-?mail|recipient'?s?) address\b.{0,40}?(?:could ?n[o']t be found|was ?n[o']t found|does ?n[o']t exist|is incorrect|no longer)|user doesn'?t exist|(?:user|mailbox|recipient) (?:not (?:known|local|valid|available at)|unknown)/i,
  },
  {
    class: 'content',
    words:
      /\b(?:mc)?spam|(?:uri|sur)bl\b|black-?listed (?:url|link)|virus|infected|malicious|attachment|duplicate header|rfc ?(?:2822|5322)|malformed|not compliant|data format error|missing (?:required )?header|(?:message|mail|size|length|data)\b.{0,40}(?:too (?:large|big|long)|exceed|over ?size)|too (?:large|big) (?:message|for)|banned (?:file|content)|message content|content (?:is )?denied|headers?\b.{0,30}syntax|line (?:limit|length)|8bitmime/i,
  },
  {
    class: 'soft',
    words:
      /frequency limit|connection rate|too many (?:recipients|messages|connections|sessions)|limit exceeded|over ?quota/i,
  },
  {
    class: 'block',
    words:
      /block|polic(?:y|ies)\b|(?:access|connection|host|client) (?:is )?denied|dynamic ip|bounce attack|denied by|client host rejected|not authori[sz]ed|unauthori[sz]ed|forged|\bhelo\b|\behlo\b|reverse (?:dns|lookup)|\bptr\b|\brdns\b|\bspf\b|\bdkim\b|\bdmarc\b|purported responsible|mismatches client|\blisted (?:in|at|on|by)\b|administrative(?:ly)? prohibit|prohibited|reputation|security reason|not permitted|refused by|service refused|try .{0,20}postmaster|abus(?:e|ive)|permission|member of|not a member|moderat/i,
  },
  {
    class: 'soft',
    words:
      /time[d -]*out|connection (?:was )?(?:refused|reset|closed|lost|dropped|died)|lost connection|(?:could|can|did|was|were) ?(?:not|n't) (?:able to )?(?:accept our requests to )?(?:connect|establish|contact|reach)|unable to (?:connect|contact|reach|resolve)|(?:not|did not) accept our requests|no route|could not find a gateway|network|unreachable|not reachable|expired|retry time|too long|in the queue|could not be delivered for|deleted from (?:the )?queue|temporar|again later|(?:un|not |currently )available|out of (?:memory|resources)|system (?:problem|error)|internal (?:server )?error|\bi\/o\b|ldap|dns|name ?server|starttls|\btls\b|certificate|deferred|protocol error|socket|was aborted|has not been accepted/i,
  },
]
