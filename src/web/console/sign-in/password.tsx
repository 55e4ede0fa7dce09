// A forgotten password: a link by mail, and a new one. The page answers alike whether or not somebody has the address (threat T17).
import type { Context } from 'hono'
import { askReset, findReset, useReset } from '../../../access/account-links.ts'
import { countTry, triedKey } from '../../../access/failed-tries.ts'
import { passwordProblem } from '../../../access/passwords.ts'
import type { Console } from '../console.ts'
import type { Guest } from '../desk.ts'
import { showGuest } from '../frame.tsx'
import { Field, Form } from '../parts/form.tsx'
import { postChanged, postReset } from '../staff-letters.ts'
import { visitorOf } from './visitor.ts'

/** Adds the pages. */
export function passwordPages(console: Console): void {
  console.guest.get('/password', (c, guest) => showAsk(c, guest))
  console.guest.post('/password', async (c, guest, form) => {
    const email = (form['email'] ?? '').trim().toLowerCase()
    if (await mayAsk(c, guest, email)) {
      const asked = await askReset(guest.site.db, email, guest.site.clock.now())
      if (asked !== null) postReset(guest, email, `${guest.site.baseUrl}/console/password/${asked.token}`)
    }
    return showGuest(
      c,
      guest,
      'Look into your mailbox',
      <p>If this address has an account, a link is on its way to it. It works once, for 30 minutes.</p>,
    )
  })
  console.guest.get('/password/:token', async (c, guest) => {
    const reset = await findReset(guest.site.db, c.req.param('token') ?? '', guest.site.clock.now())
    return reset === null ? showUsed(c, guest) : showNew(c, guest, reset.email, {})
  })
  console.guest.post('/password/:token', async (c, guest, form) => {
    const token = c.req.param('token') ?? ''
    const now = guest.site.clock.now()
    const reset = await findReset(guest.site.db, token, now)
    if (reset === null) return showUsed(c, guest)
    const password = form['password'] ?? ''
    const problem = passwordProblem(password, [reset.name, reset.email.split('@')[0] ?? '', guest.site.organisation])
    if (problem !== '') return showNew(c, guest, reset.email, { password: problem })
    if (password !== form['again']) return showNew(c, guest, reset.email, { again: 'The two are not the same.' })
    if ((await useReset(guest.site.db, token, password, now)) === null) return showUsed(c, guest)
    postChanged(guest, reset.email, 'A new password was set')
    return showGuest(
      c,
      guest,
      'Your new password is set',
      <>
        <p>Every browser that was signed in has been signed out.</p>
        <p>
          <a class="button" href={`${guest.root}/sign-in`}>
            Sign in
          </a>
        </p>
      </>,
    )
  })
}

/** Five mails for one address and forty from one network, then longer and longer waits: nobody's mailbox is flooded. */
async function mayAsk(c: Context, guest: Guest, email: string): Promise<boolean> {
  const { site, seals } = guest
  const key = seals.at(-1) ?? Buffer.alloc(0)
  const { network } = visitorOf(c, guest)
  const tried = [triedKey(key, 'account', `reset\n${email}`), triedKey(key, 'network', `reset\n${network}`)]
  let wait = 0
  for (const each of tried) wait = Math.max(wait, await countTry(site.db, each, site.clock.now()))
  return wait === 0
}

function showAsk(c: Context, guest: Guest) {
  return showGuest(
    c,
    guest,
    'Forgotten password',
    <Form>
      <Field name="email" label="E-mail address" type="email" autocomplete="username" required />
      <div class="row">
        <button>Send me a link</button>
        <a href={`${guest.root}/sign-in`}>Back</a>
      </div>
    </Form>,
  )
}

function showNew(c: Context, guest: Guest, email: string, errors: { password?: string; again?: string }) {
  return showGuest(
    c,
    guest,
    'Set a new password',
    <Form>
      <input type="hidden" name="email" value={email} autocomplete="username" />
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
        label="The same again"
        type="password"
        autocomplete="new-password"
        error={errors.again}
        required
      />
      <button>Set it</button>
    </Form>,
    errors.password === undefined && errors.again === undefined ? 200 : 422,
  )
}

function showUsed(c: Context, guest: Guest) {
  return showGuest(
    c,
    guest,
    'This link has done its work',
    <p>
      It was used, or is older than 30 minutes. <a href={`${guest.root}/password`}>Ask for another</a>.
    </p>,
    404,
  )
}
