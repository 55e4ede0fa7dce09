// The id of a request: in the answer and in every line the log has of it, so that the two are found together.
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { symbols, type Logger } from 'pino'

/** What a proxy or a program may call its request; nothing else gets into the log. */
const SANE = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/

const HEADER = 'X-Request-Id'

const current = new AsyncLocalStorage<string>()

/** Returns the id of the request that is being answered; '' outside of one. */
export function currentRequestId(): string {
  return current.getStore() ?? ''
}

/** Takes the id that came with the request when it is sane, makes one otherwise, and puts it into the answer. */
export const requestId: MiddlewareHandler = async (c, next) => {
  const given = c.req.header(HEADER) ?? ''
  const id = SANE.test(given) ? given : randomUUID()
  await current.run(id, next)
  c.res.headers.set(HEADER, id)
}

/** Returns the log with the id of the request in each line that is written while one is answered, whoever writes it. */
export function requestLog(log: Logger): Logger {
  const own = log.child({})
  const mixin = (): object => {
    const id = currentRequestId()
    return id === '' ? {} : { requestId: id }
  }
  return Object.assign(own, { [symbols.mixinSym]: mixin })
}
