// Coming in: the first visit, passwords and codes, invitations, a forgotten password (threat T17).
import { Secret, TOTP } from 'otpauth'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../../src/store/connect.ts'
import { landing, signedIn } from '../../support/console.ts'
import { testDatabase } from '../../support/database.ts'
import { linkIn, openWeb, type Web } from '../../support/web.ts'

const ADMIN = { name: 'Ada Lind', email: 'ada@staff.example', password: 'plum tractor echo nine' }
let store: Store
let web: Web

beforeEach(async () => {
  store = await testDatabase()
  web = await openWeb(store)
})
afterEach(async () => {
  await web[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

/** A browser: keeps cookies, sends the origin, and fills in the token of the last page. */
function browser() {
  const cookies = new Map<string, string>()
  let csrf = ''
  async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; to: string; text: string }> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = {
      cookie,
      origin: 'https://alerts.rollcall.example',
      'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/140',
    }
    const answer = await web.app.request(`/console${path}`, { ...init, headers })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await answer.text()
    csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? csrf
    return { status: answer.status, to: landing(answer), text }
  }
  return {
    cookies,
    get: (path: string) => ask(path),
    post: (path: string, fields: Record<string, string>) =>
      ask(path, { method: 'POST', body: new URLSearchParams({ csrf, ...fields }) }),
  }
}

function codeOf(page: string, at: Date): string {
  const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(page)?.[1]?.replaceAll(' ', '') ?? ''
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at.getTime() })
}

/** The first visit, from the empty form to the recovery codes. */
async function setUpAdmin() {
  const visitor = browser()
  await visitor.get('/setup')
  await visitor.post('/setup', { ...ADMIN, again: ADMIN.password })
  const { text: enrolment } = await visitor.get('/sign-in/second-factor')
  const { text } = await visitor.post('/sign-in/second-factor', { code: codeOf(enrolment, web.clock.now()) })
  const codes = /<pre>([^<]+)<\/pre>/.exec(text)?.[1]?.split('\n') ?? []
  return { visitor, enrolment, codes }
}

describe('the first visit', () => {
  it('makes the admin, who sets up a second factor before anything else', async () => {
    const { visitor, codes } = await setUpAdmin()
    expect(codes).toHaveLength(8)
    const me = await visitor.get('/me')
    expect(me.status).toBe(200)
    expect(me.text).toContain('Firefox on Linux (this one)')
  })

  it('goes nowhere else while the second factor is missing', async () => {
    const visitor = browser()
    await visitor.post('/setup', { ...ADMIN, again: ADMIN.password })
    expect((await visitor.get('/me')).to).toBe('/sign-in/second-factor')
    expect((await visitor.get('/settings/team')).to).toBe('/sign-in/second-factor')
  })

  it('is the only one: afterwards there is no way to make an admin', async () => {
    await setUpAdmin()
    const stranger = browser()
    expect((await stranger.get('/setup')).to).toBe('/sign-in')
    const answer = await stranger.post('/setup', { ...ADMIN, email: 'eve@staff.example', again: ADMIN.password })
    expect(answer.to).toBe('/sign-in')
    expect((await store.pool.query('SELECT email FROM account')).rows).toEqual([{ email: ADMIN.email }])
  })

  it('two first visits at one moment make one admin', async () => {
    const [a, b] = [browser(), browser()]
    await Promise.all([
      a.post('/setup', { ...ADMIN, again: ADMIN.password }),
      b.post('/setup', { ...ADMIN, email: 'eve@staff.example', again: ADMIN.password }),
    ])
    expect((await store.pool.query('SELECT 1 FROM account')).rowCount).toBe(1)
  })

  it('says at each field what is wrong, and keeps what was typed', async () => {
    const { status, text } = await browser().post('/setup', { name: '', email: 'ada', password: 'short', again: '' })
    expect(status).toBe(422)
    for (const words of ['write name@example.org', 'It is empty; write a name', 'use at least 12', 'value="ada"'])
      expect(text).toContain(words)
  })
})

it('in production the first visit needs the code that the server printed', async () => {
  await using production = await openWeb(store, 'https://alerts.rollcall.example', {
    ROLLCALL_ENV: 'production',
    ROLLCALL_SENDER: 'alerts@ours.org',
    ROLLCALL_REPLY_TO: 'hello@ours.org',
  })
  const headers = { origin: 'https://alerts.rollcall.example' }
  const claim = (setup_code: string) =>
    production.app.request('/console/setup', {
      method: 'POST',
      headers,
      body: new URLSearchParams({ ...ADMIN, again: ADMIN.password, setup_code }),
    })
  expect((await claim('guess')).status).toBe(422)
  expect((await claim(production.site.setupCode ?? '')).status).toBe(303)
})

