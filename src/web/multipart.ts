// Reads a form with one file as it comes: the file goes on piece by piece and is never held as a whole.
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as WebStream } from 'node:stream/web'
import busboy from 'busboy'
import type { Context } from 'hono'
import { RollcallError } from '../core/errors.ts'

const LIMITS = { files: 1, fields: 20, fieldSize: 10_000, fieldNameSize: 100, headerPairs: 50 }

export interface TakenFile<Taken> {
  /** The fields before and behind the file, as text. */
  fields: Readonly<Record<string, string>>
  /** What `take` made of the file. */
  taken: Taken
}

/**
 * Hands the file of the form to `take` and returns what it made of it. Throws what `take` throws, `file_missing` when none was chosen,
 * and `bad_upload` for a body that is no such form or breaks off.
 */
export async function takeFile<Taken>(
  c: Context,
  take: (pieces: AsyncIterable<Buffer>, fileName: string) => Promise<Taken>,
): Promise<TakenFile<Taken>> {
  const parser = open(c)
  const fields: Record<string, string> = {}
  const broken = new AbortController()
  let taking: Promise<{ taken: Taken } | { error: unknown }> | null = null
  parser.on('field', (name, value) => {
    fields[name] = value
  })
  parser.on('file', (_name, pieces, { filename }) => {
    // A form without a chosen file still has the part, without a name.
    if (!filename) {
      pieces.resume()
      return
    }
    taking = take(pieces, fileNameOf(filename)).then(
      (taken) => ({ taken }),
      (error: unknown) => {
        broken.abort() // nobody reads on
        return { error }
      },
    )
  })
  const body = c.req.raw.body as WebStream<Uint8Array> | null
  const read = await pipeline(body === null ? Readable.from([]) : Readable.fromWeb(body), parser, {
    signal: broken.signal,
  }).then(
    () => null,
    (error: unknown) => ({ error }),
  )
  const ended = await (taking as Promise<{ taken: Taken } | { error: unknown }> | null)
  if (ended !== null && 'error' in ended && broken.signal.aborted && ended.error instanceof RollcallError)
    throw ended.error
  if (read !== null) throw badUpload(read.error)
  if (ended === null)
    throw new RollcallError('file_missing', 'no file was chosen', { hint: 'choose one', kind: 'usage' })
  if ('error' in ended) throw ended.error
  return { fields, taken: ended.taken }
}

function open(c: Context): busboy.Busboy {
  try {
    return busboy({
      headers: { 'content-type': c.req.header('content-type') ?? '' },
      limits: LIMITS,
      defParamCharset: 'utf8',
    })
  } catch (error) {
    throw badUpload(error)
  }
}

function badUpload(cause: unknown): RollcallError {
  return new RollcallError('bad_upload', 'the file did not arrive whole', {
    hint: 'send it again',
    kind: 'usage',
    cause,
  })
}

/** Returns the name alone, without what could not stand in a record. */
function fileNameOf(given: string): string {
  const name = basename(given.replaceAll('\\', '/'))
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim()
  return Array.from(name).slice(0, 200).join('') || 'unnamed'
}
