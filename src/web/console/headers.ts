// What every page of the console tells the browser: one script, by its nonce; frames of our own; framed by nobody.
import type { MiddlewareHandler } from 'hono'
import { nonceOf } from './console.ts'

/** Sets the headers that an answer has not set itself (threats T13, T18). */
export const consoleHeaders: MiddlewareHandler = async (c, next) => {
  const nonce = nonceOf(c)
  await next()
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "require-trusted-types-for 'script'",
    'trusted-types rollcall',
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  if (!c.res.headers.has('Content-Security-Policy')) c.res.headers.set('Content-Security-Policy', policy)
  // With no-referrer browsers would name no origin in forms, and the gate would refuse them.
  if (!c.res.headers.has('Referrer-Policy')) c.res.headers.set('Referrer-Policy', 'same-origin')
  if (!c.res.headers.has('X-Frame-Options')) c.res.headers.set('X-Frame-Options', 'DENY')
  if (!c.res.headers.has('Permissions-Policy'))
    c.res.headers.set('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=()')
  if (!c.res.headers.has('Cross-Origin-Resource-Policy'))
    c.res.headers.set('Cross-Origin-Resource-Policy', 'same-origin')
}
