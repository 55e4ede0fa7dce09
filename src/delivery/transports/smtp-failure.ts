// What it means that a connection did not come to be.
import { parseReply, replyText, stripAddresses } from '../reply.ts'
import type { Handoff, Reply, Stage } from '../transport.ts'

/** The fields of Nodemailer's errors we read. */
export interface SmtpError extends Error {
  code?: string | undefined
  response?: string | undefined
  responseCode?: number | undefined
  originalCode?: string | undefined
}

const OURS = ['EAUTH', 'ENOAUTH', 'EOAUTH2', 'ETLS', 'EREQUIRETLS', 'ECONFIG']
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(?:SSL|TLS)|EPROTO/

/** Returns the handoff of a connection that did not come to be: the server refused us (`lane`), or we never met. */
export function setupFailure(error: SmtpError, stage: Stage, server: string): Handoff {
  const reply = completeReply(error)
  const isOurs = OURS.includes(error.code ?? '') || CERTIFICATE.test(error.originalCode ?? '')
  const sentence = `${server} ${SETUP_WORDS[stage] ?? 'failed'}: ${reply ? replyText(reply) : reasonOf(error)}`
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

/** Returns `ECONNRESET, read ECONNRESET`, without addresses. */
export function reasonOf(error: SmtpError): string {
  const code = error.originalCode ?? error.code ?? 'error'
  return `${code}, ${stripAddresses(error.message)}`
}

/** A reply that lacks its line end is no reply: Nodemailer reports such a fragment without a code. */
function completeReply(error: SmtpError): Reply | null {
  return error.response && error.responseCode ? parseReply(error.response) : null
}
