// The cookies of the console: the session, the browser that is known again, the time zone.
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Site } from '../site.ts'

/** `__Host-` ties a cookie to this very host over https; browsers take it over nothing else (RFC 6265bis section 4.1.3). */
function nameOf(site: Site, name: string): string {
  return isSecure(site) ? `__Host-rollcall-${name}` : `rollcall-${name}`
}

function isSecure(site: Site): boolean {
  return site.baseUrl.startsWith('https:')
}

/** Returns the token of the session, '' for none. */
export function sessionToken(site: Site, c: Context): string {
  return getCookie(c, nameOf(site, 'session')) ?? ''
}

/** Gives the browser its session, until it is closed. */
export function setSession(site: Site, c: Context, token: string): void {
  setCookie(c, nameOf(site, 'session'), token, { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure(site) })
}

export function dropSession(site: Site, c: Context): void {
  deleteCookie(c, nameOf(site, 'session'), { path: '/', secure: isSecure(site) })
}

const YEAR_S = 365 * 24 * 3600

/** Returns what a browser shows that its owner was signed in with before, '' for none. */
export function knownBrowser(site: Site, c: Context): string {
  return getCookie(c, nameOf(site, 'browser')) ?? ''
}

export function setKnownBrowser(site: Site, c: Context, token: string): void {
  setCookie(c, nameOf(site, 'browser'), token, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: isSecure(site),
    maxAge: YEAR_S,
  })
}

/** Returns the time zone that the script of the console found out; UTC for none or nonsense. */
export function zoneOf(c: Context): string {
  const named = getCookie(c, 'rollcall-zone') ?? 'UTC'
  return named === 'UTC' || isZone(named) ? named : 'UTC'
}

function isZone(name: string): boolean {
  if (!/^[A-Za-z_+\-/0-9]{1,64}$/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false // RangeError: no such zone
  }
}
