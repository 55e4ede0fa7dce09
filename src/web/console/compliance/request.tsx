// One data request: carrying it out, and what came of it.
import type { Context } from 'hono'
import { answerErase, answerExportInline, answerRectify } from '../../../compliance/desk.ts'
import { findRequest, type RequestInFull } from '../../../compliance/data-requests.ts'
import { personData } from '../../../compliance/person-data.ts'
import { personFiles } from '../../../compliance/person-files.ts'
import { RollcallError } from '../../../core/errors.ts'
import { recordAct } from '../../../store/audit-entries.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done } from '../frame.tsx'
import { count, When, ZoneNote } from '../parts/figures.tsx'
import { Confirm, Field, Form, isTyped } from '../parts/form.tsx'
import { fileAnswer } from './downloads.ts'
import { DueBadge } from './requests-table.tsx'
import { Key, showCompliance } from './tabs.tsx'

const HERE = '/compliance/requests'

/** For so long the files of an answered export can be fetched here. */
const FILES_MS = 7 * 86_400_000

/** Adds the page, its acts and its files. */
export function oneRequestPages(console: Console): void {
  console.get(`${HERE}/:id`, 'compliance.read', async (c, desk) => showRequest(c, desk, await requestOf(c, desk), {}))
  console.post(`${HERE}/:id/export`, 'compliance.write', async (c, desk) => {
    const request = await requestOf(c, desk)
    await answerExportInline(desk.site.db, deskOf(desk, request))
    return done(c, desk, `${HERE}/${request.id}`, 'The export is made and the request closed. Fetch the files below.')
  })
  console.post(`${HERE}/:id/rectify`, 'compliance.write', rectify)
  console.post(`${HERE}/:id/erase`, 'compliance.write', async (c, desk, form) => {
    const request = await requestOf(c, desk)
    if (!isTyped(form, 'erase'))
      return showRequest(c, desk, request, { problem: 'Type the word erase; nothing was erased.' })
    await answerErase(desk.site.db, deskOf(desk, request))
    return done(
      c,
      desk,
      `${HERE}/${request.id}`,
      'The person is erased. The keyed hash of the address stays suppressed.',
    )
  })
  console.get(`${HERE}/:id/files/:name`, 'compliance.write', sendFile)
}

function requestOf(c: Context, desk: Desk): Promise<RequestInFull> {
  return findRequest(desk.site.db, c.req.param('id') ?? '')
}

function deskOf(desk: Desk, request: RequestInFull) {
  return {
    addressKey: Buffer.from(request.addressKey, 'hex'),
    requestedAt: request.requestedAt,
    now: desk.site.clock.now(),
    note: request.note,
    by: desk.actor,
    request: request.id,
    channel: 'console' as const,
  }
}

async function rectify(c: Context, desk: Desk, form: FormFields): Promise<Response> {
  const request = await requestOf(c, desk)
  const given = (name: string) => {
    const text = (form[name] ?? '').trim()
    return text === '' ? undefined : text
  }
  try {
    const { changed } = await answerRectify(desk.site.db, {
      ...deskOf(desk, request),
      change: {
        firstName: given('firstName'),
        lastName: given('lastName'),
        zip: form['noZip'] === 'on' ? '' : given('zip'),
      },
    })
    return await done(
      c,
      desk,
      `${HERE}/${request.id}`,
      `Corrected: ${changed.map((each) => each.replace('_', ' ')).join(', ')}. The request is closed.`,
    )
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code === 'request_answered') throw error
    const say = WRONG[error.code] ?? `${error.message}.`
    return showRequest(c, desk, request, { problem: say, form })
  }
}

const WRONG: Readonly<Record<string, string>> = {
  nothing_to_correct: 'Nothing is given that is to be corrected: fill in what is wrong today.',
  no_subscriber: 'No subscriber has this address: there is nothing to correct.',
}

function hasFiles(request: RequestInFull, now: Date): boolean {
  return request.kind === 'export' && request.doneAt !== null && now.getTime() - request.doneAt.getTime() < FILES_MS
}

/** The files are read from the tables when they are fetched: no copy of a person lies about (threat T20). */
async function sendFile(c: Context, desk: Desk): Promise<Response> {
  const { site } = desk
  const request = await requestOf(c, desk)
  const name = c.req.param('name') ?? ''
  const files = hasFiles(request, site.clock.now())
    ? personFiles(await personData(site.db, Buffer.from(request.addressKey, 'hex')))
    : new Map<string, string>()
  const text = files.get(name)
  if (text === undefined)
    throw new RollcallError('no_file', `there is no such file of request ${request.id}`, {
      hint: 'files of an export can be fetched for seven days; take in a new request after that',
    })
  await recordAct(site.db, {
    actor: desk.actor,
    act: 'download export',
    object: `data-request/${request.id}`,
    reason: name,
    after: text,
  })
  return fileAnswer(
    c,
    `request-${request.id}-${name}`,
    name.endsWith('.json') ? 'application/json' : 'text/csv; charset=utf-8',
    [text],
  )
}

