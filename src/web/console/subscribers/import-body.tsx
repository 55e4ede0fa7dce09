// The body of a list's page, which moves while somebody works on the list.
import type { ImportReport } from '../../../audience/import-report.ts'
import type { ListHead } from '../../../audience/upload-files.ts'
import type { Upload, UploadReport, UploadState } from '../../../audience/upload.ts'
import type { Desk } from '../desk.ts'
import { Bar, count, Figure, When } from '../parts/figures.tsx'
import { Act } from '../parts/form.tsx'
import { ColumnsForm } from './columns-form.tsx'
import type { Typed } from './columns-start.ts'

interface Props {
  desk: Desk
  upload: Upload
  /** The first rows, or why they cannot be shown; null when the time for them is over. */
  head: ListHead | string | null
  typed: Typed
}

/** Everything below the title, under one id. */
export function ImportBody({ desk, upload, head, typed }: Props) {
  const { state } = upload
  return (
    <div id="import-body">
      <Steps state={state} />
      <p class="soft">
        Sent by {upload.uploadedBy}, <When desk={desk} at={upload.uploadedAt} />; {count(upload.bytes)} bytes.
      </p>
      {state === 'checking' || state === 'importing' ? <Progress desk={desk} upload={upload} /> : null}
      {upload.problem === null ? null : <Problem text={upload.problem} />}
      {state === 'discarded' ? (
        <p class="notice">This list was discarded, or its time was over. Its file is gone.</p>
      ) : null}
      {state === 'imported' ? (
        <p class="notice good" role="status">
          Imported <When desk={desk} at={upload.changedAt} /> by {upload.actor}. The file itself is gone.
        </p>
      ) : null}
      {upload.report === null || state === 'discarded' ? null : (
        <Report desk={desk} upload={upload} report={upload.report} />
      )}
      {state === 'checked' ? <Commit desk={desk} upload={upload} /> : null}
      <Columns desk={desk} upload={upload} head={head} typed={typed} />
      {['uploaded', 'checked', 'failed'].includes(state) ? <Discard desk={desk} upload={upload} /> : null}
    </div>
  )
}

const STEPS: readonly [words: string, states: readonly UploadState[]][] = [
  ['Send the file', []],
  ['Choose columns', ['uploaded', 'failed']],
  ['Check', ['checking', 'checked']],
  ['Import', ['importing']],
  ['Done', ['imported']],
]

function Steps({ state }: { state: UploadState }) {
  return (
    <ol class="steps" aria-label="Steps">
      {STEPS.map(([words, states]) => (
        <li aria-current={states.includes(state) ? 'step' : undefined}>{words}</li>
      ))}
    </ol>
  )
}

function Problem({ text }: { text: string }) {
  return (
    <div class="notice bad" role="alert">
      {text.split('\n').map((line) => (
        <p>{line}</p>
      ))}
    </div>
  )
}

function Progress({ desk, upload }: { desk: Desk; upload: Upload }) {
  const { state, rowsRead, rowsRejected, bytesRead, bytes, isWriting, runs } = upload
  const doing = state === 'checking' ? 'Checking' : 'Importing'
  const percent = bytes === 0 ? 0 : Math.min(100, Math.floor((bytesRead / bytes) * 100))
  const words = isWriting
    ? state === 'checking'
      ? 'All rows are read; they are compared with the subscribers.'
      : 'All rows are read; the database is writing them.'
    : runs === 0
      ? 'Waiting to begin …'
      : `${doing}: ${percent} % read`
  return (
    <section class="sheet">
      <h2>{doing}</h2>
      <Bar part={isWriting ? 1 : bytesRead} whole={isWriting ? 1 : bytes} words={words} />
      <p>
        {words} <b>{count(rowsRead)}</b> rows, <b>{count(rowsRejected)}</b> of them refused.
      </p>
      {runs > 1 ? (
        <p class="small">Begun again from the start after a restart: what an interrupted run had done was undone.</p>
      ) : null}
      <p class="small">
        You can leave this page: the work goes on. <span id="live-note"></span>
      </p>
      <Act desk={desk} action={`/subscribers/imports/${upload.id}/discard`} button="Stop and discard the list" />
    </section>
  )
}

