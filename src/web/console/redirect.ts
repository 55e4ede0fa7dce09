// Where an answer sends the browser next: always a page of this console.
import type { Context } from 'hono'
import type { Guest } from './desk.ts'

/** Redirects to a path below the console, with GET. */
export function redirectTo(c: Context, { root }: Guest, path: string): Response {
  return c.redirect(root + path, 303)
}

/** Returns the path below the console that a visitor wanted, or '': nothing that leads elsewhere. */
export function wantedPath({ root }: Guest, to: string): string {
  const base = 'https://console.invalid'
  const url = URL.parse(to, base)
  const isOurs = url?.origin === base && (url.pathname === root || url.pathname.startsWith(`${root}/`))
  return isOurs && to.startsWith('/') ? (url.pathname + url.search).slice(root.length) : ''
}
