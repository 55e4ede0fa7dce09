// The access log: the pattern of the route in place of the path, so that no token and no ZIP is ever in it (threats T9, T20).
import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Log } from '../delivery/settle.ts'

/** Returns the pattern that answered, such as `/u/:token`; `(none)` for a path that nothing lives at. */
export function routeOf(c: Context): string {
  const named: unknown = c.get('route')
  if (typeof named === 'string') return named
  const pattern = routePath(c, -1)
  return pattern === '' || pattern.endsWith('*') ? '(none)' : pattern
}

/** Returns the middleware that writes one line for each request: what was asked, how it went, and who asked by the id of their key or account. */
export function accessLog(log: Log): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now()
    await next()
    const ms = Math.round(performance.now() - start)
    const [keyId, accountId]: unknown[] = [c.get('keyId'), c.get('accountId')]
    const who = {
      ...(typeof keyId === 'string' ? { keyId } : {}),
      ...(typeof accountId === 'string' ? { accountId } : {}),
    }
    const request = { method: c.req.method, route: routeOf(c), status: c.res.status, ms }
    log.info({ ...request, ...who }, 'answered')
  }
}
