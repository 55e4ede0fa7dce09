// The gate of the console: every route names who may use it, every form must be ours, and nothing is forgotten.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { actorOf } from '../../access/account.ts'
import { may, type Permission } from '../../access/roles.ts'
import type { SealKeys } from '../../access/sealed.ts'
import { findSession, type Session } from '../../access/sessions.ts'
import { newToken } from '../../access/secret-token.ts'
import type { Site } from '../site.ts'
import { formOf } from '../visit.ts'
import { sessionToken, zoneOf } from './cookies.ts'
import type { Desk, FormFields, Guest } from './desk.ts'
import { showForbidden, showForeignForm, showTooLarge } from './frame.tsx'

/** Who may use a route: an act of the roles, anybody who is signed in, somebody on the way in, or anybody at all. */
type Leave = Permission | 'signed-in' | 'signing-in' | 'anyone'

export interface Route {
  method: 'GET' | 'POST'
  /** Below the console: `/campaigns/:id`. */
  path: string
  leave: Leave
}

type Answer = Response | Promise<Response>

interface PostOptions {
  /** The largest body; 2 MB unless told. */
  maxBytes?: number
  /** The handler reads the body itself, as a stream; the token of the form is then the `csrf` of the query. */
  raw?: boolean
}

export interface Console {
  get(path: string, leave: Permission | 'signed-in', handler: (c: Context, desk: Desk) => Answer): void
  post(
    path: string,
    leave: Permission | 'signed-in',
    handler: (c: Context, desk: Desk, form: FormFields) => Answer,
    options?: PostOptions,
  ): void
  /** For pages before somebody is in. */
  guest: {
    get(path: string, handler: (c: Context, guest: Guest) => Answer): void
    post(path: string, handler: (c: Context, guest: Guest, form: FormFields) => Answer): void
  }
  /** For whoever has shown a password and not yet all the rest. */
  entering: {
    get(path: string, handler: (c: Context, desk: Desk) => Answer): void
    post(path: string, handler: (c: Context, desk: Desk, form: FormFields) => Answer): void
  }
  /** Every route there is, for the test of roles and routes. */
  readonly routes: readonly Route[]
  readonly app: Hono
  guestOf(c: Context): Guest
  /** Null when nobody is signed in. */
  deskOf(c: Context): Promise<Desk | null>
}

const MOST_BYTES = 2_000_000

interface Parts {
  site: Site
  seals: SealKeys
  /** Where forms may come from: the origins that this console is reached at. */
  origins: ReadonlySet<string>
  version: string
}

/** Returns a console without pages. */
export function createConsole({ site, seals, origins, version }: Parts): Console {
  const app = new Hono()
  const routes: Route[] = []
  const root = `${site.root}/console`

  app.use(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return await next()
    // Browsers name the origin of every form; whoever does not is no browser, or hides (threat T18).
    if (origins.has(c.req.header('origin') ?? '')) return await next()
    return showForeignForm(c, guestOf(c))
  })

  function guestOf(c: Context): Guest {
    return { site, root, nonce: nonceOf(c), version, zone: zoneOf(c), seals }
  }

  async function deskOf(c: Context): Promise<Desk | null> {
    const token = sessionToken(site, c)
    if (token === '') return null
    const session = await findSession(site.db, token, site.clock.now())
    if (session !== null) c.set('accountId', session.account.id)
    return session === null ? null : makeDesk(guestOf(c), session, csrfOf(token))
  }

  /** Returns the desk, or the answer that sends the visitor where they belong. */
  async function admit(c: Context, leave: Leave): Promise<Desk | Response> {
    const desk = await deskOf(c)
    if (desk === null) return toSignIn(c, root)
    const { stage } = desk.session
    if (leave === 'signing-in') return desk
    if (stage !== 'whole') return c.redirect(`${root}/sign-in/${stage === 'code' ? 'code' : 'second-factor'}`, 303)
    if (leave === 'signed-in' || leave === 'anyone' || desk.can(leave)) return desk
    return showForbidden(c, desk, leave)
  }

  function declare(method: Route['method'], path: string, leave: Leave): (c: Context) => void {
    routes.push({ method, path, leave })
    // The access log knows a page by its pattern and a person by the id of their account.
    return (c) => c.set('route', `/console${path}`)
  }

  function get(path: string, leave: Leave, handler: (c: Context, desk: Desk) => Answer): void {
    const name = declare('GET', path, leave)
    app.get(path, async (c) => {
      name(c)
      const desk = await admit(c, leave)
      return desk instanceof Response ? desk : await handler(c, desk)
    })
  }

  function post(
    path: string,
    leave: Leave,
    handler: (c: Context, desk: Desk, form: FormFields) => Answer,
    { maxBytes = MOST_BYTES, raw = false }: PostOptions = {},
  ): void {
    const name = declare('POST', path, leave)
    const limit = bodyLimit({ maxSize: maxBytes, onError: (c) => showTooLarge(c, guestOf(c), maxBytes) })
    app.post(path, limit, async (c) => {
      name(c)
      const desk = await admit(c, leave)
      if (desk instanceof Response) return desk
      const form = raw ? {} : await formOf(c)
      const given = raw ? (c.req.query('csrf') ?? '') : (form['csrf'] ?? '')
      return isSame(given, desk.csrf) ? await handler(c, desk, form) : showForeignForm(c, desk)
    })
  }

  return {
    app,
    routes,
    guestOf,
    deskOf,
    get,
    post,
    entering: {
      get: (path, handler) => get(path, 'signing-in', handler),
      post: (path, handler) => post(path, 'signing-in', handler),
    },
    guest: {
      get(path, handler) {
        const name = declare('GET', path, 'anyone')
        app.get(path, (c) => {
          name(c)
          return handler(c, guestOf(c))
        })
      },
      post(path, handler) {
        const name = declare('POST', path, 'anyone')
        const limit = bodyLimit({ maxSize: 64 * 1024, onError: (c) => showTooLarge(c, guestOf(c), 64 * 1024) })
        app.post(path, limit, async (c) => {
          name(c)
          return await handler(c, guestOf(c), await formOf(c))
        })
      },
    },
  }
}

function makeDesk(guest: Guest, session: Session, csrf: string): Desk {
  const { account } = session
  return {
    ...guest,
    session,
    account,
    csrf,
    actor: actorOf(account),
    can: (permission) => may(account.role, permission),
  }
}

/** A page asked for is found again after signing in. */
function toSignIn(c: Context, root: string): Response {
  const isPage = c.req.method === 'GET' && !c.req.header('accept')?.includes('text/event-stream')
  const { pathname, search } = new URL(c.req.url)
  const back = isPage && pathname !== root ? `?to=${encodeURIComponent(pathname + search)}` : ''
  return c.redirect(`${root}/sign-in${back}`, 303)
}

const NONCES = new WeakMap<Request, string>()

/** Returns the nonce of this answer, the same for its header and its page. */
export function nonceOf(c: Context): string {
  const known = NONCES.get(c.req.raw)
  if (known !== undefined) return known
  const made = newToken().slice(0, 22)
  NONCES.set(c.req.raw, made)
  return made
}

/** The token of a session's forms: only whoever knows the cookie can make it. */
function csrfOf(token: string): string {
  return createHmac('sha256', token).update('rollcall form').digest('base64url')
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
