// The first visit, which makes the admin, and invitations, which make everybody else.
import { timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { email as emailShape, personName } from '../../../access/account.ts'
import { claimInstallation, findAccount, isUnclaimed, lacksSecondFactor } from '../../../access/accounts.ts'
import { acceptInvitation, findInvitation } from '../../../access/account-links.ts'
import { passwordProblem } from '../../../access/passwords.ts'
import { openSession } from '../../../access/sessions.ts'
import type { Console } from '../console.ts'
import type { FormFields, Guest } from '../desk.ts'
import { showGuest } from '../frame.tsx'
import { Field, Form } from '../parts/form.tsx'
import { redirectTo } from '../redirect.ts'
import { letIn, visitorOf } from './visitor.ts'

/** Adds the pages. */
export function newAccountPages(console: Console): void {
  console.guest.get('/setup', async (c, guest) => {
    if (!(await isUnclaimed(guest.site.db))) return redirectTo(c, guest, '/sign-in')
    return showSetup(c, guest, {}, {})
  })
  console.guest.post('/setup', async (c, guest, form) => {
    if (!(await isUnclaimed(guest.site.db))) return redirectTo(c, guest, '/sign-in')
    const { errors, person } = readPerson(guest, form)
    const address = emailShape.safeParse(form['email'] ?? '')
    if (!address.success) errors['email'] = sentence(address.error)
    if (!isSetupCode(guest, form['setup_code'] ?? ''))
      errors['setup_code'] = 'This is not the code that `rollcall serve` printed.'
    if (Object.keys(errors).length > 0 || !address.success) return showSetup(c, guest, form, errors)
    const id = await claimInstallation(guest.site.db, { ...person, email: address.data }, guest.site.clock.now())
    return id === null ? redirectTo(c, guest, '/sign-in') : await enterNew(c, guest, id)
  })
  console.guest.get('/invitation/:token', async (c, guest) => {
    const invitation = await findInvitation(guest.site.db, c.req.param('token') ?? '', guest.site.clock.now())
    return invitation === null ? showUsed(c, guest) : showInvitation(c, guest, invitation, {}, {})
  })
  console.guest.post('/invitation/:token', async (c, guest, form) => {
    const token = c.req.param('token') ?? ''
    const now = guest.site.clock.now()
    const invitation = await findInvitation(guest.site.db, token, now)
    if (invitation === null) return showUsed(c, guest)
    const { errors, person } = readPerson(guest, { ...form, email: invitation.email })
    if (Object.keys(errors).length > 0) return showInvitation(c, guest, invitation, form, errors)
    const id = await acceptInvitation(guest.site.db, token, person, now)
    return id === null ? showUsed(c, guest) : await enterNew(c, guest, id)
  })
}

type Errors = Record<string, string>

function readPerson({ site }: Guest, form: FormFields): { errors: Errors; person: { name: string; password: string } } {
  const errors: Errors = {}
  const name = personName.safeParse(form['name'] ?? '')
  if (!name.success) errors['name'] = sentence(name.error)
  const password = form['password'] ?? ''
  const problem = passwordProblem(password, [
    form['name'] ?? '',
    (form['email'] ?? '').split('@')[0] ?? '',
    site.organisation,
  ])
  if (problem !== '') errors['password'] = problem
  else if (password !== form['again']) errors['again'] = 'The two are not the same.'
  return { errors, person: { name: name.success ? name.data : '', password } }
}

function sentence(error: { issues: readonly { message: string }[] }): string {
  return `It ${error.issues[0]?.message ?? 'is wrong'}.`
}

function isSetupCode({ site }: Guest, given: string): boolean {
  if (site.setupCode === null) return true
  const [a, b] = [Buffer.from(given.trim()), Buffer.from(site.setupCode)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Whoever has just chosen a password need not type it again. */
async function enterNew(c: Context, guest: Guest, id: string): Promise<Response> {
  const account = await findAccount(guest.site.db, id)
  const stage = lacksSecondFactor(account) ? 'enrolment' : 'whole'
  const token = await openSession(guest.site.db, id, stage, visitorOf(c, guest).browser, guest.site.clock.now())
  return letIn(c, guest, { kind: 'in', token, stage, accountId: id }, account.email, '')
}

function showSetup(c: Context, guest: Guest, form: FormFields, errors: Errors) {
  return showGuest(
    c,
    guest,
    'Welcome',
    <>
      <p>Nobody has an account yet. Yours will be the admin’s: you invite everybody else.</p>
      <Form>
        {guest.site.setupCode === null ? null : (
          <Field
            name="setup_code"
            label="Setup code"
            hint="rollcall serve printed it when it started."
            error={errors['setup_code']}
            autocomplete="off"
            required
          />
        )}
        <Field
          name="email"
          label="Your e-mail address"
          type="email"
          autocomplete="username"
          value={form['email']}
          error={errors['email']}
          required
        />
        <PersonFields form={form} errors={errors} />
        <button>Make the admin’s account</button>
      </Form>
    </>,
    Object.keys(errors).length > 0 ? 422 : 200,
  )
}

function showInvitation(
  c: Context,
  guest: Guest,
  { email, role }: { email: string; role: string },
  form: FormFields,
  errors: Errors,
) {
  return showGuest(
    c,
    guest,
    `Join ${guest.site.organisation}`,
    <>
      <p>
        Your account is for <b>{email}</b>, with the role <b>{role}</b>.
      </p>
      <Form>
        <input type="hidden" name="email" value={email} autocomplete="username" />
        <PersonFields form={form} errors={errors} />
        <button>Make the account</button>
      </Form>
    </>,
    Object.keys(errors).length > 0 ? 422 : 200,
  )
}

function PersonFields({ form, errors }: { form: FormFields; errors: Errors }) {
  return (
    <>
      <Field
        name="name"
        label="Your name"
        autocomplete="name"
        value={form['name']}
        error={errors['name']}
        maxlength={80}
        required
      />
      <Field
        name="password"
        label="Password"
        type="password"
        autocomplete="new-password"
        hint="At least 12 characters. A few words that do not belong together are good."
        error={errors['password']}
        required
      />
      <Field
        name="again"
        label="The same password again"
        type="password"
        autocomplete="new-password"
        error={errors['again']}
        required
      />
    </>
  )
}

function showUsed(c: Context, guest: Guest) {
  return showGuest(
    c,
    guest,
    'This link has done its work',
    <p>
      It was used, taken back, or is older than seven days. Ask your admin for another, or{' '}
      <a href={`${guest.root}/sign-in`}>sign in</a>.
    </p>,
    404,
  )
}
