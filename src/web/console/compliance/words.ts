// What the words of the ledger mean, for people who do not read code.
import type { SuppressionChannel, SuppressionReason } from '../../../audience/suppression.ts'

const REASON_WORDS: Readonly<Record<SuppressionReason, string>> = {
  unsubscribe: 'unsubscribed',
  complaint: 'complained of spam',
  hard_bounce: 'no such mailbox',
  legal: 'erased or legal',
  manual: 'set by staff',
  import: 'from an imported list',
}

const CHANNEL_WORDS: Readonly<Record<SuppressionChannel, string>> = {
  one_click: 'one-click',
  page: 'page',
  mailto: 'mail to us',
  reply: 'reply',
  complaint: 'complaint feed',
  bounce: 'bounce',
  console: 'console',
  cli: 'command line',
  import: 'import',
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  bounce: 'bounce',
  delayed: 'delay',
  complaint: 'complaint',
  auto_reply: 'automatic reply',
  other: 'letter or receipt',
  deferred: 'delay',
  dropped: 'dropped by SendGrid',
  spamreport: 'complaint',
  unsubscribe: 'unsubscribed at SendGrid',
  group_unsubscribe: 'left a group at SendGrid',
}

const CLASS_WORDS: Readonly<Record<string, string>> = {
  hard: 'no such mailbox',
  soft: 'mailbox full or busy',
  block: 'blocked us',
  content: 'content refused',
  config: 'our configuration',
  unknown: 'unclear',
}

const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  suppressed: 'suppressed',
  unsubscribed: 'unsubscribed',
  bounced: 'marked bounced',
  resolved: 'doubt resolved',
  noted: 'noted',
  known: 'known already',
  old: 'too old to act on',
  uncorrelated: 'not proved to be ours',
  waiting: 'waits',
}

const saying = (words: Readonly<Record<string, string>>) => (name: string) => words[name] ?? name.replace(/_/g, ' ')

export const kindWords = saying(KIND_WORDS)
export const classWords = saying(CLASS_WORDS)
export const outcomeWords = saying(OUTCOME_WORDS)
export const reasonWords = saying(REASON_WORDS)
export const channelWords = saying(CHANNEL_WORDS)