interface Shown {
  problem?: string
  form?: FormFields
}

async function showRequest(
  c: Context,
  desk: Desk,
  request: RequestInFull,
  { problem, form = {} }: Shown,
): Promise<Response> {
  const now = desk.site.clock.now()
  const canFetch = hasFiles(request, now) && desk.can('compliance.write')
  const tables = canFetch ? await personData(desk.site.db, Buffer.from(request.addressKey, 'hex')) : []
  return showCompliance(
    c,
    desk,
    {
      title: `Request ${request.id}: ${request.kind}`,
      here: HERE,
      crumbs: [{ words: 'Data requests', path: HERE }],
      actions: <DueBadge row={request} now={now} />,
    },
    <>
      {problem === undefined ? null : (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <Facts desk={desk} request={request} />
      {request.result === null ? null : <Result desk={desk} request={request} result={request.result} />}
      {canFetch ? <Files desk={desk} request={request} names={[...personFiles(tables).keys()]} /> : null}
      {request.doneAt === null && desk.can('compliance.write') ? (
        <Answer desk={desk} request={request} form={form} />
      ) : null}
      <ZoneNote desk={desk} />
    </>,
    problem === undefined ? 200 : 422,
  )
}

function Facts({ desk, request }: { desk: Desk; request: RequestInFull }) {
  return (
    <dl class="facts">
      <dt>Person</dt>
      <dd>
        <Key desk={desk} value={request.addressKey} to={HERE} />{' '}
        {request.subscriberId === null ? (
          <span class="soft">no subscriber has this address</span>
        ) : (
          <a href={`${desk.root}/subscribers/${request.subscriberId}`}>Their page and history</a>
        )}
      </dd>
      <dt>Came</dt>
      <dd>
        <When desk={desk} at={request.requestedAt} />, taken in by {request.takenBy}
      </dd>
      <dt>Due</dt>
      <dd>
        <When desk={desk} at={request.dueAt} />
      </dd>
      <dt>Note</dt>
      <dd>{request.note === '' ? <span class="none">none</span> : request.note}</dd>
    </dl>
  )
}

function Result({ desk, request, result }: { desk: Desk; request: RequestInFull; result: Record<string, number> }) {
  return (
    <section class="sheet">
      <h2>Answered</h2>
      <p>
        By {request.doneBy} on <When desk={desk} at={request.doneAt} />.
      </p>
      <dl class="facts">
        {Object.entries(result).map(([what, rows]) => (
          <>
            <dt>{what.replace(/_/g, ' ')}</dt>
            <dd>{count(rows)}</dd>
          </>
        ))}
      </dl>
    </section>
  )
}

function Files({ desk, request, names }: { desk: Desk; request: RequestInFull; names: readonly string[] }) {
  return (
    <section class="sheet">
      <h2>Files for the person</h2>
      <p>They hold personal data. Each download is in the audit log; they can be fetched here for seven days.</p>
      <ul>
        {names.map((name) => (
          <li>
            <a href={`${desk.root}${HERE}/${request.id}/files/${name}`} download>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Answer({ desk, request, form }: { desk: Desk; request: RequestInFull; form: FormFields }) {
  const action = `${HERE}/${request.id}/${request.kind}`
  if (request.kind === 'export')
    return (
      <Form desk={desk} action={action} class="sheet">
        <h2>Answer it</h2>
        <p>
          Gathers all there is about this address: profile, seats, consents, suppressions, opt-outs, messages, attempts,
          what came back, requests. As one JSON document, and a CSV file a table.
        </p>
        <button>Make the export</button>
      </Form>
    )
  if (request.kind === 'rectify') return <Rectify desk={desk} action={action} form={form} />
  return (
    <Confirm desk={desk} action={action} word="erase" button="Erase this person">
      <h2>Answer it</h2>
      <p>
        The profile goes, and with it name, ZIP, seats and wishes; ZIPs and replies of mail servers go from the ledger.
        The keyed hash of the address stays suppressed, so that no import writes to it again. It cannot be undone.
      </p>
    </Confirm>
  )
}

function Rectify({ desk, action, form }: { desk: Desk; action: string; form: FormFields }) {
  return (
    <Form desk={desk} action={action} class="sheet">
      <h2>Answer it</h2>
      <p>Fill in what is to be corrected; what is left empty stays. A seat chosen for a former ZIP goes with it.</p>
      <div class="columns">
        <Field name="firstName" label="First name" value={form['firstName']} maxlength={100} autocomplete="off" />
        <Field name="lastName" label="Last name" value={form['lastName']} maxlength={100} autocomplete="off" />
        <Field
          name="zip"
          label="ZIP"
          hint="97212 or 97212-1234"
          value={form['zip']}
          maxlength={10}
          autocomplete="off"
        />
      </div>
      <label class="tick">
        <input type="checkbox" name="noZip" {...(form['noZip'] === 'on' ? { checked: true } : {})} />
        <span>The ZIP on file is wrong, and the right one is not known</span>
      </label>
      <button>Correct it</button>
    </Form>
  )
}
