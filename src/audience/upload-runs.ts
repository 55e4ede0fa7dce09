// Works on the lists that came through the console: checks and imports them in the background, goes on after a restart, cleans up.
import type { Logger } from 'pino'
import { messageOf, RollcallError } from '../core/errors.ts'
import type { Clock } from '../core/clock.ts'
import { randomWord } from '../core/ids.ts'
import type { Db } from '../store/connect.ts'
import { importSubscribers, type ImportDeps, type ImportProgress } from './import-csv.ts'
import { refreshStatistics } from './subscribers.ts'
import { importOptionsOf, type Upload } from './upload.ts'
import { openUploadFolder, type UploadFolder } from './upload-files.ts'
import { claimUpload, endStep, failStep, filesToKeep, findUpload, noteProgress, releaseUpload } from './uploads.ts'

export interface UploadDeps {
  db: Db
  clock: Clock
  log: Logger
  /** ROLLCALL_HOME: the lists lie in a folder of it. */
  home: string
  /** The key of address hashes. */
  addressKeyKey: Buffer
  /** What the congress data knows of ZIPs, read anew for each list. */
  loadKnownZip: () => Promise<ImportDeps['knownZip']>
  /** How often it looks for work that others left; a second unless told. */
  lookEveryMs?: number
}

/** What the work is done with. */
type Tools = UploadDeps & { folder: UploadFolder }

const PROGRESS_MS = 1_000
const SWEEP_MS = 3_600_000

/** Starts the work, one list at a time. Disposing it gives the list that is being read back; one that is being written is ended. */
export async function startUploads(given: UploadDeps): Promise<AsyncDisposable> {
  const deps: Tools = { ...given, folder: await openUploadFolder(given.home) }
  const stop = new AbortController()
  let wakeUp: () => void = () => undefined
  let sweptAt = -Infinity
  const work = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const hasWorked = await attempt(deps, () => runNext(deps, stop.signal))
      if (performance.now() - sweptAt > SWEEP_MS) {
        sweptAt = performance.now()
        await attempt(deps, () => sweepFiles(deps))
      }
      if (!hasWorked) await pause(deps.lookEveryMs ?? 1_000)
    }
  }
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (stop.signal.aborted) return resolve()
      const timer = setTimeout(resolve, ms)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const ended = work()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      wakeUp()
      await ended
    },
  }
}

/** A database that is away for a while ends nothing: the lease runs out, and the work is begun again. */
async function attempt(deps: Tools, act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act()
  } catch (error) {
    deps.log.warn({ error: messageOf(error) }, 'the work on lists broke off; it is tried again')
    return false
  }
}

async function sweepFiles({ db, folder, clock }: Tools): Promise<boolean> {
  await folder.sweep(await filesToKeep(db, folder.home), clock.now())
  return false
}

async function runNext(deps: Tools, stop: AbortSignal): Promise<boolean> {
  const run = randomWord(20)
  const upload = await claimUpload(deps.db, deps.folder.home, run)
  if (upload === null) return false
  const leave = new AbortController()
  const shared = { latest: { rows: 0, rejected: 0, bytes: 0, isWriting: false }, leave }
  const beat = setInterval(() => void heartbeat(deps, upload.id, run, shared), PROGRESS_MS)
  try {
    await carryOut(deps, upload, run, (progress) => {
      const { rows, rejected, bytes } = progress
      shared.latest = { rows, rejected, bytes, isWriting: progress.phase === 'writing' }
      if (stop.aborted) throw new RollcallError('upload_stopped', 'the process is stopping')
      if (leave.signal.aborted) throw new RollcallError('upload_lost', 'the list was taken from this process')
    })
  } catch (error) {
    await endBadly(deps, upload, run, error)
  } finally {
    clearInterval(beat)
  }
  return true
}

interface Shared {
  latest: { rows: number; rejected: number; bytes: number; isWriting: boolean }
  leave: AbortController
}

async function heartbeat({ db, log }: UploadDeps, id: string, run: string, { latest, leave }: Shared): Promise<void> {
  try {
    if (!(await noteProgress(db, id, run, latest))) leave.abort()
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'how far a list is could not be written')
  }
}

async function carryOut(
  { db, clock, folder, addressKeyKey, loadKnownZip }: Tools,
  upload: Upload,
  run: string,
  onProgress: (progress: ImportProgress) => void,
): Promise<void> {
  const { id, state, choices, storedAs, fileName, actor } = upload
  if (choices === null) throw new RollcallError('bug', `list ${id} runs without choices`)
  const isImport = state === 'importing'
  const deps: ImportDeps = {
    addressKeyKey,
    clock,
    knownZip: await loadKnownZip(),
    beforeCommit: async (transaction, report) => {
      const shown = { ...report, rejectsFile: report.rejectsFile === null ? null : `${fileName}.rejects.csv` }
      await endStep(transaction, id, run, shown, clock.now())
    },
  }
  const options = {
    ...importOptionsOf(choices),
    dryRun: !isImport,
    rejectsPath: folder.rejectsOf(storedAs),
    ...(actor === null ? {} : { actor }),
  }
  await importSubscribers(db, { path: folder.pathOf(storedAs), name: fileName }, options, deps, onProgress)
  // The list has served; its rejects stay until its time has come.
  if (!isImport) return
  await folder.dropList(storedAs)
  await refreshStatistics(db)
}

/** A list that is no list ends here, with why; what the process or its database is guilty of is tried again. */
async function endBadly({ db, clock, log, folder }: Tools, upload: Upload, run: string, error: unknown): Promise<void> {
  const { id, storedAs } = upload
  if (error instanceof RollcallError && error.code === 'upload_lost') {
    if ((await findUpload(db, id)).state === 'discarded') await folder.drop(storedAs)
    return
  }
  if (error instanceof RollcallError && error.code === 'upload_stopped') return releaseUpload(db, id, run)
  log.warn({ upload: id, error: error instanceof RollcallError ? error.code : messageOf(error) }, 'a list failed')
  const problem =
    error instanceof RollcallError
      ? [error.message, ...(error.hint === undefined ? [] : [error.hint])].join('\n')
      : 'it is our fault, and it has been written down: nothing was imported\ntry again in a minute'
  await failStep(db, id, run, problem.replaceAll(folder.pathOf(storedAs), upload.fileName), clock.now())
}
