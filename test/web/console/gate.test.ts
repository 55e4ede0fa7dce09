// The gate of the console: every route × every role, forms that are not ours, and what each page tells the browser.
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { may, ROLES, type Role } from '../../../src/access/roles.ts'
import type { Store } from '../../../src/store/connect.ts'
import type { Route } from '../../../src/web/console/console.ts'
import { createConsolePages } from '../../../src/web/console/mount.tsx'
import { landing, signedIn, type Person } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { openWeb, type Web } from '../../support/web.ts'

const ORIGIN = 'https://alerts.rollcall.example'
let store: Store
let web: Web
let routes: readonly Route[]
let all: Hono
const people = new Map<Role, Person>()

beforeAll(async () => {
  store = await testDatabase()
  web = await openWeb(store)
  const console = await createConsolePages(web.site)
  routes = console.routes
  all = console.outer
  for (const role of ROLES) people.set(role, await signedIn(web, role))
})
afterAll(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

/** The path with ids that nothing has. */
function filled(path: string): string {
  return (path === '/' ? '' : path).replace(/:[a-zA-Z]+(\{[^}]*\})?\??/g, '999999').replace('*', '')
}

/** Routes that would end this test's own sessions or that answer for as long as somebody listens. */
const isQuiet = (route: Route) => route.path !== '/sign-out' && !/\/(live|events|stream)$/.test(route.path)

async function call(route: Route, cookie: string, csrf = ''): Promise<Response> {
  const path = `${web.site.root}/console${filled(route.path)}`
  if (route.method === 'GET') return web.app.request(path, { headers: { cookie } })
  return web.app.request(`${path}?csrf=${csrf}`, {
    method: 'POST',
    headers: { cookie, origin: ORIGIN },
    body: new URLSearchParams({ csrf }),
  })
}

describe('T16 roles and routes', () => {
  it('T16 there is no route without a policy', () => {
    const declared = new Set(routes.map(({ method, path }) => `${method} ${path}`))
    const open = all.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => !declared.has(route))
    // Three files that hold nothing of anybody's.
    expect(open.toSorted()).toEqual(['GET /console.css', 'GET /console.js', 'GET /icon.svg'])
    expect(routes.length).toBeGreaterThan(20)
  })

  it.each(ROLES)('T16 %s gets exactly what the role grants, of things that do not exist, too', async (role) => {
    const person = people.get(role)
    const wrong: string[] = []
    for (const route of routes.filter(isQuiet)) {
      const { leave } = route
      const isGranted = leave === 'anyone' || leave === 'signed-in' || leave === 'signing-in' || may(role, leave)
      const { status } = await call(route, person?.cookie ?? '', person?.csrf)
      // Whoever may do it is told what is wrong with the wish; nobody else learns anything but that they may not.
      if ((status === 403) === isGranted || status >= 500)
        wrong.push(`${route.method} ${route.path} answered ${status}`)
    }
    expect(wrong).toEqual([])
  })

  it('T16 a stranger gets the sign-in page for everything', async () => {
    for (const route of routes.filter(({ leave }) => leave !== 'anyone')) {
      const answer = await call(route, '')
      expect([answer.status, landing(answer).split('?')[0]], route.path).toEqual([303, '/sign-in'])
    }
  })

  it('T16 a page with a foreign or missing id says that there is none, to whoever may look', async () => {
    const admin = people.get('admin')
    for (const route of routes.filter(({ method, path }) => method === 'GET' && path.includes(':')).filter(isQuiet)) {
      const { status } = await call(route, admin?.cookie ?? '')
      expect([404, 303], route.path).toContain(status)
    }
  })
})

