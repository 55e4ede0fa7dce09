// The API on its routes: each declared operation is authorised, read, carried out once, and answered in one place.
import { Readable } from 'node:stream'
import type { Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { actorOf } from '../../access/account.ts'
import { messageOf } from '../../core/errors.ts'
import { stripAddresses } from '../../delivery/reply.ts'
import type { Site } from '../site.ts'
import { authorize, CALLS_A_MINUTE, requireScopesOf } from './authorize.ts'
import { createDocument } from './document.ts'
import { docsPage } from './docs.tsx'
import { once, type Answer } from './once.ts'
import type { Call, Download, Operation } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { problem, refusalOf } from './problem.ts'
import { readRequest } from './read-request.ts'

const BASE = '/api/v1'

/** Adds the API. It stands before the limits of the pages and reads no cookie: a foreign page can do nothing with it (threat T18). */
export function apiRoutes(app: Hono, site: Site): void {
  const document = JSON.stringify(createDocument(site, OPERATIONS))
  beside(app, `${BASE}/openapi.json`, (c) => c.body(document, 200, { 'Content-Type': 'application/json' }))
  beside(app, `${BASE}/docs`, (c) => docsPage(c, site, OPERATIONS))
  const byRoute = [...Map.groupBy(OPERATIONS, ({ path }) => routeOfPath(path))]
  // A fixed path before one with a place for anything: `/subscribers/export` is no subscriber's id.
  for (const [route, same] of byRoute.sort(([a], [b]) => a.split(':').length - b.split(':').length)) {
    for (const operation of same)
      app.on(operation.method.toUpperCase(), route, (c) => answer(named(c, route), site, operation))
    const methods = same.map(({ method }) => method.toUpperCase())
    app.all(route, (c) => wrongMethod(named(c, route), methods))
  }
}

/** What is to be read without a key. */
function beside(app: Hono, route: string, show: (c: Context) => Response | Promise<Response>): void {
  app.get(route, (c) => show(named(c, route)))
  app.all(route, (c) => wrongMethod(named(c, route), ['GET']))
}

/** Returns the answer to a path of the API that nothing lives at; null for paths that are not of the API. */
export function apiNotFound(c: Context, site: Site): Response | null {
  if (!c.req.path.startsWith(`${site.root}${BASE}`)) return null
  return problem(named(c, '(none)'), {
    status: 404,
    code: 'no_operation',
    detail: 'there is no such operation',
    hint: `${site.root}${BASE}/docs shows them all`,
  })
}

function routeOfPath(path: string): string {
  return BASE + path.replace(/\{(\w+)\}/g, ':$1')
}

/** The pattern of the route, for the log and the metrics. */
function named(c: Context, route: string): Context {
  c.set('route', route)
  return c
}

function wrongMethod(c: Context, methods: readonly string[]): Response {
  return problem(c, {
    status: 405,
    code: 'wrong_method',
    detail: `${c.req.method} is not possible here`,
    hint: `use ${methods.join(' or ')}`,
    headers: { Allow: (methods.includes('GET') ? [...methods, 'HEAD'] : methods).join(', ') },
  })
}

async function answer(c: Context, site: Site, operation: Operation): Promise<Response> {
  try {
    const holder = await authorize(site, c, CALLS_A_MINUTE)
    requireScopesOf(holder, operation.scopes)
    const { digest, ...read } = await readRequest(c, operation)
    const actor = actorOf({ id: holder.accountId, name: holder.accountName })
    const call = { site, holder, actor, now: site.clock.now(), ...read }
    if (operation.method !== 'post') return await respond(c, operation, call)
    const { keyId } = holder
    const isPersonal = operation.isPersonal ?? operation.answer.kind === 'download'
    const done = await once(c, { db: site.db, keyId, operation: operation.id, isPersonal, digest }, () =>
      carryOut(operation, call),
    )
    if (done.isRepeated) c.header('Idempotency-Replayed', 'true')
    return c.body(done.body, done.status as ContentfulStatusCode, { 'Content-Type': done.contentType })
  } catch (error) {
    return refuse(c, site, operation, error)
  }
}

type AnyCall = Call<unknown, unknown, unknown>

async function respond(c: Context, operation: Operation, call: AnyCall): Promise<Response> {
  if (operation.answer.kind === 'json') {
    const { status, body, contentType } = await carryOut(operation, call)
    return c.body(body, status as ContentfulStatusCode, { 'Content-Type': contentType })
  }
  const download = (await operation.run(call)) as Download
  for (const [name, value] of Object.entries(download.headers ?? {})) c.header(name, value)
  if (download.fileName !== undefined) c.header('Content-Disposition', `attachment; filename="${download.fileName}"`)
  const { body, type } = download
  if (typeof body === 'string') return c.body(body, 200, { 'Content-Type': type })
  const bytes =
    body instanceof Uint8Array
      ? new Uint8Array(body)
      : (Readable.toWeb(Readable.from(encoded(body))) as ReadableStream<Uint8Array>)
  return c.body(bytes, 200, { 'Content-Type': type })
}

async function* encoded(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const piece of pieces) yield encoder.encode(piece)
}

/** What a schema does not name does not leave the house. */
async function carryOut(operation: Operation, call: AnyCall): Promise<Answer> {
  const result = await operation.run(call)
  if (operation.answer.kind === 'json')
    return {
      status: operation.answer.status,
      contentType: 'application/json',
      body: JSON.stringify(operation.answer.schema.parse(result)),
    }
  const { type, body } = result as Download
  return { status: 200, contentType: type, body: typeof body === 'string' ? body : await textOf(body) }
}

async function textOf(body: Uint8Array | AsyncIterable<string>): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  let text = ''
  for await (const piece of body) text += piece
  return text
}

function refuse(c: Context, site: Site, operation: Operation, error: unknown): Response {
  const refusal = refusalOf(error)
  if (refusal.isOurs) {
    // The message may repeat what it was given; addresses in it are cut out (threat T20).
    const line = { operation: operation.id, error: stripAddresses(messageOf(error)) }
    site.log.error(line, 'an operation of the API failed')
  }
  return problem(c, refusal)
}
