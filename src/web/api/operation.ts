// One declaration for each operation of the API: the route, what it takes, what it answers and who may call it.
import type { z } from 'zod'
import type { KeyHolder } from '../../access/api-keys.ts'
import type { Permission } from '../../access/roles.ts'
import type { Site } from '../site.ts'

export const GROUPS = [
  'This key',
  'Campaigns',
  'Campaigns: the send',
  'Transports and kill switch',
  'Congress',
  'Subscribers',
  'Suppressions',
  'Compliance',
  'Feedback',
  'Audit log',
] as const
type Group = (typeof GROUPS)[number]

/** A body that is read as it comes, such as a CSV file. */
export interface Upload {
  chunks: AsyncIterable<Buffer>
}

/** An answer that is no JSON. */
export interface Download {
  type: string
  body: string | Uint8Array | AsyncIterable<string>
  /** For a file that is to be saved. */
  fileName?: string
  headers?: Readonly<Record<string, string>>
}

/** What a call works with. */
export interface Call<P, Q, B> {
  site: Site
  holder: KeyHolder
  /** The owner of the key, as the logs call them. */
  actor: string
  now: Date
  params: P
  query: Q
  body: B
}

interface Common {
  /** Unique; a verb and its object. */
  id: string
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Below `/api/v1`: `/campaigns/{id}`. */
  path: string
  group: Group
  summary: string
  description?: string
  /** All of them are needed; none: any key. */
  scopes: readonly Permission[]
  /** The answer holds personal data: it is not kept for a repetition of the call. */
  isPersonal?: boolean
  /** A call as one would write it, for the page. */
  example?: { params?: Readonly<Record<string, string>>; query?: string; body?: unknown }
}

/** The body of a request, as the document and the reader see it. */
export type BodySpec =
  | { kind: 'json'; schema: z.ZodType; maxBytes: number }
  | { kind: 'upload'; types: readonly string[]; what: string; maxBytes: number }

export type AnswerSpec =
  | { kind: 'json'; status: 200 | 201; schema: z.ZodType }
  | { kind: 'download'; types: readonly string[]; what: string }

/** An operation whose types are no longer needed. */
export interface Operation extends Common {
  params: z.ZodObject | null
  query: z.ZodObject | null
  body: BodySpec | null
  answer: AnswerSpec
  run(call: Call<unknown, unknown, unknown>): Promise<unknown>
}

/** A document of the size of a form. */
const SMALL = 256 * 1024

interface JsonIn<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> extends Common {
  params?: P
  query?: Q
  body?: B
  maxBytes?: number
}

interface UploadIn<P extends z.ZodObject, Q extends z.ZodObject> extends Common {
  params?: P
  query?: Q
  upload: { types: readonly string[]; what: string; maxBytes: number }
}

interface JsonOut<A extends z.ZodType, C> {
  status?: 200 | 201
  answer: A
  run(call: C): Promise<z.input<A>>
}

interface DownloadOut<C> {
  download: { types: readonly string[]; what: string }
  run(call: C): Promise<Download>
}

type Called<P extends z.ZodObject, Q extends z.ZodObject, B> = Call<z.output<P>, z.output<Q>, B>

/** Declares an operation that takes JSON, or nothing, and answers JSON. */
export function operation<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType>(
  spec: JsonIn<P, Q, B> & JsonOut<A, Called<P, Q, z.output<B>>>,
): Operation {
  return erased(spec, jsonBody(spec), { kind: 'json', status: spec.status ?? 200, schema: spec.answer })
}

/** Declares an operation that takes a file and answers JSON. */
export function uploadOperation<P extends z.ZodObject, Q extends z.ZodObject, A extends z.ZodType>(
  spec: UploadIn<P, Q> & JsonOut<A, Called<P, Q, Upload>>,
): Operation {
  return erased(
    spec,
    { kind: 'upload', ...spec.upload },
    { kind: 'json', status: spec.status ?? 200, schema: spec.answer },
  )
}

/** Declares an operation that answers a file or a message. */
export function downloadOperation<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  spec: JsonIn<P, Q, B> & DownloadOut<Called<P, Q, z.output<B>>>,
): Operation {
  return erased(spec, jsonBody(spec), { kind: 'download', ...spec.download })
}

/** Declares an operation that takes a file and answers another. */
export function filterOperation<P extends z.ZodObject, Q extends z.ZodObject>(
  spec: UploadIn<P, Q> & DownloadOut<Called<P, Q, Upload>>,
): Operation {
  return erased(spec, { kind: 'upload', ...spec.upload }, { kind: 'download', ...spec.download })
}

function jsonBody({ body, maxBytes = SMALL }: { body?: z.ZodType; maxBytes?: number }): BodySpec | null {
  return body === undefined ? null : { kind: 'json', schema: body, maxBytes }
}

type Loose = Common & { params?: z.ZodObject; query?: z.ZodObject; run: unknown }

/** The reader gives each operation what its own schemas have read: the types hold by construction. */
function erased(spec: Loose, body: BodySpec | null, answer: AnswerSpec): Operation {
  const { id, method, path, group, summary, scopes, params = null, query = null } = spec
  return {
    id,
    method,
    path,
    group,
    summary,
    scopes,
    params,
    query,
    body,
    answer,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(spec.isPersonal === undefined ? {} : { isPersonal: spec.isPersonal }),
    ...(spec.example === undefined ? {} : { example: spec.example }),
    run: spec.run as Operation['run'],
  }
}
