// The rejects file: every row that was refused, why, and the row itself, ready to be mended and imported again.
import { open, rename, rm } from 'node:fs/promises'
import { RollcallError, messageOf } from '../core/errors.ts'
import { BOM, csvLine } from './csv-cell.ts'
import { plainName } from './csv-header.ts'
import type { CsvRow } from './csv-rows.ts'

/** One refused row, with everything that is wrong with it. */
export interface Reject extends CsvRow {
  problems: RejectProblem[]
}

interface RejectProblem {
  /** The header of the column, or '' when it concerns the whole row. */
  column: string
  value: string
  problem: string
  /** What to do. */
  hint: string
}

/** The columns before those of the row; an import leaves them out. */
const COLUMNS = ['rejected_line', 'rejected_column', 'rejected_value', 'rejected_problem', 'rejected_what_to_do']
const OWN = new Set(COLUMNS.map(plainName))
const START = `${BOM}${COLUMNS[0]},`
const MAX_SHOWN = 200 // characters of a value that are repeated
const BUFFER = 65_536 // characters kept before they are written

/** Takes refused rows; `finish` puts the file in its place and `abandon` leaves nothing behind. */
export interface RejectsFile {
  add(reject: Reject): Promise<void>
  /** Returns the path, or null when no row was refused: then there is no file, and an older one of ours is removed. */
  finish(): Promise<string | null>
  abandon(): Promise<void>
}

/** Returns the cells of one line of the rejects file; without the columns an earlier import put there. */
function rejectCells(header: readonly string[], reject: Reject): string[] {
  const each = (pick: (problem: RejectProblem) => string): string => reject.problems.map(pick).join(' | ')
  const own = [
    String(reject.line),
    each((problem) => problem.column),
    each((problem) => problem.value.slice(0, MAX_SHOWN)),
    each((problem) => problem.problem),
    each((problem) => problem.hint),
  ]
  return [...own, ...reject.cells.filter((_, index) => !isOwn(header[index]))]
}

function isOwn(column: string | undefined): boolean {
  return column !== undefined && OWN.has(plainName(column))
}

/**
 * Returns a rejects file at `path`, readable by its owner only; it appears when `finish` is called.
 * Throws `rejects_unwritable` when it cannot be made there.
 */
export async function openRejects(path: string, header: readonly string[]): Promise<RejectsFile> {
  const partial = `${path}.partial`
  const file = await open(partial, 'w', 0o600).catch((cause: unknown) => {
    throw new RollcallError('rejects_unwritable', `cannot write the rejects file "${path}": ${messageOf(cause)}`, {
      hint: 'name another one with --rejects FILE',
      kind: 'usage',
      cause,
    })
  })
  let pending = BOM + csvLine([...COLUMNS, ...header.filter((column) => !isOwn(column))])
  let count = 0
  let isInPlace = false
  const flush = async (): Promise<void> => {
    const text = pending
    pending = ''
    await file.appendFile(text)
  }
  const abandon = async (): Promise<void> => {
    await file.close()
    await rm(isInPlace ? path : partial, { force: true })
  }
  return {
    async add(reject) {
      count += 1
      pending += csvLine(rejectCells(header, reject))
      if (pending.length > BUFFER) await flush()
    },
    async finish() {
      if (count === 0) {
        await abandon()
        if (await isRejectsFile(path)) await rm(path)
        return null
      }
      await flush()
      await file.close()
      await rename(partial, path)
      isInPlace = true
      return path
    },
    abandon,
  }
}

/** A file that an earlier import left here would tell of rows that are mended by now. */
async function isRejectsFile(path: string): Promise<boolean> {
  const text = await readStart(path, Buffer.byteLength(START))
  return text === START
}

async function readStart(path: string, bytes: number): Promise<string | null> {
  // What cannot be read is not known to be ours, and is left alone.
  const file = await open(path, 'r').catch(() => null)
  if (file === null) return null
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** A rejects file for those who did not ask for one. */
export const NO_REJECTS_FILE: RejectsFile = {
  add: () => Promise.resolve(),
  finish: () => Promise.resolve(null),
  abandon: () => Promise.resolve(),
}
