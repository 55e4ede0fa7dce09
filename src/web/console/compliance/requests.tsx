// Data requests: taking them in, and the list of what is due.
import type { Context } from 'hono'
import { requireAddressKey } from '../../../audience/address-keys.ts'
import { takeRequest, type RequestKind } from '../../../compliance/data-requests.ts'
import { requestDay } from '../../../compliance/desk.ts'
import { listAllRequests, listOpenRequests } from '../../../compliance/ledger-lists.ts'
import { isWholeKey, keyRange } from '../../../compliance/key-range.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done } from '../frame.tsx'
import { ZoneNote } from '../parts/figures.tsx'
import { Field, Form, Select } from '../parts/form.tsx'
import { Pager } from '../parts/table.tsx'
import { Requests } from './requests-table.tsx'
import { FindForm, showCompliance, soughtOf, SoughtNote, wishOf } from './tabs.tsx'

const HERE = '/compliance/requests'

const KINDS: readonly (readonly [RequestKind, string])[] = [
  ['export', 'export: what do you know of me?'],
  ['rectify', 'rectify: this about me is wrong'],
  ['erase', 'erase: forget me'],
]

/** Adds the list and the taking in. */
export function requestPages(console: Console): void {
  console.get(HERE, 'compliance.read', (c, desk) => showRequests(c, desk, {}, {}))
  console.post(HERE, 'compliance.write', takeIn)
}

interface Wrong {
  address?: string
  requestedOn?: string
}

async function takeIn(c: Context, desk: Desk, form: FormFields): Promise<Response> {
  const { site } = desk
  const now = site.clock.now()
  const kind = KINDS.find(([each]) => each === form['kind'])?.[0]
  if (kind === undefined)
    throw new RollcallError('unknown_kind', 'no kind of request is chosen', { hint: 'choose what the person asks for' })
  const address = told(() => keyOf(desk, form['address'] ?? ''))
  const requestedAt = told(() =>
    (form['requestedOn'] ?? '') === '' ? now : requestDay(form['requestedOn'] ?? '', now),
  )
  if ('problem' in address || 'problem' in requestedAt) {
    return showRequests(c, desk, form, {
      ...('problem' in address ? { address: address.problem } : {}),
      ...('problem' in requestedAt ? { requestedOn: requestedAt.problem } : {}),
    })
  }
  const { id } = await site.db.transaction().execute((tx) =>
    takeRequest(tx, {
      kind,
      addressKey: address.value,
      requestedAt: requestedAt.value,
      note: (form['note'] ?? '').trim(),
      takenBy: desk.actor,
    }),
  )
  return done(c, desk, `${HERE}/${id}`, `Request ${id} is taken in.`)
}

/** An address, or the key of one as the other pages link it. */
function keyOf(desk: Desk, text: string): Buffer {
  const range = keyRange(text.trim())
  return range !== null && isWholeKey(range) ? range.from : requireAddressKey(desk.site.addressKey, text)
}

/** What is wrong is for the field that it was typed into. */
function told<Value>(read: () => Value): { value: Value } | { problem: string } {
  try {
    return { value: read() }
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    return { problem: `${error.message}; ${error.hint ?? 'correct it'}.` }
  }
}

async function showRequests(c: Context, desk: Desk, form: FormFields, wrong: Wrong) {
  const { db, clock } = desk.site
  const keys = soughtOf(c)
  const isAll = c.req.query('show') === 'all' || keys !== null
  const page = isAll ? await listAllRequests(db, keys, wishOf(c)) : await listOpenRequests(db, null, wishOf(c))
  const hasErrors = Object.keys(wrong).length > 0
  return showCompliance(
    c,
    desk,
    { title: 'Data requests', here: HERE },
    <>
      <div class="columns">
        <FindForm desk={desk} to={HERE} />
        <p class="row">
          <a href={`${desk.root}${HERE}`} aria-current={isAll ? undefined : 'page'}>
            Open, by due date
          </a>
          <a href={`${desk.root}${HERE}?show=all`} aria-current={isAll ? 'page' : undefined}>
            All, the newest first
          </a>
        </p>
      </div>
      <SoughtNote c={c} desk={desk} here={HERE} />
      <Requests
        c={c}
        desk={desk}
        rows={page.rows}
        now={clock.now()}
        empty={
          <p>
            {keys === null
              ? isAll
                ? 'Nobody has asked for anything yet.'
                : 'Nothing is open.'
              : 'There is no request about this address.'}
          </p>
        }
      />
      <Pager c={c} page={page} />
      <ZoneNote desk={desk} />
      {desk.can('compliance.write') ? <TakeIn c={c} desk={desk} form={form} wrong={wrong} /> : null}
    </>,
    hasErrors ? 422 : 200,
  )
}

function TakeIn({ c, desk, form, wrong }: { c: Context; desk: Desk; form: FormFields; wrong: Wrong }) {
  return (
    <Form desk={desk} action={HERE} class="sheet">
      <h2>Take in a request</h2>
      <p>The answer is due 30 days after it came. The address is kept as a keyed hash.</p>
      <div class="columns">
        <Field
          name="address"
          label="E-mail address"
          hint="Or the keyed hash that other pages show."
          value={form['address'] ?? c.req.query('key')}
          error={wrong.address}
          required
          autocomplete="off"
          maxlength={320}
        />
        <Select name="kind" label="What they ask for" value={form['kind'] ?? 'export'} options={KINDS} />
        <Field
          name="requestedOn"
          label="Came on"
          hint="Today unless told."
          type="date"
          value={form['requestedOn']}
          error={wrong.requestedOn}
        />
        <Field
          name="note"
          label="Note"
          hint="How it came, how you know it is them. No address, no name."
          value={form['note']}
          maxlength={1000}
        />
      </div>
      <button>Take it in</button>
    </Form>
  )
}
