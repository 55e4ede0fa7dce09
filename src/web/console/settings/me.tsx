// One's own account: name, password, second factor, and the browsers that are signed in.
import type { Context } from 'hono'
import { actorOf, personName } from '../../../access/account.ts'
import { findCredentials, setName, setPassword } from '../../../access/accounts.ts'
import { isPassword, passwordProblem } from '../../../access/passwords.ts'
import { needsSecondFactor } from '../../../access/roles.ts'
import { endOtherSessions, endSession, listSessions, openSession, type OpenSession } from '../../../access/sessions.ts'
import { countTry, forgetTries, triedKey } from '../../../access/failed-tries.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import { setSession } from '../cookies.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done, showDesk } from '../frame.tsx'
import { Badge, When, ZoneNote } from '../parts/figures.tsx'
import { Act, Field, Form } from '../parts/form.tsx'
import { Table } from '../parts/table.tsx'
import { redirectTo } from '../redirect.ts'
import { visitorOf } from '../sign-in/visitor.ts'
import { postChanged } from '../staff-letters.ts'

/** Adds the page and its acts. */
export function mePages(console: Console): void {
  console.get('/me', 'signed-in', (c, desk) => showMe(c, desk, {}, {}))
  console.post('/me/name', 'signed-in', async (c, desk, form) => {
    const name = personName.safeParse(form['name'] ?? '')
    if (!name.success) return showMe(c, desk, form, { name: `It ${name.error.issues[0]?.message ?? 'is wrong'}.` })
    await setName(desk.site.db, desk.account.id, name.data)
    return done(c, desk, '/me', 'Your name is changed.')
  })
  console.post('/me/password', 'signed-in', changePassword)
  console.post('/me/sessions/others/end', 'signed-in', async (c, desk) => {
    await endOtherSessions(desk.site.db, desk.account.id, desk.session.tokenHash)
    return done(c, desk, '/me', 'Every other browser is signed out.')
  })
  console.post('/me/sessions/:id/end', 'signed-in', async (c, desk) => {
    if (!(await endSession(desk.site.db, desk.account.id, c.req.param('id') ?? '')))
      throw new RollcallError('no_session', 'this browser is not signed in any more')
    return done(c, desk, '/me', 'That browser is signed out.')
  })
}

async function changePassword(c: Context, desk: Desk, form: FormFields): Promise<Response> {
  const { site, account } = desk
  const now = site.clock.now()
  const credentials = await findCredentials(site.db, { id: account.id })
  const tried = triedKey(desk.seals.at(-1) ?? Buffer.alloc(0), 'account', account.email)
  const wait = await countTry(site.db, tried, now)
  if (wait > 0) return showMe(c, desk, form, { current: `Too many wrong tries. Wait ${wait} seconds.` })
  if (credentials === null || !(await isPassword(form['current'] ?? '', credentials.passwordHash)))
    return showMe(c, desk, form, { current: 'This is not your password.' })
  await forgetTries(site.db, [tried])
  const password = form['password'] ?? ''
  const problem = passwordProblem(password, [account.name, account.email.split('@')[0] ?? '', site.organisation])
  if (problem !== '') return showMe(c, desk, form, { password: problem })
  if (password !== form['again']) return showMe(c, desk, form, { again: 'The two are not the same.' })
  await setPassword(site.db, account.id, password, actorOf(account))
  postChanged(desk, account.email, 'A new password was set')
  // All sessions are gone, this one too: here is a new one (threat T17).
  setSession(site, c, await openSession(site.db, account.id, 'whole', visitorOf(c, desk).browser, now))
  return redirectTo(c, desk, '/me')
}

type Errors = { name?: string; current?: string; password?: string; again?: string }

async function showMe(c: Context, desk: Desk, form: FormFields, errors: Errors) {
  const sessions = await listSessions(desk.site.db, desk.account.id, desk.session.tokenHash, desk.site.clock.now())
  return showDesk(
    c,
    desk,
    { title: desk.account.name, section: 'me' },
    <>
      <dl class="facts sheet">
        <dt>Signs in as</dt>
        <dd>{desk.account.email}</dd>
        <dt>Role</dt>
        <dd>{desk.account.role}</dd>
        <dt>Second factor</dt>
        <dd>
          <SecondFactor desk={desk} />
        </dd>
      </dl>
      <div class="columns">
        <section class="sheet">
          <h2>Name</h2>
          <Form desk={desk} action="/me/name">
            <Field
              name="name"
              label="Name"
              value={form['name'] ?? desk.account.name}
              error={errors.name}
              maxlength={80}
              required
            />
            <button>Change the name</button>
          </Form>
        </section>
        <section class="sheet">
          <h2>Password</h2>
          <Form desk={desk} action="/me/password">
            <Field
              name="current"
              label="Present password"
              type="password"
              autocomplete="current-password"
              error={errors.current}
              required
            />
            <Field
              name="password"
              label="New password"
              type="password"
              autocomplete="new-password"
              hint="At least 12 characters."
              error={errors.password}
              required
            />
            <Field
              name="again"
              label="The new one again"
              type="password"
              autocomplete="new-password"
              error={errors.again}
              required
            />
            <button>Change the password</button>
          </Form>
        </section>
      </div>
      <h2>Browsers that are signed in</h2>
      <Sessions c={c} desk={desk} sessions={sessions} />
      <ZoneNote desk={desk} />
    </>,
    Object.keys(errors).length > 0 ? 422 : 200,
  )
}

function SecondFactor({ desk }: { desk: Desk }) {
  if (desk.account.hasSecondFactor) return <Badge name="good" words="set up" />
  return (
    <a href={`${desk.root}/sign-in/second-factor`}>
      {needsSecondFactor(desk.account.role) ? 'Set it up' : 'Not needed for your role; set one up all the same'}
    </a>
  )
}

function Sessions({ c, desk, sessions }: { c: Context; desk: Desk; sessions: readonly OpenSession[] }) {
  return (
    <>
      <Table
        c={c}
        caption="Your sessions"
        rows={sessions}
        empty={<p>None.</p>}
        columns={[
          { heading: 'Browser', cell: ({ browser, isThisOne }) => (isThisOne ? <b>{browser} (this one)</b> : browser) },
          { heading: 'Since', cell: ({ madeAt }) => <When desk={desk} at={madeAt} /> },
          { heading: 'Last used', cell: ({ seenAt }) => <When desk={desk} at={seenAt} /> },
          {
            heading: '',
            cell: ({ id, isThisOne }) =>
              isThisOne ? null : <Act desk={desk} action={`/me/sessions/${id}/end`} button="Sign out" look="plain" />,
          },
        ]}
      />
      {sessions.length > 1 ? (
        <Act desk={desk} action="/me/sessions/others/end" button="Sign out every other browser" />
      ) : null}
    </>
  )
}
