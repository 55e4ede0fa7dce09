// The OpenAPI document, made at the start from the very schemas that read the requests and write the answers.
import { z } from 'zod'
import { PERMISSIONS } from '../../access/roles.ts'
import { KEY_SCOPES } from '../../access/scopes.ts'
import type { Site } from '../site.ts'
import { GROUPS, type AnswerSpec, type BodySpec, type Operation } from './operation.ts'
import { problemSchema, type ProblemStatus } from './problem.ts'

type Json = Readonly<Record<string, unknown>>

/** Returns an OpenAPI 3.1.1 document; its schemas are JSON Schema 2020-12. */
export function createDocument(site: Pick<Site, 'organisation' | 'baseUrl'>, operations: readonly Operation[]): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const operation of operations) (paths[operation.path] ??= {})[operation.method] = describeOperation(operation)
  return {
    openapi: '3.1.1',
    info: {
      title: `Rollcall API of ${site.organisation}`,
      version: '1',
      description:
        'Everything the command line does. Errors are problem details (RFC 9457). Every POST needs an Idempotency-Key. Lists go on with the cursor in `next`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: `${site.baseUrl}/api/v1` }],
    tags: GROUPS.map((name) => ({ name })),
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: `An API key (\`rck_…\`) with scopes: ${KEY_SCOPES.map((scope) => `\`${scope}\` (${PERMISSIONS[scope]})`).join(', ')}.`,
        },
      },
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      responses: {
        Problem: {
          description: 'What is wrong, and what to do about it',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  }
}

/** Returns a schema as JSON Schema; what is a Date here is a text in RFC 3339 there. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type !== 'date') return
      jsonSchema.type = 'string'
      jsonSchema.format = 'date-time'
    },
  })
  void $schema
  return json
}

function describeOperation(operation: Operation): Json {
  const { id, group, summary, description, scopes, params, query, body, answer, method } = operation
  const said = [
    description,
    scopes.length === 0 ? 'Needs no scope.' : `Needs the scope ${scopes.map((each) => `\`${each}\``).join(' and ')}.`,
  ]
  return {
    operationId: id,
    tags: [group],
    summary,
    description: said.filter(Boolean).join(' '),
    // OpenAPI 3.1 lets any scheme name roles or scopes.
    security: [{ key: scopes }],
    parameters: [
      ...parametersOf(params, 'path'),
      ...parametersOf(query, 'query'),
      ...(method === 'post' ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(body === null ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: {
      ...successOf(answer, method === 'post'),
      ...Object.fromEntries(statusesOf(operation).map((status) => [String(status), PROBLEM])),
    },
  }
}

const PROBLEM = { $ref: '#/components/responses/Problem' }

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description:
    'a new random key for each thing that is to be done; a repetition within a day gets the first answer again',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

export interface Parameter {
  name: string
  in: 'path' | 'query'
  required: boolean
  description?: string
  schema: Json
}

/** Returns the parameters of a schema, one for each of its fields. */
export function parametersOf(schema: z.ZodObject | null, where: 'path' | 'query'): Parameter[] {
  if (schema === null) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...json }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(typeof description === 'string' ? { description } : {}),
    schema: json,
  }))
}

function contentOf(body: BodySpec): Json {
  if (body.kind === 'json') return { 'application/json': { schema: schemaOf(body.schema, 'input') } }
  return Object.fromEntries(body.types.map((type) => [type, { schema: { description: body.what } }]))
}

function successOf(answer: AnswerSpec, isPost: boolean): Json {
  const headers = {
    'RateLimit-Policy': { description: 'how many calls a minute the key has', schema: { type: 'string' } },
    RateLimit: {
      description: 'how many are left (r), and the seconds until there are more (t)',
      schema: { type: 'string' },
    },
    ...(isPost
      ? {
          'Idempotency-Replayed': { description: 'true: the answer of an earlier request', schema: { type: 'string' } },
        }
      : {}),
  }
  if (answer.kind === 'json') {
    const content = { 'application/json': { schema: schemaOf(answer.schema, 'output') } }
    return { [answer.status]: { description: 'done', headers, content } }
  }
  const content = Object.fromEntries(answer.types.map((type) => [type, { schema: { type: 'string' } }]))
  return { 200: { description: answer.what, headers, content } }
}

/** Every error that an operation can answer with. */
export function statusesOf({ body, params, query, method, scopes }: Operation): ProblemStatus[] {
  const all: [ProblemStatus, boolean][] = [
    [400, method === 'post' || body?.kind === 'json'],
    [401, true],
    [403, scopes.length > 0],
    [404, params !== null || method === 'post' || query !== null],
    [409, method !== 'get'],
    [413, body !== null],
    [415, body !== null],
    [422, true],
    [429, true],
    [500, true],
    [503, true],
  ]
  return all.flatMap(([status, isPossible]) => (isPossible ? [status] : []))
}