describe('T18 forms from elsewhere', () => {
  const foreign: [string, Record<string, string>][] = [
    ['another origin', { origin: 'https://evil.example' }],
    ['no origin', {}],
    ['Origin: null', { origin: 'null' }],
    ['our host over http', { origin: 'http://alerts.rollcall.example' }],
    ['a host that begins like ours', { origin: 'https://alerts.rollcall.example.evil.example' }],
    [
      'another origin that claims to be the same site',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
  ]
  it.each(foreign)('T18 %s is refused, with the right token', async (_, headers) => {
    const author = people.get('author')
    const answer = await web.app.request('/console/me/name', {
      method: 'POST',
      headers: { cookie: author?.cookie ?? '', ...headers },
      body: new URLSearchParams({ csrf: author?.csrf ?? '', name: 'Changed' }),
    })
    expect(answer.status).toBe(403)
    expect(await author?.page('/me')).not.toContain('Changed')
  })

  const bodies: [string, string, string][] = [
    ['text/plain that looks like a form', 'text/plain', 'name=Changed'],
    ['text/plain JSON', 'text/plain', '{"name":"Changed"}'],
    ['JSON', 'application/json', '{"name":"Changed"}'],
  ]
  it.each(bodies)('T18 %s is refused, from our origin, too: it holds no token', async (_, type, body) => {
    const author = people.get('author')
    const headers = { cookie: author?.cookie ?? '', origin: ORIGIN, 'content-type': type }
    const answer = await web.app.request('/console/me/name', { method: 'POST', headers, body })
    expect(answer.status).toBe(403)
  })

  it('T18 the token of somebody else, or none, is refused', async () => {
    const author = people.get('author')
    for (const csrf of ['', 'x', people.get('admin')?.csrf ?? ''])
      expect((await author?.post('/me/name', { csrf, name: 'Changed' }))?.status).toBe(403)
    expect((await author?.post('/me/name', { name: 'Changed' }))?.status).toBe(303)
  })

  it('T18 no other method changes anything', async () => {
    const author = people.get('author')
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const headers = { cookie: author?.cookie ?? '', origin: ORIGIN }
      expect((await web.app.request('/console/me/name', { method, headers })).status).toBe(404)
    }
  })

  it('T18 the one-click route stands outside: no origin, no cookie, no token', async () => {
    const answer = await web.app.request('/u/no-such-token', { method: 'POST', body: 'List-Unsubscribe=One-Click' })
    expect(answer.status).toBe(404)
    expect(await answer.text()).not.toContain('form')
  })
})

describe('what a page tells the browser', () => {
  it('T13 one script by its nonce, another nonce each time, framed by nobody', async () => {
    const admin = people.get('admin')
    const answers = await Promise.all([admin?.get('/me'), admin?.get('/me')])
    const nonces = await Promise.all(
      answers.map(async (answer) => {
        const policy = answer?.headers.get('content-security-policy') ?? ''
        const nonce = /script-src 'nonce-([\w-]{22})'/.exec(policy)?.[1] ?? ''
        expect(policy).toContain("default-src 'none'")
        expect(policy).toContain("frame-ancestors 'none'")
        expect(policy).toContain("require-trusted-types-for 'script'")
        expect(policy).not.toContain('unsafe')
        expect(answer?.headers.get('x-frame-options')).toBe('DENY')
        expect(answer?.headers.get('cache-control')).toBe('no-store')
        expect(await answer?.text()).toContain(`<script nonce="${nonce}"`)
        return nonce
      }),
    )
    expect(new Set(nonces).size).toBe(2)
  })

  it('T13 what people are called is text, wherever it is shown', async () => {
    const author = people.get('author')
    await store.pool.query('UPDATE account SET name = $1 WHERE id = $2', [`"><script>alert('x')</script>`, author?.id])
    const page = await people.get('admin')?.page('/settings/team')
    expect(page).toContain('&lt;script&gt;')
    expect(page).not.toContain('<script>alert')
  })

  it('T17 the cookie of a session is for this host, over https, and for no script', async () => {
    await using fresh = await testDatabase()
    await using empty = await openWeb(fresh)
    const answer = await empty.app.request('/console/setup', {
      method: 'POST',
      headers: { origin: ORIGIN },
      body: new URLSearchParams({
        name: 'Ada',
        email: 'ada@staff.example',
        password: 'plum tractor echo nine',
        again: 'plum tractor echo nine',
      }),
    })
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-rollcall-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
  })

  it('a body larger than a form may be is refused', async () => {
    const author = people.get('author')
    const answer = await author?.post('/me/name', { name: 'x'.repeat(2_100_000) })
    expect(answer?.status).toBe(413)
  })
})
