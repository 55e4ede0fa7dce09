// Import of a file about Congress: sent, judged by its content, and what it did in sentences.
import type { Context } from 'hono'
import { importCongressFile } from '../../../congress/import-file.ts'
import type { ImportReport } from '../../../congress/import-report.ts'
import { RollcallError } from '../../../core/errors.ts'
import { takeFile } from '../../multipart.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { showDesk } from '../frame.tsx'
import { Badge } from '../parts/figures.tsx'
import { Field } from '../parts/form.tsx'
import { CongressTabs } from './tabs.tsx'

/** The historical legislators have 9 MB as YAML. */
const MOST_BYTES = 30_000_000

interface Ended {
  report?: ImportReport
  problem?: RollcallError
}

/** Adds the form and what it does. */
export function congressImportPages(console: Console): void {
  console.get('/congress/import', 'congress.write', (c, desk) => showImport(c, desk, {}))
  console.post(
    '/congress/import',
    'congress.write',
    async (c, desk) => {
      try {
        return showImport(c, desk, { report: await importTaken(c, desk) })
      } catch (error) {
        if (!(error instanceof RollcallError) || error.code === 'bug') throw error
        return showImport(c, desk, { problem: error })
      }
    },
    { raw: true, maxBytes: MOST_BYTES + 100_000 },
  )
}

async function importTaken(c: Context, desk: Desk): Promise<ImportReport> {
  const { fields, taken } = await takeFile(c, async (pieces, name) => ({ name, bytes: await wholeOf(pieces) }))
  const congress = fields['congress'] ?? ''
  const accept = (fields['accept'] ?? '').split(/[\s,]+/).filter(Boolean)
  if (congress !== '' && !/^1\d\d$/.test(congress)) {
    throw new RollcallError('bad_congress', `"${congress.slice(0, 10)}" is no Congress`, {
      hint: 'write its number, like 115',
      kind: 'usage',
    })
  }
  return importCongressFile(desk.site.db, {
    file: taken,
    clock: desk.site.clock,
    actor: desk.actor,
    ...(congress === '' ? {} : { congress: Number(congress) }),
    ...(accept.length === 0 ? {} : { accept: { codes: accept, name: desk.actor } }),
  })
}

async function wholeOf(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const held: Buffer[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > MOST_BYTES) {
      throw new RollcallError('file_too_large', 'the file is larger than 30 MB', {
        hint: 'import it with rollcall congress import',
        kind: 'usage',
      })
    }
    held.push(piece)
  }
  return Buffer.concat(held)
}

function showImport(c: Context, desk: Desk, { report, problem }: Ended) {
  return showDesk(
    c,
    desk,
    { title: 'Import congress data', section: 'congress', crumbs: [{ words: 'Congress', path: '/congress' }] },
    <>
      <CongressTabs desk={desk} here="/congress/import" />
      {problem === undefined ? null : (
        <div class="notice bad" role="alert">
          <p>{problem.message}</p>
          {problem.hint === undefined ? null : <p>{problem.hint}</p>}
          <p>Nothing of the file was taken.</p>
        </div>
      )}
      {report === undefined ? null : <Report desk={desk} report={report} />}
      <form
        class="sheet"
        method="post"
        enctype="multipart/form-data"
        action={`${desk.root}/congress/import?csrf=${encodeURIComponent(desk.csrf)}`}
      >
        <p>
          Legislators (YAML, JSON, terms as CSV), a roll call (XML of the House or the Senate, JSON) or a ZIP map (CSV),
          up to 30 MB. The kind is judged by the content; a file is taken whole or not at all.
        </p>
        <Field
          name="congress"
          label="For a ZIP map: the Congress it was drawn for"
          inputmode="numeric"
          maxlength={3}
          size={4}
          autocomplete="off"
        />
        <Field
          name="accept"
          label="Flaws of a ZIP map that you accept in your name"
          hint="Their codes, as a refusal states them; empty otherwise."
          maxlength={200}
          autocomplete="off"
        />
        <div class="field">
          <label for="f-file">File</label>
          <input id="f-file" type="file" name="file" accept=".yaml,.yml,.json,.xml,.csv" required />
        </div>
        <button class="loud">Import</button>
      </form>
    </>,
    problem === undefined ? 200 : 422,
  )
}

function Report({ desk, report }: { desk: Desk; report: ImportReport }) {
  const { file, format, kind, subject, changed, sentences, findings } = report
  return (
    <section class="notice good" role="status">
      <p>
        <b>{file}</b> ({format}){changed ? ' is imported.' : ': nothing changed, the data said all of this already.'}{' '}
        {kind === 'roll_call' ? <a href={`${desk.root}/congress/roll-calls/${subject}`}>Roll call {subject}</a> : null}
      </p>
      <ul>
        {sentences.map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
      {findings.length === 0 ? null : (
        <>
          <p>What could not be taken at face value:</p>
          <ul>
            {findings.map(({ severity, sentence }) => (
              <li>
                <Badge name={severity} /> {sentence}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}
