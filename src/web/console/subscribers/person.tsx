// One subscriber: who they are, whether mail may go to them, what was sent, and what staff may do.
import type { Context } from 'hono'
import type { Child, PropsWithChildren } from 'hono/jsx'
import { editSubscriber, suppressSubscriber, type StaffEdit } from '../../../audience/staff-changes.ts'
import { answerExportInline } from '../../../compliance/desk.ts'
import { personHistory, type PersonHistory } from '../../../compliance/person-history.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done, showDesk } from '../frame.tsx'
import { When, ZoneNote } from '../parts/figures.tsx'
import { Act, Confirm, Field, Form, Select, isTyped } from '../parts/form.tsx'
import { Deliveries, Ledger } from './history.tsx'
import { Standing } from './standing.tsx'

/** Adds the page of a person and the acts on it. */
export function personPages(console: Console): void {
  console.get('/subscribers/:id', 'subscribers.read', (c, desk) => showPerson(c, desk, {}))

  console.post('/subscribers/:id/edit', 'subscribers.write', async (c, desk, form) => {
    const { site } = desk
    const id = c.req.param('id') ?? ''
    try {
      const changed = await editSubscriber(site.db, id, editOf(form), {
        actor: desk.actor,
        now: site.clock.now(),
        addressKeyKey: site.addressKey,
      })
      const said = changed.length === 0 ? 'Nothing was different.' : 'Saved.'
      return await done(c, desk, `/subscribers/${id}`, said)
    } catch (error) {
      return await showPerson(c, desk, { edit: form, editError: refusal(error) })
    }
  })

  console.post('/subscribers/:id/suppress', 'compliance.write', async (c, desk, form) => {
    const { site } = desk
    const id = c.req.param('id') ?? ''
    const { addressKey } = await personHistory(site.db, id)
    if (!isTyped(form, 'suppress')) {
      return showPerson(c, desk, { suppress: form, suppressError: 'Type the word suppress.' })
    }
    const act = { reason: form['reason'] ?? '', why: form['what'] ?? '', actor: desk.actor, now: site.clock.now() }
    try {
      const isNew = await suppressSubscriber(site.db, addressKey, act)
      const said = isNew
        ? 'Suppressed: nothing is sent to them any more, a running campaign included.'
        : 'They were suppressed already: the first reason stays.'
      return await done(c, desk, `/subscribers/${id}`, said)
    } catch (error) {
      return await showPerson(c, desk, { suppress: form, suppressError: refusal(error) })
    }
  })

  console.post('/subscribers/:id/export', 'compliance.write', async (c, desk) => {
    const { site } = desk
    const { addressKey } = await personHistory(site.db, c.req.param('id') ?? '')
    const now = site.clock.now()
    const { request, tables } = await answerExportInline(site.db, {
      addressKey,
      requestedAt: now,
      now,
      note: 'from the page of the subscriber',
      by: desk.actor,
    })
    const document = Object.fromEntries(tables.map(({ name, rows }) => [name, rows]))
    c.header('Content-Disposition', `attachment; filename="data-request-${request}.json"`)
    return c.body(JSON.stringify(document, null, 2), 200, { 'Content-Type': 'application/json; charset=utf-8' })
  })
}

function editOf(form: FormFields): StaffEdit {
  return {
    firstName: form['first_name'] ?? '',
    lastName: form['last_name'] ?? '',
    zip: form['zip'] ?? '',
    address: form['address'] ?? '',
    why: form['why'] ?? '',
  }
}

/** What the form says in its place; everything that is no refusal of the domain goes on. */
function refusal(error: unknown): string {
  if (!(error instanceof RollcallError) || /^(no_|bug)/.test(error.code)) throw error
  return [error.message, error.hint].filter(Boolean).join('; ')
}

interface Typed {
  edit?: FormFields
  editError?: string
  suppress?: FormFields
  suppressError?: string
}

async function showPerson(c: Context, desk: Desk, typed: Typed) {
  const history = await personHistory(desk.site.db, c.req.param('id') ?? '')
  const profile = rowOf(history, 'profile')
  const name = [text(profile['first_name']), text(profile['last_name'])].filter(Boolean).join(' ')
  const isWrong = typed.editError !== undefined || typed.suppressError !== undefined
  return showDesk(
    c,
    desk,
    {
      title: name === '' ? text(profile['address']) : name,
      section: 'subscribers',
      crumbs: [{ words: 'Subscribers', path: '/subscribers' }],
      actions: desk.can('compliance.write') ? (
        <Act desk={desk} action={`/subscribers/${history.id}/export`} button="Export everything as JSON" />
      ) : undefined,
    },
    <>
      <div class="columns">
        <Facts desk={desk} history={history} profile={profile} />
        {desk.can('subscribers.write') ? <Edit desk={desk} history={history} profile={profile} typed={typed} /> : null}
      </div>
      <Deliveries desk={desk} deliveries={history.deliveries} />
      <Ledger desk={desk} history={history} />
      {desk.can('compliance.write') && rowOf(history, 'suppressions')['reason'] === undefined ? (
        <Suppress desk={desk} id={history.id} typed={typed} />
      ) : null}
      <ZoneNote desk={desk} />
    </>,
    isWrong ? 422 : 200,
  )
}

type Row = Record<string, unknown>

