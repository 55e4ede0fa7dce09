// Who calls, and whether they may: a bearer key, its scopes, and how often it has called in this minute.
import type { Context } from 'hono'
import { findKey, type KeyHolder } from '../../access/api-keys.ts'
import { takeCall, type Budget } from '../../access/call-budgets.ts'
import type { Permission } from '../../access/roles.ts'
import type { Site } from '../site.ts'
import { Refused } from './problem.ts'

/** Enough for a program that watches a send every second with many threads, and too few to hurt. */
export const CALLS_A_MINUTE = 600

const REALM = 'Bearer realm="Rollcall"'

/** Returns who is behind the key of the request, and counts the call. Throws `Refused` with 401 or 429. */
export async function authorize(site: Site, c: Context, callsAMinute: number): Promise<KeyHolder> {
  const holder = await holderOf(site, c)
  const budget = await takeCall(site.db, holder.keyId, callsAMinute)
  const headers = budgetHeaders(budget)
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  if (!budget.isSpent) return holder
  throw new Refused({
    status: 429,
    code: 'too_many_calls',
    detail: `this key has made its ${budget.limit} calls of this minute`,
    hint: `go on in ${budget.resetSeconds} seconds`,
    headers: { ...headers, 'Retry-After': String(budget.resetSeconds) },
  })
}

/** Returns who is behind the bearer key of the request. Throws `Refused` with 401. */
export async function holderOf(site: Site, c: Context): Promise<KeyHolder> {
  const given = c.req.header('authorization')
  const [, token] = /^Bearer +(\S{1,200})$/i.exec(given ?? '') ?? []
  if (token === undefined) {
    throw new Refused({
      status: 401,
      code: 'no_key',
      detail: given === undefined ? 'the request carries no API key' : 'the Authorization header holds no bearer key',
      hint: 'send Authorization: Bearer rck_…; keys are made in the console under Settings, API keys',
      headers: { 'WWW-Authenticate': REALM },
    })
  }
  const holder = await findKey(site.db, token, site.clock.now())
  if (holder !== null) {
    c.set('keyId', holder.keyId)
    return holder
  }
  throw new Refused({
    status: 401,
    code: 'bad_key',
    detail: 'this API key is unknown, revoked or past its day',
    hint: 'make another in the console under Settings, API keys',
    headers: { 'WWW-Authenticate': `${REALM}, error="invalid_token"` },
  })
}

/** Throws `Refused` with 403 for a key that lacks a scope, or whose owner's role lacks it now. */
export function requireScopesOf(holder: KeyHolder, scopes: readonly Permission[]): void {
  const missing = scopes.filter((scope) => !holder.scopes.has(scope))
  if (missing.length === 0) return
  throw new Refused({
    status: 403,
    code: 'scope_missing',
    detail: `this needs the scope ${missing.join(' and ')}`,
    hint: 'use a key that has it; a key never has more than the role of its owner',
    headers: { 'WWW-Authenticate': `${REALM}, error="insufficient_scope", scope="${scopes.join(' ')}"` },
  })
}

/** draft-ietf-httpapi-ratelimit-headers-10: the policy, and what is left of it. */
function budgetHeaders({ limit, windowSeconds, remaining, resetSeconds }: Budget): Record<string, string> {
  return {
    'RateLimit-Policy': `"calls";q=${limit};w=${windowSeconds}`,
    RateLimit: `"calls";r=${remaining};t=${resetSeconds}`,
  }
}
