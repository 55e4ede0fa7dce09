// One list on its way in: choose columns, check, import, see what came of it, mend what was refused.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { Context } from 'hono'
import { stream } from 'hono/streaming'
import { readListHead, type ListHead, type UploadFolder } from '../../../audience/upload-files.ts'
import { readChoices, type Upload } from '../../../audience/upload.ts'
import { discardUpload, findUpload, startStep } from '../../../audience/uploads.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Site } from '../../site.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { done, showDesk } from '../frame.tsx'
import { liveAnswer } from '../parts/answers.tsx'
import { redirectTo } from '../redirect.ts'
import type { Typed } from './columns-start.ts'
import { ImportBody } from './import-body.tsx'

const SHOWN_ROWS = 5

type FolderOf = (site: Site) => Promise<UploadFolder>

/** Adds the page of one list and its steps. */
export function importPages(console: Console, folderOf: FolderOf): void {
  const uploadOf = (c: Context, { site }: Desk) => findUpload(site.db, c.req.param('id') ?? '')
  const by = ({ actor, site }: Desk) => ({ actor, now: site.clock.now() })

  console.get('/subscribers/imports/:id', 'subscribers.write', async (c, desk) =>
    showImport(c, desk, await uploadOf(c, desk), folderOf, {}),
  )
  console.get('/subscribers/imports/:id/live', 'subscribers.write', (c, desk) =>
    liveAnswer(c, desk, 1000, async () => {
      const upload = await uploadOf(c, desk)
      const head = await headOf(desk, upload, folderOf)
      return { html: <ImportBody desk={desk} upload={upload} head={head} typed={{}} />, isLast: !isRunning(upload) }
    }),
  )
  console.post('/subscribers/imports/:id/check', 'subscribers.write', async (c, desk, form) => {
    const upload = await uploadOf(c, desk)
    const folder = await folderOf(desk.site)
    try {
      const { header } = await readListHead(folder.pathOf(upload.storedAs), 1)
      await startStep(desk.site.db, upload.id, 'checking', { ...by(desk), choices: readChoices(form, header) })
    } catch (error) {
      if (!(error instanceof RollcallError) || error.code === 'bug') throw error
      return showImport(c, desk, upload, folderOf, { form, problem: hidePath(error, upload, folder) })
    }
    return redirectTo(c, desk, `/subscribers/imports/${upload.id}`)
  })
  console.post('/subscribers/imports/:id/import', 'subscribers.write', async (c, desk) => {
    const { id } = await uploadOf(c, desk)
    await startStep(desk.site.db, id, 'importing', by(desk))
    return redirectTo(c, desk, `/subscribers/imports/${id}`)
  })
  console.post('/subscribers/imports/:id/discard', 'subscribers.write', async (c, desk) => {
    const { id, storedAs } = await uploadOf(c, desk)
    await discardUpload(desk.site.db, id, by(desk))
    await (await folderOf(desk.site)).drop(storedAs)
    return done(c, desk, `/subscribers/imports/${id}`, 'Discarded: the file is gone, and nothing of it was imported.')
  })
  console.get('/subscribers/imports/:id/rejects', 'subscribers.write', async (c, desk) => {
    const upload = await uploadOf(c, desk)
    return sendRejects(c, (await folderOf(desk.site)).rejectsOf(upload.storedAs), upload.fileName)
  })
}

async function sendRejects(c: Context, file: string, fileName: string) {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    throw new RollcallError('no_rejects', 'there is no file of rejected rows', {
      hint: 'it is kept for a week, by the server that took the list',
    })
  }
  const name = fileName.replace(/\.\w+$/, '').replace(/[^\w.-]/g, '_')
  c.header('Content-Type', 'text/csv; charset=utf-8')
  c.header('Content-Disposition', `attachment; filename="${name}.rejects.csv"`)
  return stream(c, (out) => out.pipe(Readable.toWeb(createReadStream(file)) as ReadableStream))
}

function isRunning({ state }: Upload): boolean {
  return state === 'checking' || state === 'importing'
}

/** The first rows, while columns can still be chosen; else why they cannot be shown. */
async function headOf(desk: Desk, upload: Upload, folderOf: FolderOf): Promise<ListHead | string | null> {
  if (!['uploaded', 'checked', 'failed'].includes(upload.state)) return null
  const folder = await folderOf(desk.site)
  try {
    return await readListHead(folder.pathOf(upload.storedAs), SHOWN_ROWS)
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    return hidePath(error, upload, folder)
  }
}

function hidePath(error: RollcallError, upload: Upload, folder: UploadFolder): string {
  if (error.code === 'file_unreadable')
    return 'The file is not on this server: it may have come in through another one, or its time is over.'
  return [error.message, error.hint]
    .filter(Boolean)
    .join('\n')
    .replaceAll(`${upload.storedAs}.csv`, upload.fileName)
    .replaceAll(folder.pathOf(upload.storedAs), upload.fileName)
}

async function showImport(c: Context, desk: Desk, upload: Upload, folderOf: FolderOf, typed: Typed) {
  const head = await headOf(desk, upload, folderOf)
  return showDesk(
    c,
    desk,
    {
      title: upload.fileName,
      section: 'subscribers',
      crumbs: [
        { words: 'Subscribers', path: '/subscribers' },
        { words: 'Imports', path: '/subscribers/imports' },
      ],
    },
    <div {...(isRunning(upload) ? { 'data-live': `${desk.root}/subscribers/imports/${upload.id}/live` } : {})}>
      <ImportBody desk={desk} upload={upload} head={head} typed={typed} />
    </div>,
    typed.problem === undefined ? 200 : 422,
  )
}