function rowOf(history: PersonHistory, table: string): Row {
  return history.tables.get(table)?.[0] ?? {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

interface Part {
  desk: Desk
  history: PersonHistory
  profile: Row
}

function Facts({ desk, history, profile }: Part) {
  const suppression = rowOf(history, 'suppressions')
  const wish = rowOf(history, 'wishes')
  const seats = history.tables.get('seats') ?? []
  const topics = Array.isArray(wish['topics_off']) ? wish['topics_off'].map(String) : []
  const paused = wish['paused_until'] instanceof Date ? wish['paused_until'] : null
  const now = desk.site.clock.now()
  return (
    <section class="sheet">
      <h2>What is known</h2>
      <dl class="facts">
        <Fact words="Address">{text(profile['address'])}</Fact>
        <Fact words="Standing">
          <Standing
            desk={desk}
            suppressed={text(suppression['reason']) || null}
            pausedUntil={paused !== null && paused > now ? paused : null}
            consentEnded={hasConsentEnded(history, now)}
          />
        </Fact>
        {suppression['set_at'] instanceof Date ? (
          <Fact words="Suppressed">
            <When desk={desk} at={suppression['set_at']} /> through {text(suppression['channel']).replace(/_/g, ' ')}
            {text(suppression['note']) === '' ? null : `: ${text(suppression['note'])}`}
          </Fact>
        ) : null}
        <Fact words="ZIP">
          <Zip desk={desk} profile={profile} />
        </Fact>
        {seats.map((seat) => (
          <Fact words={`Seat, map ${text(seat['map_id'])}`}>
            {text(seat['seat_id'])}, {seat['basis'] === 'manual' ? 'chosen by themselves' : 'from an address'}
          </Fact>
        ))}
        {topics.length === 0 ? null : <Fact words="Wants none of">{topics.join(', ')}</Fact>}
        <Fact words="Subscriber since">
          <When desk={desk} at={profile['created_at'] as Date} />
        </Fact>
        <Fact words="Last changed">
          <When desk={desk} at={profile['updated_at'] as Date} />
        </Fact>
      </dl>
    </section>
  )
}

function hasConsentEnded(history: PersonHistory, now: Date): boolean {
  const consents = (history.tables.get('consents') ?? []).filter(
    ({ act }) => act === 'imported' || act === 'subscribed',
  )
  const last = consents.at(-1)?.['expires_at']
  return last instanceof Date && last <= now
}

function Zip({ desk, profile }: { desk: Desk; profile: Row }) {
  const zip = text(profile['zip'])
  if (zip === '') return <span class="none">not known</span>
  if (!desk.can('congress.read')) return <>{zipText(profile)}</>
  return (
    <>
      {zipText(profile)} <a href={`${desk.root}/congress/zip?zip=${zip}`}>Who represents it</a>
    </>
  )
}

function zipText(profile: Row): string {
  return [text(profile['zip']), text(profile['plus4'])].filter(Boolean).join('-')
}

function Fact({ words, children }: PropsWithChildren<{ words: Child }>) {
  return (
    <>
      <dt>{words}</dt>
      <dd>{children}</dd>
    </>
  )
}

function Edit({ desk, history, profile, typed }: Part & { typed: Typed }) {
  const value = (field: string, known: string) => typed.edit?.[field] ?? known
  return (
    <section class="sheet">
      <h2>Correct</h2>
      {typed.editError === undefined ? null : (
        <p class="notice bad" role="alert">
          {typed.editError}
        </p>
      )}
      <Form desk={desk} action={`/subscribers/${history.id}/edit`}>
        <Field
          name="first_name"
          label="First name"
          value={value('first_name', text(profile['first_name']))}
          maxlength={100}
          autocomplete="off"
        />
        <Field
          name="last_name"
          label="Last name"
          value={value('last_name', text(profile['last_name']))}
          maxlength={100}
          autocomplete="off"
        />
        <Field
          name="zip"
          label="ZIP"
          hint="Five digits, nine, or nothing."
          value={value('zip', zipText(profile))}
          maxlength={10}
          autocomplete="off"
        />
        <Field
          name="address"
          label="E-mail address"
          value={value('address', text(profile['address']))}
          maxlength={254}
          autocomplete="off"
        />
        <Field
          name="why"
          label="For another address: how do you know?"
          hint="The consent ledger keeps it. Write no address here."
          value={value('why', '')}
          maxlength={200}
          autocomplete="off"
        />
        <button class="loud">Save</button>
      </Form>
    </section>
  )
}

function Suppress({ desk, id, typed }: { desk: Desk; id: string; typed: Typed }) {
  return (
    <section class="sheet">
      <h2>Stop all mail to them</h2>
      <Confirm desk={desk} action={`/subscribers/${id}/suppress`} word="suppress" button="Suppress" id="suppress">
        {typed.suppressError === undefined ? null : (
          <p class="notice bad" role="alert">
            {typed.suppressError}
          </p>
        )}
        <p>
          It takes effect at once and has no end; it is lifted with a reason on the compliance pages. What is already on
          its way to a mail server cannot be called back.
        </p>
        <Select
          name="reason"
          label="Reason"
          value={typed.suppress?.['reason']}
          options={[
            ['unsubscribe', 'They asked us to stop'],
            ['complaint', 'They complained'],
            ['legal', 'A legal demand'],
            ['manual', 'Another reason'],
          ]}
        />
        <Field
          name="what"
          label="What happened"
          hint="For whoever asks later. Write no address here."
          value={typed.suppress?.['what']}
          maxlength={200}
          required
          autocomplete="off"
        />
      </Confirm>
    </section>
  )
}
