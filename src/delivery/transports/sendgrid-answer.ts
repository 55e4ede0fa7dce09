// What SendGrid's answer means for every message of the call.
import { madeReply, stripAddresses } from '../reply.ts'
import type { Handoff } from '../transport.ts'
import type { Answer } from './sendgrid-client.ts'

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(?:SSL|TLS)/
const NEVER_CONNECTED = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ERR_INVALID_URL',
]
const MINUTE = 60_000

/**
 * Returns the handoff of each message in the call. There is no idempotency key: whatever may have reached SendGrid
 * and got no clear answer is in doubt, until an event with our delivery id settles it.
 */
export function readAnswer(answer: Answer, now: Date, wasAborted: boolean): Handoff {
  return answer.kind === 'reply' ? readReply(answer, now) : readBreak(answer, wasAborted)
}

function readReply({ status, headers, body }: Extract<Answer, { kind: 'reply' }>, now: Date): Handoff {
  const reply = madeReply(status, errorText(body))
  if (status === 202)
    return { kind: 'accepted', reply: madeReply(status, `accepted as ${headers['x-message-id'] ?? 'unnamed'}`) }
  if (status === 429) return lane(reply, 'SendGrid wants us slower', waitOf(headers, now))
  if (status === 401 || status === 403) return lane(reply, 'SendGrid does not accept the API key', null)
  if (status >= 400 && status < 500) return { kind: 'refused', stage: 'http', reply }
  if (status >= 500) {
    return {
      kind: 'broken',
      stage: 'http',
      mayBeDelivered: true,
      sentence: `SendGrid answered ${status}: it may have taken the messages`,
    }
  }
  if (status >= 300) return lane(reply, `SendGrid's address answers ${status}, a redirect: check the setting`, null)
  return {
    kind: 'broken',
    stage: 'http',
    mayBeDelivered: true,
    sentence: `SendGrid answered ${status}, which the API does not know`,
  }
}

function readBreak({ code, syscall }: Extract<Answer, { kind: 'broken' }>, wasAborted: boolean): Handoff {
  const name = code || 'no reason given'
  if (CERTIFICATE.test(code))
    return {
      kind: 'lane',
      stage: 'starttls',
      reply: null,
      sentence: `SendGrid's certificate is not trusted (${name})`,
      retryAfterMs: null,
    }
  if (NEVER_CONNECTED.includes(code) || syscall === 'connect' || syscall === 'getaddrinfo') {
    return { kind: 'broken', stage: 'connect', mayBeDelivered: false, sentence: `SendGrid cannot be reached (${name})` }
  }
  const sentence = `the call to SendGrid got no answer (${name}): it may have taken the messages`
  return { kind: 'broken', stage: 'http', mayBeDelivered: true, sentence, ...(wasAborted ? { aborted: true } : {}) }
}

function lane(
  reply: Extract<Handoff, { kind: 'accepted' }>['reply'],
  what: string,
  retryAfterMs: number | null,
): Handoff {
  const stage = reply.code === 401 || reply.code === 403 ? 'auth' : 'http'
  return { kind: 'lane', stage, reply, sentence: `${what}: ${reply.code} ${reply.text}`.trim(), retryAfterMs }
}

/** `X-RateLimit-Reset` is a Unix time in seconds, `Retry-After` a number of seconds; a minute where neither is sane. */
function waitOf(headers: Readonly<Record<string, string>>, now: Date): number {
  const reset = Number(headers['x-ratelimit-reset']) * 1_000 - now.getTime()
  const after = Number(headers['retry-after']) * 1_000
  const wait = [reset, after].find((ms) => Number.isFinite(ms) && ms > 0) ?? MINUTE
  return Math.min(Math.max(wait, 1_000), 60 * MINUTE)
}

/** `{"errors":[{"message","field"}]}` as one line. */
function errorText(body: unknown): string {
  const errors: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'errors') : undefined
  if (!Array.isArray(errors)) return ''
  const lines = errors.map((error: unknown) =>
    [textOf(error, 'field'), textOf(error, 'message')].filter((part) => part !== '').join(': '),
  )
  return stripAddresses(lines.join('; '))
}

function textOf(value: unknown, name: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return typeof found === 'string' ? found : ''
}
