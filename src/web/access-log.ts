// The access log: the pattern of the route in place of the path, so that no token and no ZIP is ever in it (threats T9, T20).
import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Log } from '../delivery/settle.ts'

/** Returns the pattern that answered, such as `/u/:token`; `(none)` for a path that nothing lives at. */
export function routeOf(c: Context): string {
  const pattern = routePath(c, -1)
  return pattern === '' || pattern.endsWith('*') ? '(none)' : pattern
}

/** Returns the middleware that writes one line for each request. */
export function accessLog(log: Log): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now()
    await next()
    const ms = Math.round(performance.now() - start)
    log.info({ method: c.req.method, route: routeOf(c), status: c.res.status, ms }, 'answered')
  }
}
