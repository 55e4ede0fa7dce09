// The API as a program sees it: every answer is held against the document that the server itself gives out.
import { z } from 'zod'
import { makeKey } from '../../src/access/api-keys.ts'
import type { Role } from '../../src/access/roles.ts'
import { grantable, KEY_SCOPES } from '../../src/access/scopes.ts'
import { signedIn, type Person } from './console.ts'
import type { Web } from './web.ts'

type Json = Record<string, unknown>

export interface Ask {
  params?: Readonly<Record<string, string>>
  query?: Readonly<Record<string, string>> | readonly (readonly [string, string])[]
  /** JSON, unless `type` says otherwise. */
  body?: unknown
  type?: string
  headers?: Readonly<Record<string, string>>
}

export interface Reply {
  status: number
  headers: Headers
  text: string
  /** Of a JSON answer. */
  json: Json
}

/** Calls an operation by its id; fails when the answer is not as the document says. */
export type Caller = (operationId: string, ask?: Ask) => Promise<Reply>

interface DocumentedOperation {
  id: string
  method: string
  path: string
  takesKey: boolean
  responses: Record<string, { content?: Record<string, { schema: Json }>; $ref?: string }>
}

export interface Api {
  document: Json
  operations: ReadonlyMap<string, DocumentedOperation>
  /** Ids of the operations that answered with success. */
  exercised: ReadonlySet<string>
  /** Returns a caller with a key of a new account. */
  as(role: Role, scopes?: readonly string[]): Promise<Caller & { key: string; person: Person }>
  /** Returns a caller that sends this key, or none. */
  with(key: string | null): Caller
}

let calls = 0

/** Returns the API of an application. */
export async function openApi(web: Web): Promise<Api> {
  const document = (await (await web.app.request(`${web.site.root}/api/v1/openapi.json`)).json()) as Json
  const operations = new Map(operationsOf(document).map((each) => [each.id, each]))
  const exercised = new Set<string>()
  const validators = new Map<string, z.ZodType>()

  function caller(key: string | null): Caller {
    return async (id, ask = {}) => {
      const operation = operations.get(id)
      if (operation === undefined) throw new Error(`the document has no operation ${id}`)
      const answer = await web.app.request(urlOf(web, operation, ask), initOf(operation, ask, key))
      const text = await answer.text()
      const reply = { status: answer.status, headers: answer.headers, text, json: jsonOf(answer, text) }
      assertDocumented(operation, reply)
      if (answer.status < 300) exercised.add(id)
      return reply
    }
  }

  function assertDocumented(operation: DocumentedOperation, { status, headers, text, json }: Reply): void {
    const said = operation.responses[String(status)]
    if (said === undefined) throw new Error(`${operation.id} answered ${status}, which is not documented: ${text}`)
    const { content = {} } = said.$ref === undefined ? said : (resolve(document, said.$ref) as typeof said)
    const type = (headers.get('content-type') ?? '').split(';')[0] ?? ''
    const spec = content[type]
    if (spec === undefined) throw new Error(`${operation.id} answered ${status} as ${type}, which is not documented`)
    if (!type.endsWith('json')) return
    const name = `${operation.id} ${status}`
    const validator = validators.get(name) ?? z.fromJSONSchema(inlined(document, spec.schema) as never)
    validators.set(name, validator)
    const checked = validator.safeParse(json)
    if (!checked.success) throw new Error(`${name} is not as documented: ${checked.error.message}\n${text}`)
  }

  return {
    document,
    operations,
    exercised,
    with: caller,
    async as(role, scopes = grantable(role)) {
      const person = await signedIn(web, role)
      const { key } = await makeKey(web.site.db, {
        name: `test ${role}`,
        owner: { id: person.id, role },
        scopes: KEY_SCOPES.filter((each) => scopes.includes(each)),
        expiresAt: null,
        actor: person.name,
        now: web.site.clock.now(),
      })
      return Object.assign(caller(key), { key, person })
    },
  }
}

function operationsOf(document: Json): DocumentedOperation[] {
  return Object.entries(document['paths'] as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, spec]) => ({
      id: String(spec['operationId']),
      method: method.toUpperCase(),
      path,
      takesKey: method === 'post',
      responses: spec['responses'] as DocumentedOperation['responses'],
    })),
  )
}

function urlOf(web: Web, { path }: DocumentedOperation, { params = {}, query = {} }: Ask): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const entries = Array.isArray(query) ? query : Object.entries(query)
  const search = new URLSearchParams(entries.map(([name, value]) => [name, value] as [string, string])).toString()
  return `${web.site.root}/api/v1${filled}${search === '' ? '' : `?${search}`}`
}

function initOf({ method, takesKey }: DocumentedOperation, ask: Ask, key: string | null): RequestInit {
  const { body, type = 'application/json', headers = {} } = ask
  return {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(takesKey ? { 'idempotency-key': `call-${++calls}` } : {}),
      ...(body === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: (type === 'application/json' ? JSON.stringify(body) : body) as BodyInit }),
  }
}

function jsonOf(answer: Response, text: string): Json {
  return /json/.test(answer.headers.get('content-type') ?? '') ? (JSON.parse(text) as Json) : {}
}

function resolve(document: Json, ref: string): unknown {
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((found, part) => (found as Json)[part], document)
}

function inlined(document: Json, schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((each) => inlined(document, each))
  if (typeof schema !== 'object' || schema === null) return schema
  if ('$ref' in schema) return inlined(document, resolve(document, String(schema.$ref)))
  return Object.fromEntries(Object.entries(schema).map(([name, each]) => [name, inlined(document, each)]))
}
