// Suppressions: who must not be written to and why; adding them, lifting one with its reason, lists in and out.
import type { Context } from 'hono'
import { exportSuppressions } from '../../../audience/export-csv.ts'
import { SUPPRESSION_CHANNELS, SUPPRESSION_REASONS } from '../../../audience/suppression.ts'
import { removeSuppression } from '../../../audience/suppressions.ts'
import { keyRange, isWholeKey } from '../../../compliance/key-range.ts'
import { suppressionKeys } from '../../../compliance/suppression-keys.ts'
import { listSuppressions, type DeskSuppression } from '../../../compliance/suppression-lists.ts'
import { RollcallError } from '../../../core/errors.ts'
import { recordAct } from '../../../store/audit-entries.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { done } from '../frame.tsx'
import { csvAnswer, textAnswer } from './downloads.ts'
import { Badge, When, ZoneNote } from '../parts/figures.tsx'
import { Field, Form, Select } from '../parts/form.tsx'
import { Pager, Table } from '../parts/table.tsx'
import { choiceOf, FindForm, showCompliance, soughtOf, SoughtNote, wishOf } from './tabs.tsx'
import { channelWords, reasonWords } from './words.ts'

const HERE = '/compliance/suppressions'

/** Adds the list, the release, and the downloads. */
export function suppressionPages(console: Console): void {
  console.get(HERE, 'compliance.read', (c, desk) => showList(c, desk, {}))
  console.post(`${HERE}/:key/release`, 'compliance.write', async (c, desk, form) => {
    const { site } = desk
    const key = c.req.param('key') ?? ''
    const range = keyRange(key)
    if (range === null || !isWholeKey(range))
      throw new RollcallError('no_suppression', 'there is no such suppression', { hint: 'find the address again' })
    if ((form['why'] ?? '').trim() === '')
      return showList(c, desk, { key, problem: 'Say what the person did to come back.' })
    const isLifted = await removeSuppression(site.db, {
      addressKey: range.from,
      why: form['why'] ?? '',
      by: desk.actor,
      at: site.clock.now(),
    })
    if (!isLifted)
      throw new RollcallError('no_suppression', 'this address is not suppressed', {
        hint: 'somebody may have lifted it meanwhile',
      })
    return done(c, desk, `${HERE}?key=${key}`, 'The suppression is lifted: this address may be written to again.')
  })
  console.get(`${HERE}/download.csv`, 'compliance.read', async (c, desk) => {
    await recordAct(desk.site.db, { actor: desk.actor, act: 'download suppressions', object: 'suppressions' })
    return csvAnswer(c, 'suppressions.csv', exportSuppressions(desk.site.db))
  })
  console.get(`${HERE}/keys.txt`, 'compliance.read', async (c, desk) => {
    await recordAct(desk.site.db, { actor: desk.actor, act: 'download suppression keys', object: 'suppressions' })
    return textAnswer(c, 'suppression-keys.txt', suppressionKeys(desk.site.db))
  })
}

interface Trouble {
  key?: string
  problem?: string
}

