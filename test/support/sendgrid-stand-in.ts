// A local server that checks every request as the public v3 API reference describes it, and misbehaves on demand.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { checkSend, field, type ApiError } from './sendgrid-rules.ts'

/** How the next call goes wrong; `lost`: taken, and the connection dies instead of the 202. */
export type Mischief =
  | { status: number; headers?: Record<string, string>; taken?: boolean }
  | 'lost'
  | 'cut before reading'
  | 'silent'

interface Taken {
  to: string
  delivery: string
  subject: string
  text: string
  html: string
  headers: Record<string, string>
}

export interface SendGridStandIn extends AsyncDisposable {
  readonly url: string
  readonly apiKey: string
  /** Messages accepted, marks filled in, as recipients would get them. */
  readonly taken: Taken[]
  /** Bodies of all calls to /v3/mail/send. */
  readonly calls: unknown[]
  /** What was wrong with refused calls. */
  readonly problems: ApiError[]
  /** Applies to the next calls, one each. */
  readonly mischief: Mischief[]
  scopes: string[]
  /** Addresses that the service, for reasons of its own, does not hold for valid. */
  readonly refused: string[]
}

/** Starts the server on a free loopback port. */
export async function startSendGridStandIn(): Promise<SendGridStandIn> {
  const apiKey = 'SG.stand-in.key-for-tests'
  const server = createServer((request, response) => void handle(request, response))
  const standIn: Omit<SendGridStandIn, 'url' | typeof Symbol.asyncDispose> = {
    apiKey,
    taken: [],
    calls: [],
    problems: [],
    mischief: [],
    refused: [],
    scopes: ['mail.send'],
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const mischief = standIn.mischief.shift()
    if (mischief === 'cut before reading') return void request.socket.destroy()
    const body = await text(request)
    const problem = checkRequest(request, apiKey)
    if (problem) return say(response, problem.status, problem)
    if (request.url === '/v3/scopes') return say(response, 200, { scopes: standIn.scopes })
    const call: unknown = JSON.parse(body)
    standIn.calls.push(call)
    const errors =
      Buffer.byteLength(body) > 30 * 1024 * 1024
        ? [{ field: null, message: 'too large' }]
        : checkSend(call, standIn.refused)
    standIn.problems.push(...errors)
    if (errors.length > 0) return say(response, 400, { errors })
    if (mischief === undefined || mischief === 'lost' || (typeof mischief === 'object' && mischief.taken))
      standIn.taken.push(...fillIn(call))
    if (mischief === 'lost') return void request.socket.destroy()
    if (mischief === 'silent') return
    if (mischief)
      return say(response, mischief.status, { errors: [{ field: null, message: 'told to' }] }, mischief.headers)
    say(response, 202, null, { 'x-message-id': `id-${standIn.calls.length}` })
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}

function checkRequest(request: IncomingMessage, apiKey: string): (ApiError & { status: number }) | null {
  const wrong = (status: number, message: string): ApiError & { status: number } => ({ status, field: null, message })
  if (request.headers.authorization !== `Bearer ${apiKey}`)
    return wrong(401, 'The provided authorization grant is invalid')
  if (request.method === 'GET' && request.url === '/v3/scopes') return null
  if (request.url !== '/v3/mail/send') return wrong(404, 'not found')
  if (request.method !== 'POST') return wrong(405, 'method not allowed')
  return request.headers['content-type']?.startsWith('application/json')
    ? null
    : wrong(415, 'Content-Type should be application/json')
}

function say(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const errors = typeof body === 'object' && body !== null && 'message' in body ? { errors: [body] } : body
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(errors === null ? '' : JSON.stringify(errors))
}

/** Puts values in for marks as the service does: plain replacement in subject and content, no escaping. */
function fillIn(call: unknown): Taken[] {
  const content = list(field(call, 'content'))
  return list(field(call, 'personalizations')).map((each) => {
    const marks = Object.entries(record(field(each, 'substitutions')))
    const fill = (template: unknown): string =>
      marks.reduce((text, [mark, value]) => text.replaceAll(mark, String(value)), String(template))
    const headers = { ...record(field(call, 'headers')), ...record(field(each, 'headers')) }
    return {
      to: String(field(list(field(each, 'to'))[0], 'email')),
      delivery: String(field(field(each, 'custom_args'), 'rollcall_delivery')),
      subject: fill(field(each, 'subject') ?? field(call, 'subject')),
      text: fill(
        field(
          content.find((part) => field(part, 'type') === 'text/plain'),
          'value',
        ),
      ),
      html: fill(
        field(
          content.find((part) => field(part, 'type') === 'text/html'),
          'value',
        ),
      ),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    }
  })
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
