// One event of SendGrid as it came, and what it reports.
import { createHash } from 'node:crypto'
import { classOfReport } from './report-class.ts'
import { codesOf } from './quote.ts'
import type { Report, ReportClass } from './report.ts'
import { stripAddresses } from '../delivery/reply.ts'

/** An event that is ready to be kept. */
export interface KeptEvent {
  id: string
  event: string
  occurredAt: Date
  /** Our custom argument; null for what is not about one of our deliveries. */
  deliveryId: string | null
  body: Record<string, unknown>
}

/** Returns the events of a body, or null when it is no JSON array of objects. */
export function parseEvents(rawBody: Uint8Array): KeptEvent[] | null {
  const parsed = parseJson(Buffer.from(rawBody).toString('utf8'))
  if (!Array.isArray(parsed)) return null
  const events: KeptEvent[] = []
  for (const each of parsed as unknown[]) {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return null
    events.push(keptEvent(each as Record<string, unknown>))
  }
  return events
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null // the caller answers for it
  }
}

function keptEvent(given: Record<string, unknown>): KeptEvent {
  const body = flat(given)
  const id = textOf(body, 'sg_event_id')
  const seconds = Number(body['timestamp'])
  const deliveryId = textOf(body, 'rollcall_delivery')
  return {
    // An event without an id of its own is still the same when it comes twice.
    id: /^[\x21-\x7e]{1,100}$/.test(id)
      ? id
      : `sha256:${createHash('sha256').update(JSON.stringify(body)).digest('hex')}`,
    event: textOf(body, 'event').slice(0, 60) || 'unknown',
    occurredAt: new Date(seconds > 0 && seconds < 1e11 ? seconds * 1000 : 0),
    deliveryId: /^[1-9]\d{0,17}$/.test(deliveryId) ? deliveryId : null,
    body,
  }
}

/** PostgreSQL's jsonb refuses NUL and lone surrogates; what is nested is kept as its JSON text. */
function flat(given: Record<string, unknown>): Record<string, unknown> {
  const clean = (text: string): string => text.replaceAll('\0', '').toWellFormed().slice(0, 10_000)
  return Object.fromEntries(
    Object.entries(given)
      .slice(0, 200)
      .map(([name, value]) => [clean(name), scalar(value, clean)]),
  )
}

function scalar(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value)
  return typeof value === 'object' && value !== null ? clean(JSON.stringify(value)) : value
}

function textOf(body: Record<string, unknown>, name: string): string {
  const value = body[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** SendGrid's own classes, for reasons whose words say nothing to us. */
const CLASSIFICATIONS: Readonly<Record<string, ReportClass>> = {
  'invalid address': 'hard',
  'mailbox unavailable': 'soft',
  'frequency or volume too high': 'soft',
  'frequency/volume': 'soft',
  technical: 'soft',
  content: 'content',
  reputation: 'block',
}

/** Why SendGrid dropped a message that it had accepted: lists of its own, or the call. */
const DROPS: readonly (readonly [RegExp, Pick<Report, 'kind' | 'class'>])[] = [
  [/bounced address|^invalid$/i, { kind: 'bounce', class: 'hard' }],
  [/spam report/i, { kind: 'complaint', class: null }],
  [/spam content/i, { kind: 'bounce', class: 'content' }],
  [/quota|smtpapi|api header/i, { kind: 'bounce', class: 'config' }],
]

/** What an event asks for: a report to be applied, an unsubscription, or nothing but a note. */
export type EventMeaning = { kind: 'report'; report: Report } | { kind: 'unsubscribe' } | { kind: 'note' }

/** Events that only say that the message is on its way, or was read: they resolve doubt and nothing else. */
export const NOTING_EVENTS: readonly string[] = [
  'processed',
  'deferred',
  'delivered',
  'open',
  'click',
  'group_resubscribe',
  'account_status_change',
]

/** Returns the meaning of an event. */
export function meaningOf(event: string, body: Record<string, unknown>): EventMeaning {
  switch (event) {
    case 'bounce':
      return { kind: 'report', report: bounceOf(body) }
    case 'dropped':
      return dropOf(body)
    case 'spamreport':
      return { kind: 'report', report: reportOf(body, { kind: 'complaint', class: null }, 'the recipient complained') }
    case 'unsubscribe':
    case 'group_unsubscribe':
      return { kind: 'unsubscribe' }
    default:
      return { kind: 'note' }
  }
}

function bounceOf(body: Record<string, unknown>): Report {
  const reason = textOf(body, 'reason')
  const codes = codesOf(`${reason} ${textOf(body, 'status')}`)
  const found = classOfReport({
    ...codes,
    quote: reason,
    prose: '',
    recipient: textOf(body, 'email') || null,
    remote: '',
  })
  const theirs = CLASSIFICATIONS[textOf(body, 'bounce_classification').toLowerCase()]
  return reportOf(body, { kind: 'bounce', class: found === 'unknown' ? (theirs ?? found) : found }, reason)
}

function dropOf(body: Record<string, unknown>): EventMeaning {
  const reason = textOf(body, 'reason')
  if (/unsubscribed/i.test(reason)) return { kind: 'unsubscribe' }
  const found = DROPS.find(([words]) => words.test(reason))?.[1] ?? {
    kind: 'bounce' as const,
    class: 'unknown' as const,
  }
  return { kind: 'report', report: reportOf(body, found, `SendGrid dropped it: ${reason}`) }
}

function reportOf(body: Record<string, unknown>, found: Pick<Report, 'kind' | 'class'>, said: string): Report {
  const { status, reply } = codesOf(`${textOf(body, 'reason')} ${textOf(body, 'status')}`)
  const recipient = textOf(body, 'email') || null
  return { ...found, recipient, status, reply, sentence: stripAddresses(said, recipient ?? '').slice(0, 300) }
}
