// Signing in and out: address and password, then a code where the account has a second factor.
import type { Context } from 'hono'
import { isUnclaimed } from '../../../access/accounts.ts'
import { closeSession } from '../../../access/sessions.ts'
import { enterCode, enterPassword } from '../../../access/sign-in.ts'
import type { Console } from '../console.ts'
import { dropSession } from '../cookies.ts'
import type { Desk, Guest } from '../desk.ts'
import { showGuest } from '../frame.tsx'
import { Field, Form } from '../parts/form.tsx'
import { redirectTo, wantedPath } from '../redirect.ts'
import { doorOf, letIn, visitorOf, whyNot } from './visitor.ts'

/** Adds the pages. */
export function enterPages(console: Console): void {
  console.guest.get('/sign-in', async (c, guest) => {
    if (await isUnclaimed(guest.site.db)) return redirectTo(c, guest, '/setup')
    return showPassword(c, guest, { to: c.req.query('to') ?? '' })
  })
  console.guest.post('/sign-in', async (c, guest, form) => {
    const email = (form['email'] ?? '').trim().toLowerCase()
    const to = form['to'] ?? ''
    const entered = await enterPassword(doorOf(guest), { email, password: form['password'] ?? '' }, visitorOf(c, guest))
    if (entered.kind === 'in') return letIn(c, guest, entered, email, wantedPath(guest, to))
    const error = whyNot(entered, 'Address or password is wrong.')
    return showPassword(c, guest, { to, email, error }, entered.kind === 'wait' ? 429 : 422)
  })
  console.entering.get('/sign-in/code', (c, desk) =>
    desk.session.stage === 'code' ? showCode(c, desk, '') : redirectTo(c, desk, ''),
  )
  console.entering.post('/sign-in/code', async (c, desk, form) => {
    if (desk.session.stage !== 'code') return redirectTo(c, desk, '')
    const entered = await enterCode(doorOf(desk), desk.account.id, form['code'] ?? '', visitorOf(c, desk))
    if (entered.kind !== 'in') {
      const error = whyNot(entered, 'This code is wrong, or was used before. Each code works once: wait for the next.')
      return showCode(c, desk, error, entered.kind === 'wait' ? 429 : 422)
    }
    // A new session, so that whatever knew the half-open one knows nothing now (threat T17).
    await closeSession(desk.site.db, desk.session.tokenHash)
    return letIn(c, desk, entered, desk.account.email, wantedPath(desk, c.req.query('to') ?? ''))
  })
  console.entering.post('/sign-out', async (c, desk) => {
    await closeSession(desk.site.db, desk.session.tokenHash)
    dropSession(desk.site, c)
    return redirectTo(c, desk, '/sign-in')
  })
}

interface PasswordPage {
  to: string
  email?: string
  error?: string
}

function showPassword(
  c: Context,
  guest: Guest,
  { to, email = '', error = '' }: PasswordPage,
  status: 200 | 422 | 429 = 200,
) {
  return showGuest(
    c,
    guest,
    'Sign in',
    <>
      {error === '' ? null : (
        <p class="notice bad" role="alert">
          {error}
        </p>
      )}
      <Form>
        <input type="hidden" name="to" value={to} />
        <Field name="email" label="E-mail address" type="email" autocomplete="username" value={email} required />
        <Field name="password" label="Password" type="password" autocomplete="current-password" required />
        <div class="row">
          <button>Sign in</button>
          <a href={`${guest.root}/password`}>Forgotten password</a>
        </div>
      </Form>
    </>,
    status,
  )
}

function showCode(c: Context, desk: Desk, error: string, status: 200 | 422 | 429 = 200) {
  return showGuest(
    c,
    desk,
    'Your code',
    <>
      <p>Open your authenticator app and type the six digits it shows for Rollcall. A recovery code works, too.</p>
      <Form desk={desk}>
        <Field name="code" label="Code" autocomplete="one-time-code" error={error} required maxlength={20} />
        <button>Go on</button>
      </Form>
      <Form desk={desk} action="/sign-out">
        <button class="plain">Sign in as somebody else</button>
      </Form>
    </>,
    status,
  )
}
