// What a Nodemailer error means as a handoff. The probe decides about doubt; error fields alone cannot.
import { parseReply, replyText, stripAddresses } from '../reply.ts'
import type { Handoff, Reply, Stage } from '../transport.ts'
import type { Probe } from './smtp-probe.ts'

/** The fields of Nodemailer's errors we read. */
export interface SmtpError extends Error {
  code?: string | undefined
  command?: string | undefined
  response?: string | undefined
  responseCode?: number | undefined
  originalCode?: string | undefined
}

const OURS = ['EAUTH', 'ENOAUTH', 'EOAUTH2', 'ETLS', 'EREQUIRETLS', 'ECONFIG']
const UNSENDABLE = ['EENVELOPE', 'EMESSAGE', 'ESTREAM', 'EMAXRECIPIENTS']
const COMMANDS: Readonly<Record<string, Stage>> = { 'MAIL FROM': 'mail', 'RCPT TO': 'rcpt', DATA: 'data' }
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(?:SSL|TLS)|EPROTO/

/** Returns the handoff of a connection that did not come to be: the server refused us (`lane`), or we never met. */
export function setupFailure(error: SmtpError, stage: Stage, server: string): Handoff {
  const reply = completeReply(error)
  const isOurs = OURS.includes(error.code ?? '') || CERTIFICATE.test(error.originalCode ?? '')
  const sentence = `${server} ${SETUP_WORDS[stage] ?? 'failed'}: ${reply ? replyText(reply) : reason(error)}`
  return reply !== null || isOurs
    ? { kind: 'lane', stage, reply, sentence, retryAfterMs: null }
    : { kind: 'broken', stage, mayBeDelivered: false, sentence }
}

const SETUP_WORDS: Readonly<Partial<Record<Stage, string>>> = {
  connect: 'cannot be reached',
  greeting: 'did not greet us',
  ehlo: 'refused our EHLO',
  starttls: 'did not start TLS',
  auth: 'refused the login',
}

/** Returns the handoff of a message whose conversation ended in `error`. */
export function messageFailure(error: SmtpError, probe: Probe, recipient: string): Handoff {
  const reply = completeReply(error, recipient)
  const command = COMMANDS[error.command ?? '']
  if (probe.dotWritten()) {
    return reply !== null && command === 'data' ? { kind: 'refused', stage: 'dot', reply } : lost(error, probe)
  }
  if (reply !== null && command !== undefined) return { kind: 'refused', stage: command, reply }
  // 421 may come at any time and answers whatever is open (RFC 5321 section 4.2.4).
  if (reply?.code === 421) return { kind: 'refused', stage: probe.answered(), reply }
  if (UNSENDABLE.includes(error.code ?? '')) return { kind: 'unsendable', sentence: `not sent: ${reason(error)}` }
  return lost(error, probe)
}

function lost(error: SmtpError, probe: Probe): Handoff {
  const stage = probe.stage()
  const mayBeDelivered = probe.dotWritten()
  const where = mayBeDelivered
    ? 'after the message was written, before the reply: it may have arrived'
    : `at ${stage}, before the message was handed over`
  return { kind: 'broken', stage, mayBeDelivered, sentence: `the connection broke ${where} (${reason(error)})` }
}

/** A reply that lacks its line end is no reply: Nodemailer reports such a fragment under CONN. */
function completeReply(error: SmtpError, recipient = ''): Reply | null {
  return error.response && error.responseCode ? parseReply(error.response, recipient) : null
}

function reason(error: SmtpError): string {
  const code = error.originalCode ?? error.code ?? 'error'
  return `${code}, ${stripAddresses(error.message)}`
}
