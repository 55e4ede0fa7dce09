// Reads a CSV file as a stream of rows with their line numbers, in constant memory.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable, pipeline } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { RollcallError, messageOf } from '../core/errors.ts'
import { HEAD_BYTES, shapeOf, utf8Chunks, type CsvLimits, type TextShape } from './csv-bytes.ts'
import { unguardCell } from './csv-cell.ts'

/** A file on disk, under its own name or another for the records, or bytes that arrive from elsewhere under a name for the records. */
export type CsvSource = { path: string; name?: string } | { stream: AsyncIterable<Buffer>; name: string }

/** One row: the line it starts on (the first line is 1), and its cells as we wrote them or as given. */
export interface CsvRow {
  line: number
  cells: string[]
}

export interface CsvFile {
  name: string
  header: string[]
  delimiter: TextShape['delimiter']
  /** Size when known beforehand; null for a stream. */
  totalBytes: number | null
  /** The rows under the header; blank lines are left out. Throws for what no row can be read from. */
  rows: AsyncIterable<CsvRow>
  /** Bytes read until now. */
  bytesRead(): number
  /** SHA-256 of all bytes in hex, once the rows are read. */
  sha256(): string
  /** Gives the file back when the rows were not read to their end. */
  close(): Promise<void>
}

export const CSV_LIMITS: CsvLimits = { maxFileBytes: 4 * 1024 ** 3, maxRowBytes: 256 * 1024 }

/**
 * Returns the opened file with its header read. Throws a RollcallError for a missing or empty file, an archive,
 * another encoding than UTF-8, a file or row over the limits and a quotation mark that never closes (threat T7).
 */
export async function openCsv(source: CsvSource, limits: CsvLimits = CSV_LIMITS): Promise<CsvFile> {
  const opened = await openSource(source)
  const hash = createHash('sha256')
  let bytes = 0
  const counted = tap(opened.chunks, (chunk) => {
    hash.update(chunk)
    bytes += chunk.length
  })
  const { head, all } = await peek(counted)
  const shape = shapeOf(head)
  const text = utf8Chunks(all, { ...limits, newline: shape.endsLinesWithCr ? 13 : 10 })
  const rows = parsed(withoutFirst(text, shape.bomBytes), shape, limits)
  if (shape.hasSeparatorLine) await rows.next()
  const first = await rows.next()
  if (first.done)
    throw new RollcallError('empty_file', 'the file holds no text', { hint: 'its first line must name the columns' })
  return {
    name: opened.name,
    header: first.value.cells,
    delimiter: shape.delimiter,
    totalBytes: opened.totalBytes,
    rows,
    bytesRead: () => bytes,
    sha256: () => hash.digest('hex'),
    close: async () => void (await rows.return(undefined)),
  }
}

interface OpenedSource {
  name: string
  totalBytes: number | null
  chunks: AsyncIterable<Buffer>
}

async function openSource(source: CsvSource): Promise<OpenedSource> {
  if ('stream' in source) return { name: source.name, totalBytes: null, chunks: source.stream }
  const found = await stat(source.path).catch((cause: unknown) => {
    throw new RollcallError('file_unreadable', `cannot read "${source.path}": ${messageOf(cause)}`, {
      hint: 'check the path',
      kind: 'usage',
      cause,
    })
  })
  if (found.isDirectory()) {
    throw new RollcallError('file_unreadable', `"${source.path}" is a folder`, {
      hint: 'name one CSV file',
      kind: 'usage',
    })
  }
  const chunks: AsyncIterable<Buffer> = createReadStream(source.path, { highWaterMark: 64 * 1024 })
  return { name: source.name ?? basename(source.path), totalBytes: found.isFile() ? found.size : null, chunks }
}

async function* tap(chunks: AsyncIterable<Buffer>, seen: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    seen(chunk)
    yield chunk
  }
}

/** Returns the first bytes, and all bytes again from the start. */
async function peek(chunks: AsyncGenerator<Buffer>): Promise<{ head: Buffer; all: AsyncGenerator<Buffer> }> {
  const first: Buffer[] = []
  let size = 0
  while (size < HEAD_BYTES) {
    const next = await chunks.next()
    if (next.done) break
    first.push(next.value)
    size += next.value.length
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* first
    yield* chunks
  }
  return { head: Buffer.concat(first).subarray(0, HEAD_BYTES), all: all() }
}

async function* withoutFirst(chunks: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count
  for await (const chunk of chunks) {
    yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

/** Yields the rows of the bytes; what is wrong with them is said with the line where the row starts. */
async function* parsed(
  chunks: AsyncIterable<Buffer>,
  shape: TextShape,
  limits: CsvLimits,
): AsyncGenerator<CsvRow, undefined> {
  // The line is counted while parsing: rows wait in the stream, and csv-parse counts a quoted CRLF twice.
  let line = 1
  const parser = parse({
    delimiter: shape.delimiter,
    record_delimiter: shape.endsLinesWithCr ? ['\r'] : ['\r\n', '\n'],
    relax_column_count: true,
    // A quotation mark inside an unquoted cell is a nickname far more often than a mistake.
    relax_quotes: true,
    max_record_size: limits.maxRowBytes,
    on_record(record: string[]) {
      const start = line
      line += 1 + record.reduce((sum, cell) => sum + lineBreaks(cell), 0)
      if (record.every((cell) => cell.trim() === '')) return null
      record.push(String(start)) // the last cell carries the line; it is taken off below
      return record
    },
  })
  // The callback is compulsory; an error of the source reaches the reader through the destroyed parser.
  pipeline(Readable.from(chunks), parser, () => undefined)
  const records: AsyncIterable<string[]> = parser
  try {
    for await (const record of records) yield { line: Number(record.pop()), cells: record.map(unguardCell) }
  } catch (error) {
    throw error instanceof CsvError ? explained(error, line) : error
  }
  return undefined
}

function lineBreaks(cell: string): number {
  let count = 0
  for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) count += 1
  return count
}

function explained(error: CsvError, line: number): RollcallError {
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
    return new RollcallError('quote_not_closed', `line ${line}: a quotation mark opens a cell and never closes`, {
      hint: 'close it or delete it; nothing was imported',
      cause: error,
    })
  }
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return new RollcallError('row_too_large', `line ${line}: the row is too long`, {
      hint: 'look for a quotation mark that never closes, or shorten its cells; nothing was imported',
      cause: error,
    })
  }
  return new RollcallError('csv_unreadable', `line ${line}: ${error.message}`, {
    hint: 'nothing was imported',
    cause: error,
  })
}
