// The bytes of a list before they are parsed: UTF-8 text of bearable size, or refused with a sentence.
import { isUtf8 } from 'node:buffer'
import { RollcallError } from '../core/errors.ts'

/** What the first bytes say of the file. */
export interface TextShape {
  /** Bytes of the UTF-8 byte order mark: 0 or 3. */
  bomBytes: number
  delimiter: ',' | ';' | '\t'
  /** A first line such as `sep=;`, which some spreadsheets write. */
  hasSeparatorLine: boolean
  /** True when lines end with a bare carriage return, as on very old Macs. */
  endsLinesWithCr: boolean
}

/** How many first bytes `shapeOf` should be given; fewer when the file is shorter. */
export const HEAD_BYTES = 65_536

const SIGNATURES: readonly [name: string, bytes: readonly number[]][] = [
  ['a ZIP archive or an Excel workbook', [0x50, 0x4b, 0x03, 0x04]],
  ['a ZIP archive', [0x50, 0x4b, 0x05, 0x06]],
  ['a gzip archive', [0x1f, 0x8b]],
  ['a bzip2 archive', [0x42, 0x5a, 0x68]],
  ['an xz archive', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['a zstd archive', [0x28, 0xb5, 0x2f, 0xfd]],
  ['a 7z archive', [0x37, 0x7a, 0xbc, 0xaf]],
  ['a RAR archive', [0x52, 0x61, 0x72, 0x21, 0x1a]],
  ['an old Excel workbook', [0xd0, 0xcf, 0x11, 0xe0]],
  ['a PDF', [0x25, 0x50, 0x44, 0x46, 0x2d]],
]
const UTF8_BOM = [0xef, 0xbb, 0xbf]
const UTF16_BOMS = [
  [0xff, 0xfe],
  [0xfe, 0xff],
  [0x00, 0x00, 0xfe, 0xff],
]
const SAVE_AS = 'save it as "CSV UTF-8" and import that file'

/** Returns the shape of a CSV file from its first bytes. Throws for archives, workbooks, UTF-16 and empty files (threat T7). */
export function shapeOf(head: Buffer): TextShape {
  const kind = SIGNATURES.find(([, bytes]) => startsWith(head, bytes))
  if (kind) throw refused('not_csv', `the file is ${kind[0]}, not a CSV file`, `unpack it or ${SAVE_AS}`)
  if (UTF16_BOMS.some((bom) => startsWith(head, bom)) || looksLikeUtf16(head)) {
    throw refused('not_utf8', 'the file is UTF-16 text, not UTF-8', SAVE_AS)
  }
  const bomBytes = startsWith(head, UTF8_BOM) ? UTF8_BOM.length : 0
  const text = head.subarray(bomBytes).toString('utf8')
  if (text.trim() === '') throw refused('empty_file', 'the file is empty', 'its first line must name the columns')
  const endsLinesWithCr = !text.includes('\n') && text.includes('\r')
  const separator = /^"?sep=([,;\t])"?\r?\n/i.exec(text)?.[1]
  return {
    bomBytes,
    delimiter: asDelimiter(separator) ?? commonestDelimiter(text),
    hasSeparatorLine: separator !== undefined,
    endsLinesWithCr,
  }
}

function refused(code: string, message: string, hint: string): RollcallError {
  return new RollcallError(code, message, { hint })
}

function startsWith(head: Buffer, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte)
}

/** Latin text in UTF-16 has a NUL in every second byte; one stray NUL is only a bad row. */
function looksLikeUtf16(head: Buffer): boolean {
  const sample = head.subarray(0, 4096)
  let even = 0
  let odd = 0
  sample.forEach((byte, index) => {
    if (byte !== 0) return
    if (index % 2 === 0) even += 1
    else odd += 1
  })
  return sample.length >= 4 && Math.max(even, odd) > sample.length / 5
}

function asDelimiter(text: string | undefined): TextShape['delimiter'] | undefined {
  return text === ',' || text === ';' || text === '\t' ? text : undefined
}

/** Returns the delimiter that the first line has most of, outside quotation marks; a comma when it has none. */
function commonestDelimiter(text: string): TextShape['delimiter'] {
  const line = (/^[^\r\n]*/.exec(text.trimStart())?.[0] ?? '').replace(/"[^"]*"/g, '')
  const counted = ([',', ';', '\t'] as const).map((mark) => ({ mark, count: line.split(mark).length }))
  return counted.reduce((best, each) => (each.count > best.count ? each : best)).mark
}

export interface CsvLimits {
  maxFileBytes: number
  /** For one line of the file, and for the cells of one row. */
  maxRowBytes: number
}

/**
 * Yields the chunks once they are known to be UTF-8, never splitting a character. `newline` is the byte that ends a line.
 * Throws `not_utf8` with the line of the first wrong byte, `file_too_large` and `row_too_large` past the limits.
 */
export async function* utf8Chunks(
  chunks: AsyncIterable<Buffer>,
  { maxFileBytes, maxRowBytes, newline }: CsvLimits & { newline: number },
): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0)
  let bytes = 0
  const lines = { count: 1, sinceLast: 0, maxBytes: maxRowBytes, newline }
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > maxFileBytes) {
      throw refused('file_too_large', `the file is larger than ${maxFileBytes} bytes`, 'split it and import the parts')
    }
    const joined = held.length > 0 ? Buffer.concat([held, chunk]) : chunk
    const whole = joined.subarray(0, wholeCharacters(joined))
    assertUtf8(whole, lines)
    countLines(whole, lines)
    held = Buffer.from(joined.subarray(whole.length))
    yield whole
  }
  assertUtf8(held, lines)
}

interface Lines {
  /** The line that is being read. */
  count: number
  /** Its bytes until now. */
  sinceLast: number
  maxBytes: number
  newline: number
}

/** Moves to the line in which `bytes` end. Throws when a line is too long: csv-parse counts cells, not separators. */
function countLines(bytes: Buffer, lines: Lines): void {
  let start = 0
  for (;;) {
    const end = bytes.indexOf(lines.newline, start)
    lines.sinceLast += (end === -1 ? bytes.length : end) - start
    if (lines.sinceLast > lines.maxBytes) {
      const hint = 'a row of a list is shorter; check that the file is a list'
      throw refused('row_too_large', `line ${lines.count}: the line is longer than ${lines.maxBytes} bytes`, hint)
    }
    if (end === -1) return
    lines.count += 1
    lines.sinceLast = 0
    start = end + 1
  }
}

/** Returns how many bytes end at a character's border: up to three bytes of a begun character stay back. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return bytes.length
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 0
    if (length > 0) return length > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

function assertUtf8(bytes: Buffer, lines: Readonly<Lines>): void {
  if (isUtf8(bytes)) return
  let good = 0
  let end = bytes.length
  // Halves the stretch that holds the first wrong byte.
  while (end - good > 1) {
    const middle = good + Math.floor((end - good) / 2)
    if (isUtf8(bytes.subarray(0, wholeCharacters(bytes.subarray(0, middle))))) good = middle
    else end = middle
  }
  const at = { ...lines, maxBytes: Number.POSITIVE_INFINITY }
  countLines(bytes.subarray(0, good), at)
  throw refused('not_utf8', `line ${at.count} is not UTF-8 text: the file has another encoding`, SAVE_AS)
}
