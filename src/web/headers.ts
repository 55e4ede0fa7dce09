// What every page tells the browser: load nothing, keep nothing, tell nobody where the visitor came from.
import type { MiddlewareHandler } from 'hono'

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Sets the headers that an answer has not set itself. */
export const pageHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  const fixed: Readonly<Record<string, string>> = {
    'Content-Security-Policy': POLICY,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Robots-Tag': 'noindex, nofollow',
    'Cross-Origin-Opener-Policy': 'same-origin',
  }
  for (const [name, value] of Object.entries(fixed)) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value)
  }
}
