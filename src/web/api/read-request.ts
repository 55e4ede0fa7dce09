// Reads a request by the schemas of its operation; what does not fit is refused before anything is done.
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { z } from 'zod'
import type { BodySpec, Operation, Upload } from './operation.ts'
import { Refused, type FieldProblem } from './problem.ts'

interface Read {
  params: unknown
  query: unknown
  body: unknown
  /** SHA-256 of what is asked: path, query and body; reads what is left of a file first. */
  digest: () => Promise<Buffer>
}

/** Returns the parts of the request. Throws `Refused` with every field that does not fit. */
export async function readRequest(c: Context, operation: Operation): Promise<Read> {
  const { params, query, body: spec } = operation
  const read = {
    params: params === null ? {} : check(params, c.req.param(), 'path'),
    query: query === null ? assertNoQuery(c) : check(query, queryOf(c), 'query'),
  }
  const hash = createHash('sha256').update(JSON.stringify([operation.id, c.req.path, sortedQuery(c)]))
  if (spec === null) return { ...read, body: undefined, digest: async () => hash.digest() }
  assertType(c, spec)
  const chunks = limited(c, spec.maxBytes)
  if (spec.kind === 'upload') {
    const upload = hashing(chunks, (chunk) => void hash.update(chunk))
    const body: Upload = { chunks: upload }
    return { ...read, body, digest: async () => (await drain(upload), hash.digest()) }
  }
  const bytes = await collect(chunks)
  hash.update(bytes)
  return { ...read, body: check(spec.schema, parseJson(bytes), 'body'), digest: async () => hash.digest() }
}

/** A name that is given more than once becomes a list. */
function queryOf(c: Context): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  )
}

function assertNoQuery(c: Context): Record<string, never> {
  const [name] = Object.keys(c.req.queries())
  if (name === undefined) return {}
  throw invalid([{ in: 'query', field: name, message: 'there is no such parameter here' }])
}

function sortedQuery(c: Context): string[] {
  return [...new URL(c.req.url).searchParams].map(([name, value]) => `${name}=${value}`).sort()
}

function check(schema: z.ZodType, value: unknown, where: 'path' | 'query' | 'body'): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalid(
    parsed.error.issues.map((issue) => ({
      in: where,
      field: where === 'body' ? pointer(issue.path) : issue.path.map(String).join('.'),
      message: issue.message,
    })),
  )
}

function invalid(errors: FieldProblem[]): Refused {
  const [first] = errors
  const place = first === undefined || first.field === '' ? (first?.in ?? 'request') : `${first.in} ${first.field}`
  return new Refused({
    status: 422,
    code: 'invalid_request',
    detail: `${place}: ${first?.message ?? 'not as it must be'}${errors.length > 1 ? `; and ${errors.length - 1} more` : ''}`,
    hint: 'the document at /api/v1/docs says what fits',
    errors: errors.slice(0, 50),
  })
}

/** RFC 6901. */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function assertType(c: Context, spec: BodySpec): void {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const types = spec.kind === 'json' ? ['application/json'] : spec.types
  if (types.includes(type)) return
  throw new Refused({
    status: 415,
    code: 'wrong_type',
    detail: type === '' ? 'the request does not say what its body is' : `a body of "${type}" is not read here`,
    hint: `send Content-Type: ${types.join(' or ')}`,
    headers: { Accept: types.join(', ') },
  })
}

/** The body as it comes, and no more of it than allowed. */
async function* limited(c: Context, maxBytes: number): AsyncGenerator<Buffer> {
  const tooLarge = (): Refused =>
    new Refused({
      status: 413,
      code: 'too_large',
      detail: `the body has more than ${maxBytes.toLocaleString('en-US')} bytes`,
      hint: 'send less at a time',
    })
  if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw tooLarge()
  let bytes = 0
  for await (const chunk of c.req.raw.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw tooLarge()
    yield Buffer.from(chunk)
  }
}

async function* hashing(chunks: AsyncIterable<Buffer>, note: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    note(chunk)
    yield chunk
  }
}

async function drain(chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of chunks) void chunk
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Refused({
      status: 400,
      code: 'bad_json',
      detail: bytes.length === 0 ? 'the body is empty' : 'the body is no JSON in UTF-8',
      hint: 'send one JSON document',
    })
  }
}
