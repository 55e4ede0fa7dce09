// Adding suppressions: a few addresses as they are typed, or a whole list as a file.
import type { Context } from 'hono'
import { importSuppressions, type SuppressionReport } from '../../../audience/import-suppressions.ts'
import { SUPPRESSION_REASONS } from '../../../audience/suppression.ts'
import { readPasted, suppressAll } from '../../../compliance/suppress.ts'
import { isWholeKey } from '../../../compliance/key-range.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done } from '../frame.tsx'
import { count } from '../parts/figures.tsx'
import { Field, Form, Select } from '../parts/form.tsx'
import { Table } from '../parts/table.tsx'
import { showCompliance, soughtOf } from './tabs.tsx'
import { reasonWords } from './words.ts'

const HERE = '/compliance/suppressions'
const MOST_BYTES = 100_000_000
const REASONS = SUPPRESSION_REASONS.filter((reason) => reason !== 'import')

/** Adds the page and what it posts to. */
export function addPages(console: Console): void {
  console.get(`${HERE}/add`, 'compliance.write', (c, desk) => showAdd(c, desk, {}, {}))
  console.post(`${HERE}/add`, 'compliance.write', addTyped)
  console.post(`${HERE}/upload`, 'compliance.write', addList, { maxBytes: MOST_BYTES })
}

interface Wrong {
  addresses?: string
  file?: string
}

async function addTyped(c: Context, desk: Desk, form: FormFields): Promise<Response> {
  const { site } = desk
  const reason = REASONS.find((each) => each === form['reason'])
  const read = readPasted(site.addressKey, form['addresses'] ?? '')
  if (read.problem !== null) return showAdd(c, desk, form, { addresses: read.problem })
  if (reason === undefined)
    throw new RollcallError('unknown_reason', 'no reason is chosen', { hint: 'choose why they must not be written to' })
  const suppression = {
    reason,
    channel: 'console' as const,
    note: (form['note'] ?? '').trim(),
    setBy: desk.actor,
    setAt: site.clock.now(),
  }
  const added = await suppressAll(site.db, read.keys, suppression)
  const known = read.keys.length - added
  const [only] = read.keys
  return done(
    c,
    desk,
    read.keys.length === 1 && only !== undefined ? `${HERE}?key=${only.toString('hex')}` : HERE,
    `${count(added)} suppressed${known === 0 ? '' : `; ${count(known)} ${known === 1 ? 'was' : 'were'} already, and keep their first reason`}.`,
  )
}

async function addList(c: Context, desk: Desk): Promise<Response> {
  const { file } = await c.req.parseBody()
  if (!(file instanceof File) || file.size === 0) return showAdd(c, desk, {}, { file: 'Choose a file.' })
  try {
    const report = await importSuppressions(
      desk.site.db,
      { stream: chunksOf(file), name: file.name },
      { by: desk.actor },
      { addressKeyKey: desk.site.addressKey, clock: desk.site.clock },
    )
    return showReport(c, desk, report)
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    return showAdd(c, desk, {}, { file: `${error.message}. Nothing was suppressed.` })
  }
}

async function* chunksOf(file: File): AsyncGenerator<Buffer> {
  for await (const chunk of file.stream()) yield Buffer.from(chunk)
}

function showAdd(c: Context, desk: Desk, form: FormFields, wrong: Wrong) {
  const sought = soughtOf(c)
  const key = sought !== null && isWholeKey(sought) ? sought.from.toString('hex') : ''
  return showCompliance(
    c,
    desk,
    { title: 'Suppress addresses', here: HERE, crumbs: [{ words: 'Suppressions', path: HERE }] },
    <>
      <p>
        Nobody on the list is written to again, by any campaign, whether or not they are subscribers. It has no end
        date.
      </p>
      <div class="columns">
        <Form desk={desk} action={`${HERE}/add`} class="sheet">
          <h2>A few addresses</h2>
          <Field
            name="addresses"
            label="Addresses"
            hint="One a line; keyed hashes of 64 digits, too."
            rows={6}
            value={form['addresses'] ?? key}
            error={wrong.addresses}
            required
            maxlength={400_000}
          />
          <Select
            name="reason"
            label="Why"
            value={form['reason'] ?? 'manual'}
            options={REASONS.map((each) => [each, reasonWords(each)] as const)}
          />
          <Field
            name="note"
            label="Note"
            hint="What an auditor should know: how it came. No address, no name."
            value={form['note']}
            maxlength={500}
          />
          <button class="danger">Suppress them</button>
        </Form>
        <UploadForm desk={desk} problem={wrong.file} />
      </div>
    </>,
    wrong.addresses === undefined && wrong.file === undefined ? 200 : 422,
  )
}

function UploadForm({ desk, problem }: { desk: Desk; problem: string | undefined }) {
  return (
    <form method="post" action={`${desk.root}${HERE}/upload`} enctype="multipart/form-data" class="sheet">
      <input type="hidden" name="csrf" value={desk.csrf} />
      <h2>A list as a file</h2>
      <div class="field">
        <label for="f-file">CSV file</label>
        <p class="hint" id="f-file-hint">
          UTF-8, up to {count(MOST_BYTES / 1_000_000)} MB, with a column email or address_key; reason, note and set_at
          are kept where they stand. Our own download is read back as it is. All of it is taken, or nothing.
        </p>
        {problem === undefined ? null : (
          <p class="error" id="f-file-error">
            {problem}
          </p>
        )}
        <input
          id="f-file"
          type="file"
          name="file"
          accept=".csv,text/csv,text/plain"
          required
          aria-describedby={problem === undefined ? 'f-file-hint' : 'f-file-hint f-file-error'}
        />
      </div>
      <button class="danger">Suppress the list</button>
    </form>
  )
}

function showReport(c: Context, desk: Desk, report: SuppressionReport) {
  return showCompliance(
    c,
    desk,
    { title: 'The list is taken', here: HERE, crumbs: [{ words: 'Suppressions', path: HERE }] },
    <>
      <p class="notice good" role="status">
        {count(report.rows)} rows: {count(report.added)} suppressed, {count(report.known)} were already,{' '}
        {count(report.rejected)} refused.
      </p>
      {report.rejected === 0 ? null : (
        <>
          <h2>The first refused rows</h2>
          <Table
            c={c}
            caption="Refused rows"
            rows={report.sample}
            empty={<p>None.</p>}
            columns={[
              { heading: 'Line', isFigure: true, cell: ({ line }) => count(line) },
              { heading: 'Column', cell: ({ column }) => column },
              { heading: 'Value', cell: ({ value }) => <code>{value}</code> },
              { heading: 'What is wrong', cell: ({ problem, hint }) => `${problem}; ${hint}` },
            ]}
          />
        </>
      )}
      <p>
        <a class="button" href={`${desk.root}${HERE}`}>
          To the suppressions
        </a>
      </p>
    </>,
  )
}
