// /join: signing up. Nobody is on the list before the owner of the mailbox has pressed the button behind a mailed link.
import type { Context, Hono } from 'hono'
import { requestSignUp } from '../../audience/sign-ups.ts'
import { checkSubscriber, type Field as FieldName } from '../../audience/subscriber.ts'
import { postJoin } from '../letters.ts'
import { Field, Form, show } from '../page.tsx'
import type { Site } from '../site.ts'
import { formOf, visitOf, type Visit } from '../visit.ts'

type Fields = Readonly<Record<string, string>>
type Wrong = ReadonlySet<FieldName | 'consent'>

/** Adds the pages. The answer is the same whether the address is known, suppressed, new, or had its mail today (threat T22). */
export function joinPages(app: Hono, site: Site): void {
  app.get('/join', (c) => ask(c, visitOf(site, c), {}, new Set()))

  app.post('/join', async (c) => {
    const visit = visitOf(site, c)
    const { say, language } = visit
    const fields = await formOf(c)
    const checked = checkSubscriber(
      {
        email: fields['address'] ?? '',
        first_name: fields['first_name'] ?? '',
        last_name: fields['last_name'] ?? '',
        zip: fields['zip'] ?? '',
        plus4: '',
      },
      false,
    )
    const hasAgreed = fields['consent'] === 'yes'
    if (!checked.ok || !hasAgreed) {
      const wrong = checked.ok ? [] : checked.refusals.map((each) => each.field)
      return ask(c, visit, fields, new Set(hasAgreed ? wrong : [...wrong, 'consent']))
    }
    const { address, firstName, lastName, zip, plus4 } = checked.subscriber
    const signUp = { address, firstName, lastName, zip, plus4, language }
    const token = await requestSignUp(site.db, site.addressKey, signUp, site.clock.now())
    if (token !== null) postJoin(visit, address.ascii, token)
    return show(
      c,
      visit,
      say('joined.title'),
      <>
        <p>{say('joined.text')}</p>
        <p class="soft">{say('joined.hint', { address: site.contact })}</p>
      </>,
    )
  })
}

function ask(c: Context, visit: Visit, fields: Fields, wrong: Wrong) {
  const { say } = visit
  const optional = (label: string) => `${label} ${say('join.optional')}`
  const nameError = (field: FieldName) => (wrong.has(field) ? say('error.name') : '')
  return show(
    c,
    visit,
    say('join.title'),
    <>
      <p>{say('join.text')}</p>
      {wrong.size > 0 ? (
        <p class="error" role="alert">
          {say('form.error')}
        </p>
      ) : null}
      <Form button={say('join.button')}>
        <Field
          name="address"
          type="email"
          autocomplete="email"
          label={say('join.address')}
          value={fields['address']}
          error={wrong.has('email') ? say('error.address') : ''}
          required
        />
        <Field
          name="zip"
          autocomplete="postal-code"
          inputmode="numeric"
          label={optional(say('edit.zip'))}
          hint={say('edit.zip.hint')}
          value={fields['zip']}
          error={wrong.has('zip') || wrong.has('plus4') ? say('error.zip') : ''}
        />
        <Field
          name="first_name"
          autocomplete="given-name"
          label={optional(say('edit.first'))}
          value={fields['first_name']}
          error={nameError('first_name')}
        />
        <Field
          name="last_name"
          autocomplete="family-name"
          label={optional(say('edit.last'))}
          value={fields['last_name']}
          error={nameError('last_name')}
        />
        {wrong.has('consent') ? (
          <p class="error" id="consent-error">
            {say('join.consent.error')}
          </p>
        ) : null}
        <label class="choice">
          <input
            type="checkbox"
            name="consent"
            value="yes"
            required
            {...(wrong.has('consent') ? { 'aria-describedby': 'consent-error' } : {})}
          />
          <span>{say('join.consent')}</span>
        </label>
      </Form>
    </>,
    wrong.size > 0 ? 422 : 200,
  )
}
