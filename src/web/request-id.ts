// The id of a request: in the answer and in every line the log has of it, so that the two are found together.
import { randomUUID } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'

/** What a proxy or a program may call its request; nothing else gets into the log. */
const SANE = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/

const HEADER = 'X-Request-Id'

/** Returns the id of the request; '' outside of the application. */
export function requestIdOf(c: Context): string {
  const id: unknown = c.get('requestId')
  return typeof id === 'string' ? id : ''
}

/** Takes the id that came with the request when it is sane, makes one otherwise, and puts it into the answer. */
export const requestId: MiddlewareHandler = async (c, next) => {
  const given = c.req.header(HEADER) ?? ''
  const id = SANE.test(given) ? given : randomUUID()
  c.set('requestId', id)
  await next()
  c.res.headers.set(HEADER, id)
}
