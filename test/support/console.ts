// The console as somebody of a role sees it: an account, a session, and forms that carry what a browser would send.
import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import type { Role } from '../../src/access/roles.ts'
import { openSession } from '../../src/access/sessions.ts'
import type { Web } from './web.ts'

export interface Person {
  id: string
  name: string
  email: string
  /** For the `Cookie` header. */
  cookie: string
  csrf: string
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** Posts a form with our token and origin; paths are below the console. */
  post(path: string, fields?: Record<string, string>): Promise<Response>
  /** The text of a page, which must be there. */
  page(path: string): Promise<string>
}

let people = 0

/** Returns a person of this role who is signed in, second factor and all. */
export async function signedIn(web: Pick<Web, 'site' | 'app'>, role: Role): Promise<Person> {
  const { site } = web
  const number = ++people
  const name = `${role[0]?.toUpperCase()}${role.slice(1)} ${number}`
  const email = `${role}${number}@staff.example`
  const { rows } = await sql<{ id: string }>`
    INSERT INTO account (email, name, role, password_hash, totp_secret, totp_since, made_at, made_by)
    VALUES (${email}, ${name}, ${role}, 'none', '\\x00', now(), now(), 'test') RETURNING id`.execute(site.db)
  const id = rows[0]?.id ?? ''
  const token = await openSession(site.db, id, 'whole', 'A browser on Linux', site.clock.now())
  const isSecure = site.baseUrl.startsWith('https:')
  const cookie = `${isSecure ? '__Host-' : ''}rollcall-session=${token}`
  const csrf = createHmac('sha256', token).update('rollcall form').digest('base64url')
  const at = (path: string) => `${site.root}/console${path}`
  const get = async (path: string, headers: Record<string, string> = {}) =>
    web.app.request(at(path), { headers: { cookie, ...headers } })
  return {
    id,
    name,
    email,
    cookie,
    csrf,
    get,
    async post(path, fields = {}) {
      return web.app.request(at(path), {
        method: 'POST',
        headers: { cookie, origin: new URL(site.baseUrl).origin },
        body: new URLSearchParams({ csrf, ...fields }),
      })
    },
    async page(path) {
      const answer = await get(path)
      const text = await answer.text()
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 500)}`)
      return text
    },
  }
}

/** Returns where an answer redirects to, below the console. */
export function landing(answer: Response): string {
  return (answer.headers.get('location') ?? '').replace(/^.*\/console/, '')
}