function Report({ desk, upload, report }: { desk: Desk; upload: Upload; report: UploadReport }) {
  const { rejected, duplicates, sample = [] } = report
  const isDry = report.dryRun
  return (
    <section>
      <h2>{isDry ? 'What an import would do' : 'What the import did'}</h2>
      <dl class="figures">
        <Figure words="Rows" value={count(report.rows)} />
        <Figure words={isDry ? 'Would be added' : 'Added'} value={count(report.added)} tone="good" />
        <Figure words={isDry ? 'Would be updated' : 'Updated'} value={count(report.updated)} />
        <Figure words="Unchanged" value={count(report.unchanged)} />
        <Figure words="Suppressed" value={count(report.suppressed)} note="left as they are" />
        <Figure
          words="Rejected"
          value={count(rejected)}
          note={duplicates > 0 ? `${count(duplicates)} of them as duplicates` : ''}
          {...(rejected > 0 ? { tone: 'bad' as const } : {})}
        />
      </dl>
      <p>{remarksOf(report).join(' ')}</p>
      {rejected === 0 ? null : (
        <section class="sheet">
          <div class="title">
            <h2>Rejected rows</h2>
            {report.rejectsFile === null || upload.isCleared ? null : (
              <a class="button" href={`${desk.root}/subscribers/imports/${upload.id}/rejects`}>
                Download the rejected rows
              </a>
            )}
          </div>
          <p>Each with what is wrong and what to do. Mend the rows in that file and send it as a new list.</p>
          {sample.length === 0 ? null : <Sample sample={sample} />}
          {rejected > sample.length && sample.length > 0 ? (
            <p class="small">… and {count(rejected - sample.length)} more.</p>
          ) : null}
        </section>
      )}
    </section>
  )
}

/** What else is worth knowing of the good rows, in sentences. */
function remarksOf({ zips, roleAddresses, needSmtpUtf8, ignoredColumns }: UploadReport): string[] {
  const places: readonly [number, string][] = [
    [zips.known, 'on the map'],
    [zips.state, 'with a known state only'],
    [zips.special, 'military or abroad'],
    [zips.unknown, 'unknown'],
    [zips.blank, 'blank'],
    [zips.padded, 'with zeros put back'],
  ]
  const told = places.filter(([number]) => number > 0).map(([number, words]) => `${count(number)} ${words}`)
  return [
    ...(told.length > 0 ? [`ZIP codes: ${told.join(', ')}.`] : []),
    ...(roleAddresses > 0 ? [`Addresses of an office, such as info@: ${count(roleAddresses)}.`] : []),
    ...(needSmtpUtf8 > 0 ? [`Addresses that only reach servers with SMTPUTF8: ${count(needSmtpUtf8)}.`] : []),
    ...(ignoredColumns.length > 0 ? [`Columns not read: ${ignoredColumns.join(', ')}.`] : []),
  ]
}

function Sample({ sample }: { sample: ImportReport['sample'] }) {
  return (
    <div class="scroll" tabindex={0} role="region" aria-label="First rejected rows">
      <table>
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">What is wrong</th>
            <th scope="col">There</th>
          </tr>
        </thead>
        <tbody>
          {sample.map(({ line, column, value, problem, hint }) => (
            <tr>
              <td>{count(line)}</td>
              <td>
                {problem}; {hint}
              </td>
              <td>
                {column === '' ? null : <span class="soft">{column}: </span>}
                {value}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Commit({ desk, upload }: { desk: Desk; upload: Upload }) {
  const report = upload.report
  const news = (report?.added ?? 0) + (report?.updated ?? 0)
  return (
    <section class="sheet">
      <h2>Import</h2>
      <p>
        {news === 0
          ? 'Nobody would be added or changed; an import would only note the consent of those who are known.'
          : `${count(report?.added ?? 0)} people are added and ${count(report?.updated ?? 0)} changed, all of them or none. Nothing has been written until now.`}
      </p>
      <Act desk={desk} action={`/subscribers/imports/${upload.id}/import`} button="Import this list" look="loud" />
    </section>
  )
}

function Columns({ desk, upload, head, typed }: Props) {
  if (head === null) return null
  if (typeof head === 'string') {
    return upload.problem === null ? <Problem text={head} /> : null
  }
  const form = <ColumnsForm desk={desk} upload={upload} head={head} typed={typed} />
  if (upload.state !== 'checked' || typed.problem !== undefined) return form
  return (
    <details>
      <summary>Choose other columns and check again</summary>
      {form}
    </details>
  )
}

function Discard({ desk, upload }: { desk: Desk; upload: Upload }) {
  return <Act desk={desk} action={`/subscribers/imports/${upload.id}/discard`} button="Discard the list" look="plain" />
}
