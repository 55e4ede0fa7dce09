// The folder of lists that came through the console: readable by its owner alone, under names that tell nothing.
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { RollcallError, messageOf } from '../core/errors.ts'
import { randomWord } from '../core/ids.ts'
import { openCsv } from './csv-rows.ts'

export interface UploadFolder {
  /** Tells this folder from that of a process on another machine. */
  readonly home: string
  pathOf(storedAs: string): string
  rejectsOf(storedAs: string): string
  /** Writes a list as it comes, and returns its name here and its size. Throws `file_too_large`, and keeps nothing then. */
  take(pieces: AsyncIterable<Buffer>, mostBytes: number): Promise<{ storedAs: string; bytes: number }>
  /** Removes a list that is imported. */
  dropList(storedAs: string): Promise<void>
  /** Removes a list and its rejects. */
  drop(storedAs: string): Promise<void>
  /** Removes what no list needs any more; what is younger than an hour may just be coming in. */
  sweep(kept: readonly { storedAs: string; keepsList: boolean }[], now: Date): Promise<number>
}

const HOUR_MS = 3_600_000
const MARK = 'folder-id'

/** Returns the folder below `home`, made when it is not there. Throws `uploads_unwritable`. */
export async function openUploadFolder(rollcallHome: string): Promise<UploadFolder> {
  const folder = path.resolve(rollcallHome, 'uploads')
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new RollcallError('uploads_unwritable', `cannot make the folder for lists: ${messageOf(cause)}`, {
      hint: 'let the process write to ROLLCALL_HOME',
      cause,
    })
  })
  const home = await markOf(folder)
  const pathOf = (storedAs: string) => path.join(folder, `${storedAs}.csv`)
  const rejectsOf = (storedAs: string) => path.join(folder, `${storedAs}.rejects.csv`)
  return {
    home,
    pathOf,
    rejectsOf,
    async take(pieces, mostBytes) {
      const storedAs = randomWord(20)
      const partial = path.join(folder, `${storedAs}.partial`)
      try {
        await pipeline(bounded(pieces, mostBytes), createWriteStream(partial, { mode: 0o600, flags: 'wx' }))
        const { size } = await stat(partial)
        await rename(partial, pathOf(storedAs))
        return { storedAs, bytes: size }
      } catch (error) {
        await rm(partial, { force: true })
        throw error
      }
    },
    dropList: (storedAs) => rm(pathOf(storedAs), { force: true }),
    async drop(storedAs) {
      for (const each of [pathOf(storedAs), rejectsOf(storedAs), `${rejectsOf(storedAs)}.partial`])
        await rm(each, { force: true })
    },
    async sweep(kept, now) {
      const wanted = new Set(
        kept.flatMap(({ storedAs, keepsList }) => [
          `${storedAs}.rejects.csv`,
          ...(keepsList ? [`${storedAs}.csv`] : []),
        ]),
      )
      let removed = 0
      for (const name of await readdir(folder)) {
        if (name === MARK || wanted.has(name)) continue
        const file = path.join(folder, name)
        const found = await stat(file).catch(() => null) // gone meanwhile: what was wanted
        if (found === null || now.getTime() - found.mtimeMs < HOUR_MS) continue
        await rm(file, { force: true })
        removed += 1
      }
      return removed
    },
  }
}

/** Two processes may make the folder at once: one of them writes the mark, both read it. */
async function markOf(folder: string): Promise<string> {
  const file = path.join(folder, MARK)
  await writeFile(file, randomUUID(), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  return readFile(file, 'utf8')
}

async function* bounded(pieces: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > mostBytes) {
      throw new RollcallError('file_too_large', `the file is larger than ${Math.floor(mostBytes / 1_000_000)} MB`, {
        hint: 'split it and import the parts, or use rollcall subscribers import',
        kind: 'usage',
      })
    }
    yield piece
  }
}

export interface ListHead {
  header: string[]
  rows: string[][]
}

/** Returns the header of a list and its first rows. Throws what makes a file no list (threat T7). */
export async function readListHead(file: string, count: number): Promise<ListHead> {
  const csv = await openCsv({ path: file })
  const rows: string[][] = []
  try {
    for await (const { cells } of csv.rows) {
      rows.push(cells)
      if (rows.length === count) break
    }
  } finally {
    await csv.close()
  }
  return { header: csv.header, rows }
}
