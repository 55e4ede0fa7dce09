// One HTTP call through @sendgrid/mail, as a value: what the API answered, or how the call broke.
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import sendgrid from '@sendgrid/mail'
import { RollcallError } from '../../core/errors.ts'
import type { Call } from './sendgrid-call.ts'

export type Answer =
  | { kind: 'reply'; status: number; headers: Readonly<Record<string, string>>; body: unknown }
  /** `code`: a system or library error code such as ECONNREFUSED; `syscall`: what the system was asked, if anything. */
  | { kind: 'broken'; code: string; syscall: string }

export interface SendGridClient {
  send(call: Call, signal: AbortSignal): Promise<Answer>
  /** Asks what the key may do. */
  scopes(signal: AbortSignal): Promise<Answer>
  close(): void
}

/** The part of @sendgrid/mail we use. Its types hide both the class and the HTTP client inside. */
interface Service {
  client: { setDefaultRequest(request: object): unknown; request(request: object): Promise<unknown> }
  setApiKey(apiKey: string): void
  setTimeout(ms: number): void
  send(call: object): Promise<unknown>
}

/** Returns a client with its own sockets. `baseUrl` has no path; `timeoutMs` counts from request to answer. */
export function createClient(apiKey: string, baseUrl: string, timeoutMs: number): SendGridClient {
  const agents = { httpAgent: new HttpAgent({ keepAlive: true }), httpsAgent: new HttpsAgent({ keepAlive: true }) }
  /** One service a call, so that one signal ends one call; redirects would carry the key elsewhere (threat T14). */
  const open = (signal: AbortSignal): Service => {
    const service = newService()
    service.setApiKey(apiKey)
    service.setTimeout(timeoutMs)
    service.client.setDefaultRequest({ baseUrl, signal, maxRedirects: 0, proxy: false, ...agents })
    return service
  }
  return {
    send: (call, signal) => answerOf(() => open(signal).send(call)),
    scopes: (signal) => answerOf(() => open(signal).client.request({ method: 'GET', url: '/v3/scopes' })),
    close() {
      agents.httpAgent.destroy()
      agents.httpsAgent.destroy()
    },
  }
}

function newService(): Service {
  const MailService: unknown = Reflect.get(sendgrid, 'MailService')
  const service: unknown = typeof MailService === 'function' ? Reflect.construct(MailService, []) : null
  if (isService(service)) return service
  throw new RollcallError('bug', 'this version of @sendgrid/mail is built otherwise than we expect')
}

function isService(value: unknown): value is Service {
  const client = field(value, 'client')
  const parts = [
    field(value, 'setApiKey'),
    field(value, 'setTimeout'),
    field(value, 'send'),
    field(client, 'setDefaultRequest'),
    field(client, 'request'),
  ]
  return parts.every((part) => typeof part === 'function')
}

async function answerOf(call: () => Promise<unknown>): Promise<Answer> {
  try {
    const result = await call()
    return replyOf(Array.isArray(result) ? result[0] : result, 'statusCode')
  } catch (error) {
    return failureOf(error)
  }
}

/** For an HTTP error `code` is the status, for a network error a word; an answer that is no error keeps its response. */
function failureOf(error: unknown): Answer {
  const response = field(error, 'response')
  const status = field(response, 'status') ?? field(error, 'code')
  if (typeof status === 'number')
    return {
      kind: 'reply',
      status,
      headers: headersOf(response),
      body: field(response, 'body') ?? field(response, 'data'),
    }
  return {
    kind: 'broken',
    code: word(error, 'code'),
    syscall: word(field(error, 'cause'), 'syscall') || word(error, 'syscall'),
  }
}

function replyOf(response: unknown, statusField: string): Answer {
  return {
    kind: 'reply',
    status: Number(field(response, statusField)),
    headers: headersOf(response),
    body: field(response, 'body'),
  }
}

function headersOf(response: unknown): Record<string, string> {
  const headers = field(response, 'headers')
  if (typeof headers !== 'object' || headers === null) return {}
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
}

function word(value: unknown, name: string): string {
  const found = field(value, name)
  return typeof found === 'string' ? found : ''
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
