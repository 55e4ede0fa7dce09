// What an answer says when something is wrong: problem details (RFC 9457), the same shape for every error of the API.
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import { RollcallError } from '../../core/errors.ts'
import { currentRequestId } from '../request-id.ts'

/** One field of a request that is not as it must be. */
const fieldProblem = z.object({
  in: z.enum(['path', 'query', 'body', 'header']).describe('the part of the request'),
  field: z.string().describe('the name, or a JSON Pointer (RFC 6901) into the body; empty for the whole'),
  message: z.string(),
})
export type FieldProblem = z.output<typeof fieldProblem>

export const problemSchema = z.object({
  type: z.literal('about:blank'),
  title: z.string().describe('the phrase of the status'),
  status: z.number().int(),
  detail: z.string().describe('what is wrong, in a sentence'),
  code: z.string().describe('stable, for programs'),
  hint: z.string().optional().describe('what to do about it'),
  requestId: z.string().describe('under which the log has it'),
  errors: z.array(fieldProblem).optional(),
})

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const
export type ProblemStatus = keyof typeof TITLES

interface Refusal {
  status: ProblemStatus
  code: string
  detail: string
  hint?: string | undefined
  errors?: readonly FieldProblem[]
  headers?: Readonly<Record<string, string>>
}

/** Thrown where a request cannot be carried out as it stands. */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.detail)
    this.name = 'Refused'
    this.refusal = refusal
  }
}

/** What is not there. */
const MISSING: ReadonlySet<string> = new Set([
  'no_campaign',
  'no_subscriber',
  'no_such_term',
  'unknown_roll_call',
  'unknown_issue',
  'no_map',
  'no_override',
])

/** What may not be done as things stand now. */
const CONFLICTS: ReadonlySet<string> = new Set([
  'already_launched',
  'already_resolved',
  'approval_void',
  'audience_differs',
  'bad_transition',
  'campaign_busy',
  'campaign_closed',
  'not_launched',
  'sealed',
  'stale_revision',
])

/** Ours to mend, not the caller's; their words may say more of us than a stranger should read. */
const OUTAGES: ReadonlySet<string> = new Set([
  'database_unreachable',
  'redis_unreachable',
  'imap_unusable',
  'worker_lost',
])

/** Returns what to answer to anything thrown; `isOurs` says that somebody of ours must look at it. */
export function refusalOf(error: unknown): Refusal & { isOurs: boolean } {
  if (error instanceof Refused) return { ...error.refusal, isOurs: false }
  if (!(error instanceof RollcallError) || error.code === 'bug')
    return {
      status: 500,
      code: 'bug',
      detail: 'this is an error of ours; the log has it under the request id',
      isOurs: true,
    }
  const { code, message: detail, hint } = error
  if (OUTAGES.has(code))
    return {
      status: 503,
      code,
      detail: 'something this needs does not answer now',
      hint: 'try again in a while',
      isOurs: true,
    }
  const status = MISSING.has(code) ? 404 : CONFLICTS.has(code) ? 409 : code === 'second_person' ? 403 : 422
  return { status, code, detail, hint, isOurs: false }
}

/** Returns the answer for a refusal. */
export function problem(c: Context, { status, code, detail, hint, errors, headers = {} }: Refusal): Response {
  const document = {
    type: 'about:blank',
    title: TITLES[status],
    status,
    detail,
    code,
    ...(hint === undefined ? {} : { hint }),
    requestId: currentRequestId(),
    ...(errors === undefined ? {} : { errors }),
  }
  return c.body(JSON.stringify(document), status satisfies ContentfulStatusCode, {
    'Content-Type': 'application/problem+json',
    ...headers,
  })
}
