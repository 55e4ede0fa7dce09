// The bytes of a returned mail -> what it reports. Pure: it knows nothing of our deliveries.
import { decodeWords } from 'postal-mime'
import { stripAddresses } from '../delivery/reply.ts'
import { isAutoReply } from './auto-reply.ts'
import { addressOf, readDeliveryStatus, type RecipientStatus } from './delivery-status.ts'
import { readFeedbackReport } from './feedback-report.ts'
import { fieldOf } from './header-block.ts'
import { asksToLeave } from './leave-wish.ts'
import { isDelay, isFromDaemon, isFromReporter, isNotice, passages, subjectOf } from './notice.ts'
import { codesOf, findQuote, withoutLabels } from './quote.ts'
import { readMail, type Mail } from './read-mail.ts'
import { classOfReport } from './report-class.ts'
import type { Reading, Report, ReportClass } from './report.ts'
import { tracesOf } from './traces.ts'

/** Returns what the mail reports: at least one report, of kind `auto_reply` or `other` where nothing failed. Never throws. */
export async function readReports(bytes: Uint8Array): Promise<Reading> {
  const mail = await unwrapped(await readMail(bytes))
  const subject = subjectOf(mail.fields, decodeWords)
  const statuses = [...mail.statuses, ...inlineStatus(mail)].map(readDeliveryStatus)
  const blocks = statuses.flatMap((status) => status.recipients)
  const envelopeIds = statuses.flatMap(({ envelopeId }) => envelopeId ?? [])
  return { reports: reportsOf(mail, subject, blocks), traces: tracesOf(mail, envelopeIds) }
}

/** Some providers put the report of another server into a notice of their own: what counts is the report within. */
async function unwrapped(mail: Mail): Promise<Mail> {
  if (mail.statuses.length > 0 || !isFromDaemon(mail.fields)) return mail
  const inner = await readMail(Buffer.from(mail.returned))
  return inner.statuses.length > 0 && isFromDaemon(inner.fields)
    ? { ...inner, fields: mail.fields, contentType: inner.contentType }
    : mail
}

function reportsOf(mail: Mail, subject: string, blocks: readonly RecipientStatus[]): Report[] {
  const isReport = isFromReporter(mail, subject)
  if (isReport && mail.feedbacks.length > 0) return mail.feedbacks.slice(0, 100).map(readFeedbackReport)
  if (isReport && blocks.length > 0) {
    const said = passages(mail)
    return blocks.map((block) => {
      const words = said.find((each) => each.recipient === block.recipient?.toLowerCase())?.text ?? ''
      // Of several recipients each is judged by its own words only.
      return reportOfStatus(block, words, words === '' && blocks.length === 1 ? mail.notice : words)
    })
  }
  // A mail system is believed before its Auto-Submitted, which many set to auto-replied on their reports, too.
  if (isFromDaemon(mail.fields) && isNotice(mail, subject)) return reportsOfNotice(mail, subject)
  if (isUnsubscribe(mail))
    return [{ ...nothing('other', 'the recipient wants no more mail (opt-out)'), kind: 'complaint' }]
  if (isAutoReply(mail.fields, subject)) return [nothing('auto_reply', 'a machine answered for a person')]
  if (isNotice(mail, subject)) return reportsOfNotice(mail, subject)
  if (asksToLeave(subject, mail.notice)) return [leaveWish(mail)]
  return [nothing('other', 'no report: a letter, or something that is not understood')]
}

function leaveWish({ fields }: Mail): Report {
  const recipient = addressOf(fieldOf(fields, 'from') ?? '')
  return nothing('other', 'the writer asks to be left alone', { recipient, asksToLeave: true })
}

/** Apple Mail writes a mail of its own when its "unsubscribe" is pressed and the list offers a mailto (RFC 2369). */
function isUnsubscribe({ fields }: Mail): boolean {
  return fieldOf(fields, 'x-apple-unsubscribe')?.toLowerCase() === 'true'
}

/** Some servers write the fields of a delivery status into the text. Only a mail system's own mail is read that way. */
function inlineStatus(mail: Mail): string[] {
  if (mail.statuses.length > 0 || !/^(?:final|original)-recipient:/im.test(mail.notice)) return []
  return isNotice(mail, '') ? [mail.notice] : []
}

function nothing(kind: 'auto_reply' | 'other', sentence: string, more: Partial<Report> = {}): Report {
  return { kind, class: null, recipient: null, status: null, reply: null, sentence, ...more }
}

function reportOfStatus(block: RecipientStatus, words: string, prose: string): Report {
  const { recipient } = block
  // OpenSMTPD and others put the reply into the prose alone.
  const quoted =
    block.diagnostic === '' ? findQuote(words) : { text: block.diagnostic, ...codesOf(withoutLabels(block.diagnostic)) }
  const status = isVague(block.status) ? (quoted.status ?? block.status) : block.status
  const codes = { recipient, status, reply: quoted.reply }
  if (block.action !== 'failed' && block.action !== 'delayed')
    return nothing('other', `the message was ${block.action}`, codes)
  const found = classOfReport({
    ...codes,
    quote: `${block.diagnosticType === 'x-unix' ? 'command output: ' : ''}${quoted.text}`.trim(),
    prose: `${block.comment} ${prose}`,
    remote: block.remote,
  })
  return made(block.action === 'delayed', found, codes, quoted.text || block.comment || prose)
}

function reportsOfNotice(mail: Mail, subject: string): Report[] {
  const isDelayed = isDelay(mail, subject)
  const all = passages(mail)
  return all.map(({ recipient, text }) => {
    // Some say why before they say who; where there is only one, all is about it.
    const around = all.length === 1 ? mail.notice : text
    const quote = findQuote(text, around)
    const codes = { recipient, status: quote.status, reply: quote.reply }
    const found = classOfReport({ ...codes, quote: quote.text, prose: `${subject}\n${around}`, remote: '' })
    return made(isDelayed, found, codes, quote.text || text)
  })
}

function isVague(status: string | null): boolean {
  return status === null || status.endsWith('.0.0')
}

const BECAUSE: Readonly<Record<ReportClass, string>> = {
  hard: 'there is no such mailbox',
  soft: 'the mailbox or its server could not take it',
  block: 'the receiver blocks us',
  content: 'the message was refused for what is in it',
  config: 'we are set up wrongly in the receiver’s eyes',
  unknown: 'it was refused for an unknown reason',
}

function made(
  isDelayed: boolean,
  found: ReportClass,
  codes: Pick<Report, 'recipient' | 'status' | 'reply'>,
  said: string,
): Report {
  // What is still being tried is not final, whatever is said of it.
  const held = isDelayed && found === 'hard' ? 'soft' : found
  const words = stripAddresses(said.replace(/\s+/g, ' '), codes.recipient ?? '').slice(0, 300)
  const sentence = `${isDelayed ? 'still being tried' : BECAUSE[held]}${words === '' ? '' : `: ${words}`}`
  return { kind: isDelayed ? 'delayed' : 'bounce', class: held, ...codes, sentence }
}
