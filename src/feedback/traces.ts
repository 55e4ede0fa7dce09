// What a report still carries of our own message: the addresses and ids that say which delivery it is about.
import { fieldsOf, readFields } from './header-block.ts'
import type { Mail } from './read-mail.ts'
import type { Traces } from './report.ts'

const MOST = 20
/** The envelope recipient, as the servers on the way wrote it down; then the To of the report. */
const ADDRESSED = [
  'x-original-to',
  'delivered-to',
  'envelope-to',
  'x-envelope-to',
  'x-rcpt-to',
  'to',
  'original-recipient',
] as const
const MAILBOX = /\b(?:b|unsub)\+[a-z2-7]{30,64}@[a-z0-9.-]{1,253}/gi

/** Returns the traces, each kind without doubles and at most 20. */
export function tracesOf(mail: Mail, envelopeIds: readonly string[]): Traces {
  const heads = mail.returned
    .slice(0, 64_000)
    .split(/\n[ \t]*\n/)
    .slice(0, 20)
    .flatMap(readFields)
  return {
    addressed: few(fieldsOf(mail.fields, ...ADDRESSED).flatMap((value) => value.match(MAILBOX) ?? [])),
    envelopeIds: few(envelopeIds),
    deliveries: few(fieldsOf(heads, 'x-rollcall-delivery')),
    messageIds: few(fieldsOf(heads, 'message-id').flatMap(messageIdsIn)),
    answered: few(fieldsOf(mail.fields, 'in-reply-to', 'references').flatMap(messageIdsIn)),
  }
}

function messageIdsIn(value: string): string[] {
  return [...value.matchAll(/[^\s<>]{1,300}@[^\s<>]{1,300}/g)].map(([id]) => id)
}

function few(values: readonly string[]): string[] {
  return [...new Set(values.map((value) => value.trim()))].filter((value) => value !== '').slice(0, MOST)
}