describe('signing in', () => {
  it('takes a password and then a code, and goes to the page that was wanted', async () => {
    const { enrolment } = await setUpAdmin()
    const visitor = browser()
    const { to } = await visitor.get('/settings/team?x=1')
    expect(to).toBe('/sign-in?to=%2Fconsole%2Fsettings%2Fteam%3Fx%3D1')
    const first = await visitor.post('/sign-in', { ...ADMIN, to: '/console/settings/team?x=1' })
    expect(first.to).toBe('/sign-in/code?to=%2Fconsole%2Fsettings%2Fteam%3Fx%3D1')
    expect((await visitor.get('/me')).to).toBe('/sign-in/code')
    web.clock.advance(60_000)
    await visitor.get('/sign-in/code')
    const second = await visitor.post(first.to, { code: codeOf(enrolment, web.clock.now()) })
    expect(second.to).toBe('/settings/team?x=1')
    expect((await visitor.get('/me')).status).toBe(200)
  })

  it.each([
    'https://evil.example/console',
    '//evil.example/console',
    '/votes/x',
    String.raw`/\evil.example`,
    'javascript:alert(1)',
  ])('never leads to %s', async (to) => {
    await setUpAdmin()
    const { to: next } = await browser().post('/sign-in', { ...ADMIN, to })
    expect(next).toBe('/sign-in/code')
  })

  it('T17 a code works once, and a recovery code once', async () => {
    const { enrolment, codes } = await setUpAdmin()
    web.clock.advance(60_000)
    const code = codeOf(enrolment, web.clock.now())
    const enter = async (what: string) => {
      const visitor = browser()
      await visitor.post('/sign-in', ADMIN)
      await visitor.get('/sign-in/code')
      return (await visitor.post('/sign-in/code', { code: what })).status
    }
    expect([await enter(code), await enter(code)]).toEqual([303, 422])
    expect([await enter(codes[0] ?? ''), await enter(codes[0] ?? '')]).toEqual([303, 422])
  })

  it('T17 the session is a new one after each step, and the old cookie is worth nothing', async () => {
    const { enrolment } = await setUpAdmin()
    web.clock.advance(60_000)
    const visitor = browser()
    await visitor.post('/sign-in', ADMIN)
    const half = new Map(visitor.cookies)
    await visitor.get('/sign-in/code')
    await visitor.post('/sign-in/code', { code: codeOf(enrolment, web.clock.now()) })
    const thief = browser()
    for (const [name, value] of half) thief.cookies.set(name, value)
    expect((await thief.get('/me')).to).toBe('/sign-in?to=%2Fconsole%2Fme')
  })

  it('T17 says the same of a wrong password and of an unknown address', async () => {
    await setUpAdmin()
    const wrong = await browser().post('/sign-in', { email: ADMIN.email, password: 'not this one at all' })
    const unknown = await browser().post('/sign-in', { email: 'bob@staff.example', password: 'not this one at all' })
    const plain = (text: string) => text.replace(/nonce="[^"]+"/, '').replaceAll(/(ada|bob)@staff.example/g, 'x')
    expect([wrong.status, plain(wrong.text)]).toEqual([unknown.status, plain(unknown.text)])
    expect(wrong.text).toContain('Address or password is wrong.')
  })

  it('T17 does the same slow work for known and unknown addresses', async () => {
    await setUpAdmin()
    const cost = async (email: string) => {
      const start = process.cpuUsage()
      await browser().post('/sign-in', { email, password: 'not this one at all' })
      const { user, system } = process.cpuUsage(start)
      return user + system
    }
    const [known, unknown] = [await cost(ADMIN.email), await cost('bob@staff.example')]
    // CPU spent and not time passed: without the dummy hash it would be a fiftieth.
    expect(unknown / known).toBeGreaterThan(0.3)
  })

  it('T17 after five wrong tries everybody waits, the right password too, but not on a browser that was let in before', async () => {
    const { visitor: owner } = await setUpAdmin()
    await owner.get('/me')
    for (let tries = 0; tries < 6; tries++)
      await browser().post('/sign-in', { email: ADMIN.email, password: 'wrong wrong wrong' })
    const stranger = await browser().post('/sign-in', ADMIN)
    expect(stranger.status).toBe(429)
    expect(stranger.text).toContain('Wait 1 second')
    await owner.post('/sign-out', {})
    expect((await owner.post('/sign-in', ADMIN)).to).toBe('/sign-in/code')
  })

  it('ends after three idle hours and after twelve in all', async () => {
    const { visitor, codes } = await setUpAdmin()
    const signInAgain = async () => {
      const visitor = browser()
      await visitor.post('/sign-in', ADMIN)
      await visitor.get('/sign-in/code')
      await visitor.post('/sign-in/code', { code: codes[0] ?? '' })
      return { visitor }
    }
    const after = async (hours: number) => {
      web.clock.advance(hours * 3_600_000)
      return (await visitor.get('/me')).status
    }
    for (const hours of [2.9, 2.9, 2.9, 2.9]) expect(await after(hours)).toBe(200)
    expect(await after(0.5)).toBe(303)
    const { visitor: other } = await signInAgain()
    expect((await other.get('/me')).status).toBe(200)
    web.clock.advance(3.1 * 3_600_000)
    expect((await other.get('/me')).status).toBe(303)
  })
})

