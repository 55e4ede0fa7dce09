// Lists that are imported: a form that takes a file, and what became of those before.
import type { Context } from 'hono'
import { openUploadFolder, type UploadFolder } from '../../../audience/upload-files.ts'
import type { Upload } from '../../../audience/upload.ts'
import { insertUpload, pageUploads } from '../../../audience/uploads.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Site } from '../../site.ts'
import { takeFile } from '../../multipart.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { showDesk } from '../frame.tsx'
import { Badge, count, When, ZoneNote } from '../parts/figures.tsx'
import { Pager, Table } from '../parts/table.tsx'
import { redirectTo } from '../redirect.ts'
import { importPages } from './import.tsx'
import { SubscriberTabs } from './tabs.tsx'

/** More than ten million rows; what is larger goes by the command line. */
const MOST_BYTES = 500_000_000
const ROWS = 25

/** Adds the imports. */
export function importsPages(console: Console): void {
  const folderOf = folders()
  console.get('/subscribers/imports', 'subscribers.write', (c, desk) => showImports(c, desk, null))
  console.post(
    '/subscribers/imports',
    'subscribers.write',
    async (c, desk) => {
      const { site } = desk
      const folder = await folderOf(site)
      try {
        const { taken } = await takeFile(c, async (pieces, fileName) => ({
          ...(await folder.take(pieces, MOST_BYTES)),
          fileName,
        }))
        const id = await insertUpload(site.db, {
          ...taken,
          home: folder.home,
          by: desk.actor,
          now: site.clock.now(),
        })
        return redirectTo(c, desk, `/subscribers/imports/${id}`)
      } catch (error) {
        if (!(error instanceof RollcallError)) throw error
        return showImports(c, desk, error)
      }
    },
    { raw: true, maxBytes: MOST_BYTES + 100_000 },
  )
  importPages(console, folderOf)
}

/** Returns a function that opens the folder of a site when it is first asked for. */
function folders(): (site: Site) => Promise<UploadFolder> {
  let opened: Promise<UploadFolder> | undefined
  return ({ config }) => (opened ??= openUploadFolder(config.ROLLCALL_HOME))
}

async function showImports(c: Context, desk: Desk, problem: RollcallError | null) {
  const { after, before } = c.req.query()
  const page = await pageUploads(desk.site.db, { after, before, limit: ROWS })
  return showDesk(
    c,
    desk,
    { title: 'Imports', section: 'subscribers', crumbs: [{ words: 'Subscribers', path: '/subscribers' }] },
    <>
      <SubscriberTabs desk={desk} here="/subscribers/imports" />
      <UploadForm desk={desk} problem={problem} />
      <h2>Lists until now</h2>
      <Table
        c={c}
        caption="Lists that were imported or wait for it"
        rows={page.rows}
        empty={
          <p>
            No list has come in yet. The first step is to send a file: nothing is imported before you have seen what is
            in it.
          </p>
        }
        columns={[
          {
            heading: 'List',
            cell: ({ id, fileName }) => <a href={`${desk.root}/subscribers/imports/${id}`}>{fileName}</a>,
          },
          { heading: 'State', cell: ({ state }) => <Badge name={state} /> },
          { heading: 'Rows', isFigure: true, cell: (row) => rowsText(row) },
          {
            heading: 'Added',
            isFigure: true,
            cell: ({ state, report }) => (state === 'imported' ? count(report?.added ?? 0) : ''),
          },
          {
            heading: 'Rejected',
            isFigure: true,
            isExtra: true,
            cell: ({ report }) => (report === null ? '' : count(report.rejected)),
          },
          { heading: 'Sent by', isExtra: true, cell: ({ uploadedBy }) => uploadedBy },
          { heading: 'Came', isExtra: true, cell: ({ uploadedAt }) => <When desk={desk} at={uploadedAt} /> },
        ]}
      />
      <Pager c={c} page={page} />
      <ZoneNote desk={desk} />
    </>,
    problem === null ? 200 : 422,
  )
}

function rowsText({ report, rowsRead }: Upload): string {
  const rows = report?.rows ?? rowsRead
  return rows === 0 ? '' : count(rows)
}

function UploadForm({ desk, problem }: { desk: Desk; problem: RollcallError | null }) {
  return (
    <form
      class="sheet"
      method="post"
      enctype="multipart/form-data"
      action={`${desk.root}/subscribers/imports?csrf=${encodeURIComponent(desk.csrf)}`}
      data-upload
    >
      <h2>Import a list</h2>
      {problem === null ? null : (
        <p class="notice bad" role="alert">
          {[problem.message, problem.hint].filter(Boolean).join('; ')}
        </p>
      )}
      <div class="field">
        <label for="f-list">A CSV file in UTF-8, with the names of its columns in the first line</label>
        <p class="hint" id="f-list-hint">
          Up to 500 MB. It stays on this server until it is imported, a week at most. A suppressed address stays
          suppressed.
        </p>
        <input
          id="f-list"
          type="file"
          name="list"
          accept=".csv,.txt,.tsv,text/csv"
          required
          aria-describedby="f-list-hint"
        />
      </div>
      <progress hidden aria-label="How much of the file has arrived"></progress>
      <p class="error" data-upload-error role="status"></p>
      <button class="loud">Send the file</button>
    </form>
  )
}
