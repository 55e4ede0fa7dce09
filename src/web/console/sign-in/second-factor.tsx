// Setting up the second factor: scan, type the first code, keep the recovery codes.
import type { Context } from 'hono'
import { raw } from 'hono/html'
import { renderSVG } from 'uqr'
import { actorOf } from '../../../access/account.ts'
import { beginSecondFactor, confirmSecondFactor, findCredentials } from '../../../access/accounts.ts'
import { seal, unseal } from '../../../access/sealed.ts'
import { enrolment, newRecoveryCodes, newSecret, recoveryHash, stepOf } from '../../../access/second-factor.ts'
import { openSession } from '../../../access/sessions.ts'
import { browserToken } from '../../../access/sign-in.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import { setKnownBrowser, setSession } from '../cookies.ts'
import type { Desk } from '../desk.ts'
import { showGuest } from '../frame.tsx'
import { Field, Form } from '../parts/form.tsx'
import { redirectTo } from '../redirect.ts'
import { postChanged } from '../staff-letters.ts'
import { visitorOf } from './visitor.ts'

/** Adds the pages: compulsory for approvers and admins, open to everybody. */
export function secondFactorPages(console: Console): void {
  console.entering.get('/sign-in/second-factor', async (c, desk) => {
    if (!isDue(desk)) return redirectTo(c, desk, '')
    return showEnrolment(c, desk, await pendingSecret(desk), '')
  })
  console.entering.post('/sign-in/second-factor', async (c, desk, form) => {
    if (!isDue(desk)) return redirectTo(c, desk, '')
    const { site, account } = desk
    const now = site.clock.now()
    const secret = await pendingSecret(desk)
    const step = stepOf(secret, form['code'] ?? '', now, null)
    if (step === null)
      return showEnrolment(
        c,
        desk,
        secret,
        'This is not the code that the app should show now. Is the clock of the phone right?',
      )
    const codes = newRecoveryCodes()
    await confirmSecondFactor(site.db, account.id, step, codes.map(recoveryHash), now, actorOf(account))
    postChanged(desk, account.email, 'A second factor was set up')
    const token = await openSession(site.db, account.id, 'whole', visitorOf(c, desk).browser, now)
    setSession(site, c, token)
    setKnownBrowser(site, c, browserToken(desk.seals, account.email))
    return showRecoveryCodes(c, desk, codes)
  })
}

function isDue({ session, account }: Desk): boolean {
  return session.stage !== 'code' && !account.hasSecondFactor
}

/** The secret of an enrolment that has begun stays the same until it is confirmed: a page loaded twice must not break the first scan. */
async function pendingSecret({ site, seals, account }: Desk): Promise<Buffer> {
  const credentials = await findCredentials(site.db, { id: account.id })
  if (credentials === null) throw new RollcallError('no_account', 'this account is gone')
  if (credentials.totpSecret !== null) return unseal(seals, credentials.totpSecret)
  const secret = newSecret()
  await beginSecondFactor(site.db, account.id, seal(seals, secret))
  return secret
}

function showEnrolment(c: Context, desk: Desk, secret: Buffer, error: string) {
  const { url, typed } = enrolment(secret, desk.account.email, `Rollcall (${desk.site.organisation})`)
  return showGuest(
    c,
    desk,
    'Set up your second factor',
    <>
      <p>
        A password alone can be guessed or stolen. Scan this with an authenticator app on your phone, then type the six
        digits that it shows.
      </p>
      <div class="qr" role="img" aria-label="QR code for an authenticator app; the same secret stands below as text">
        {raw(renderSVG(url, { border: 2 }))}
      </div>
      <p class="small">
        Or type this secret into the app: <code>{typed}</code>
      </p>
      <Form desk={desk}>
        <Field
          name="code"
          label="Code"
          autocomplete="one-time-code"
          inputmode="numeric"
          error={error}
          required
          maxlength={10}
        />
        <button>Set it up</button>
      </Form>
    </>,
    error === '' ? 200 : 422,
  )
}

function showRecoveryCodes(c: Context, desk: Desk, codes: readonly string[]) {
  return showGuest(
    c,
    desk,
    'Keep these codes',
    <>
      <p>
        The second factor is set up. If the phone is ever gone, one of these codes lets you in in its place. Each works
        once, and they are not shown again: print them, or keep them in a password manager.
      </p>
      <pre>{codes.join('\n')}</pre>
      <p>
        <a class="button" href={desk.root}>
          I have kept them
        </a>
      </p>
    </>,
  )
}