describe('the team', () => {
  it('invites by mail; the link makes an account of that role, once', async () => {
    const { visitor } = await setUpAdmin()
    await visitor.get('/settings/team')
    const { text } = await visitor.post('/settings/team/invite', { email: 'Carl@staff.example', role: 'author' })
    const link = linkIn((await web.mails())[1], '/console/invitation/').replace('/console', '')
    expect(text).toContain(link)
    const carl = browser()
    expect((await carl.get(link)).text).toContain('carl@staff.example')
    const person = { name: 'Carl', password: 'seven quiet lanterns', again: 'seven quiet lanterns' }
    expect((await carl.post(link, person)).status).toBe(303)
    expect((await carl.get('/me')).text).toContain('author')
    expect((await browser().post(link, person)).status).toBe(404)
  })

  it('T17 a reset link works once, for 30 minutes, and signs everybody out', async () => {
    const { visitor } = await setUpAdmin()
    await web.mails()
    await browser().post('/password', { email: ADMIN.email })
    await browser().post('/password', { email: ADMIN.email })
    const links = (await web.mails()).map((mail) => linkIn(mail, '/console/password/').replace('/console', ''))
    expect(links).toHaveLength(2)
    const wish = { password: 'another good long one', again: 'another good long one' }
    expect((await browser().post(links[0] ?? '', wish)).status).toBe(200)
    expect((await browser().post(links[0] ?? '', wish)).status).toBe(404)
    expect((await browser().post(links[1] ?? '', wish)).status).toBe(404)
    expect((await visitor.get('/me')).status).toBe(303)
    await browser().post('/password', { email: ADMIN.email })
    const late = linkIn(
      (await web.mails()).find((mail) => mail.subject?.includes('Set a new')),
      '/console/password/',
    )
    web.clock.advance(31 * 60_000)
    expect((await browser().get(late.replace('/console', ''))).status).toBe(404)
  })

  it('T17 asking for a new password tells nobody whether there is an account', async () => {
    await setUpAdmin()
    const plain = (text: string) => text.replace(/nonce="[^"]+"/, '')
    const known = await browser().post('/password', { email: ADMIN.email })
    const unknown = await browser().post('/password', { email: 'nobody@staff.example' })
    expect(plain(known.text)).toBe(plain(unknown.text))
  })

  it('T17 a change of role, of password, of second factor ends the sessions', async () => {
    const { visitor } = await setUpAdmin()
    await visitor.get('/settings/team')
    const acts: [string, Record<string, string>][] = [
      ['role', { role: 'viewer' }],
      ['shut', {}],
      ['second-factor/remove', {}],
    ]
    for (const [act, fields] of acts) {
      const person = await signedIn(web, 'author')
      expect((await person.get('/me')).status).toBe(200)
      expect((await visitor.post(`/settings/team/${person.id}/${act}`, fields)).status).toBe(303)
      expect((await person.get('/me')).status, act).toBe(303)
    }
  })

  it('keeps one admin, and nobody changes their own account there', async () => {
    const { visitor } = await setUpAdmin()
    const { rows } = await store.pool.query<{ id: string }>('SELECT id FROM account')
    await visitor.get('/settings/team')
    const own = await visitor.post(`/settings/team/${rows[0]?.id}/role`, { role: 'viewer' })
    expect([own.status, own.text.includes('your own account')]).toEqual([422, true])
    const other = await signedIn(web, 'admin')
    await visitor.post(`/settings/team/${other.id}/shut`, {})
    expect((await visitor.get('/settings/team')).status).toBe(200)
  })

  it('T16 ends only sessions of one’s own', async () => {
    const mine = await signedIn(web, 'author')
    const theirs = await signedIn(web, 'author')
    const { rows } = await store.pool.query<{ id: string }>(
      `SELECT left(encode(token_sha256, 'hex'), 16) AS id FROM session WHERE account_id = $1`,
      [theirs.id],
    )
    expect((await mine.post(`/me/sessions/${rows[0]?.id}/end`)).status).toBe(404)
    expect((await theirs.get('/me')).status).toBe(200)
  })

  it('writes every act down, without an address', async () => {
    const { visitor } = await setUpAdmin()
    await visitor.get('/settings/team')
    await visitor.post('/settings/team/invite', { email: 'carl@staff.example', role: 'author' })
    const { rows } = await store.pool.query<{ act: string; actor: string; text: string }>(
      'SELECT act, actor, e::text AS text FROM audit_entry e ORDER BY id',
    )
    expect(rows.map(({ act }) => act)).toEqual(['make account', 'set up second factor', 'invite'])
    expect(rows[2]?.actor).toMatch(/^Ada Lind #\d+$/)
    expect(rows.map(({ text }) => text).join(' ')).not.toContain('@staff')
    expect(web.log()).not.toContain('@staff')
  })
})