async function showList(c: Context, desk: Desk, { key, problem }: Trouble): Promise<Response> {
  const { db } = desk.site
  const filter = {
    reason: choiceOf(c, 'reason', SUPPRESSION_REASONS),
    channel: choiceOf(c, 'channel', SUPPRESSION_CHANNELS),
    keys: key === undefined ? soughtOf(c) : keyRange(key),
  }
  const page = await listSuppressions(db, filter, wishOf(c))
  const [only] = filter.keys !== null && isWholeKey(filter.keys) ? page.rows : []
  const isSought = filter.keys !== null
  return showCompliance(
    c,
    desk,
    { title: 'Suppressions', here: HERE, actions: <Actions desk={desk} /> },
    <>
      <div class="columns">
        <FindForm desk={desk} to={HERE} />
        <Filter c={c} filter={filter} />
      </div>
      <SoughtNote c={c} desk={desk} here={HERE} subscriberId={only?.subscriberId ?? null} />
      {only === undefined || !desk.can('compliance.write') ? null : (
        <Release desk={desk} row={only} problem={problem} />
      )}
      <Table
        c={c}
        caption="Suppressions, the newest first"
        rows={page.rows}
        empty={
          isSought ? (
            <NobodySought c={c} desk={desk} />
          ) : (
            <p>Nobody is suppressed {filter.reason === null && filter.channel === null ? 'yet' : 'for this'}.</p>
          )
        }
        columns={[
          { heading: 'Key', cell: ({ addressKey }) => <ToOne desk={desk} value={addressKey} /> },
          { heading: 'Why', cell: ({ reason }) => <Badge name="suppressed" words={reasonWords(reason)} /> },
          { heading: 'By way of', cell: ({ channel }) => channelWords(channel) },
          { heading: 'Since', cell: ({ setAt }) => <When desk={desk} at={setAt} /> },
          { heading: 'By', isExtra: true, cell: ({ setBy }) => setBy },
          { heading: 'Note', isExtra: true, cell: ({ note }) => note },
          {
            heading: 'Subscriber',
            cell: ({ subscriberId }) =>
              subscriberId === null ? (
                <span class="none">none</span>
              ) : (
                <a href={`${desk.root}/subscribers/${subscriberId}`}>Open</a>
              ),
          },
        ]}
      />
      <Pager c={c} page={page} />
      <ZoneNote desk={desk} />
    </>,
    problem === undefined ? 200 : 422,
  )
}

function Actions({ desk }: { desk: Desk }) {
  return (
    <>
      {desk.can('compliance.write') ? (
        <a class="button" href={`${desk.root}${HERE}/add`}>
          Add
        </a>
      ) : null}
      <a class="button quiet" href={`${desk.root}${HERE}/download.csv`} download>
        Download CSV
      </a>
      <a class="button quiet" href={`${desk.root}${HERE}/keys.txt`} download>
        Download keys
      </a>
    </>
  )
}

function Filter({ c, filter }: { c: Context; filter: { reason: string | null; channel: string | null } }) {
  return (
    <Form method="get" class="filters">
      {c.req.query('key') === undefined ? null : <input type="hidden" name="key" value={c.req.query('key')} />}
      <Select
        name="reason"
        label="Why"
        value={filter.reason ?? ''}
        options={[['', 'any reason'], ...SUPPRESSION_REASONS.map((each) => [each, reasonWords(each)] as const)]}
      />
      <Select
        name="channel"
        label="By way of"
        value={filter.channel ?? ''}
        options={[['', 'any channel'], ...SUPPRESSION_CHANNELS.map((each) => [each, channelWords(each)] as const)]}
      />
      <button class="quiet">Show</button>
    </Form>
  )
}

function ToOne({ desk, value }: { desk: Desk; value: string }) {
  return (
    <a class="code" href={`${desk.root}${HERE}?key=${value}`}>
      {value.slice(0, 12)}
    </a>
  )
}

function NobodySought({ c, desk }: { c: Context; desk: Desk }) {
  return (
    <>
      <p>Nobody who fits is suppressed.</p>
      {desk.can('compliance.write') ? (
        <p>
          <a
            href={`${desk.root}${HERE}/add${/^[0-9a-f]{64}$/i.test(c.req.query('key') ?? '') ? `?key=${c.req.query('key')}` : ''}`}
          >
            Suppress this address
          </a>
        </p>
      ) : null}
    </>
  )
}

function Release({ desk, row, problem }: { desk: Desk; row: DeskSuppression; problem: string | undefined }) {
  return (
    <Form desk={desk} action={`${HERE}/${row.addressKey}/release`} class="sheet">
      <h2>Lift this suppression</h2>
      <p>
        Suppressed since <When desk={desk} at={row.setAt} />: {reasonWords(row.reason)}. Writing to them again takes an
        act of their own.
      </p>
      <Field
        name="why"
        label="What the person did to come back"
        hint="For example: asked by phone on 3 January. It goes into the consent ledger; no address, no name."
        error={problem}
        required
        maxlength={500}
      />
      <button class="danger">Lift it</button>
    </Form>
  )
}
