// Reading CSV: every shape people save, and every file that is none, in bounded memory.
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CsvLimits } from '../../src/audience/csv-bytes.ts'
import { openCsv, type CsvRow } from '../../src/audience/csv-rows.ts'
import { RollcallError } from '../../src/core/errors.ts'

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

async function read(
  content: string | Buffer,
  size = 7,
  limits?: CsvLimits,
): Promise<{ header: string[]; rows: CsvRow[] }> {
  const file = await openCsv({ stream: inPieces(Buffer.from(content), size), name: 'list.csv' }, limits)
  return { header: file.header, rows: await collect(file.rows) }
}

async function refusal(content: string | Buffer, limits?: CsvLimits): Promise<RollcallError> {
  const error: unknown = await read(content, 65_536, limits).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof RollcallError) return error
  throw new Error(`not refused as it should: ${String(error)}`)
}

describe('a CSV file', () => {
  it.each([
    ['commas and LF', 'a,b\n1,2\n3,4\n'],
    ['semicolons and CRLF', 'a;b\r\n1;2\r\n3;4\r\n'],
    ['tabs', 'a\tb\n1\t2\n3\t4'],
    ['old Mac line ends', 'a,b\r1,2\r3,4\r'],
    ['a byte order mark', '\ufeffa,b\n1,2\n3,4\n'],
    ['a byte order mark before a quotation mark', '\ufeff"a",b\n1,2\n3,4\n'],
    ['a separator line', 'sep=;\r\na;b\r\n1;2\r\n3;4\r\n'],
    ['blank lines', 'a,b\n1,2\n\n,\n3,4\n\n'],
    ['LF after a first line with CRLF', 'a,b\r\n1,2\n3,4\n'],
  ])('with %s is read', async (_name, text) => {
    const { header, rows } = await read(text)
    expect(header).toEqual(['a', 'b'])
    expect(rows.map((row) => row.cells)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ])
  })

  it('counts lines as an editor does, line breaks inside cells included', async () => {
    const { rows } = await read('a,b\r\n"x\r\ny\r\nz",1\r\n\r\nsecond,2\r\n"third\n",3\r\nfourth,4\r\n')
    expect(rows.map((row) => row.line)).toEqual([2, 6, 7, 9])
    expect(rows[0]?.cells[0]).toBe('x\r\ny\r\nz')
  })

  it('takes a delimiter or quotation mark inside a cell as text', async () => {
    const { rows } = await read('a,b\n"x, ""y""",Jim "Bo" Smith\n')
    expect(rows[0]?.cells).toEqual(['x, "y"', 'Jim "Bo" Smith'])
  })

  it('never splits a character between two pieces', async () => {
    const text = 'name,x\nZoë,李\n👩‍🌾,ñ\n'
    for (const size of [1, 2, 3, 5, 64]) {
      const { rows } = await read(text, size)
      expect(rows.map((row) => row.cells)).toEqual([
        ['Zoë', '李'],
        ['👩‍🌾', 'ñ'],
      ])
    }
  })

  it('is read the same whatever the size of its pieces', async () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 8 })
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, size) => {
        const kept = rows.filter((row) => row.some((value) => value.trim() !== ''))
        const quoted = kept.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','))
        const { rows: found } = await read(`h1,h2\n${quoted.join('\n')}\n`, size)
        // The apostrophe that our own export puts before a formula is taken off.
        const expected = kept.map((row) => row.map((value) => value.replace(/^'(?='*[=+\-@\t\r\n＝＋－＠])/, '')))
        expect(found.map((row) => row.cells)).toEqual(expected)
      }),
    )
  })
})

describe('a file that is no list', () => {
  it.each([
    ['an Excel workbook', Buffer.from('PK\u0003\u0004rest of the archive')],
    ['gzip', gzipSync('a,b\n1,2\n')],
    ['old Excel', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1])],
    ['PDF', Buffer.from('%PDF-1.7\n')],
  ])('T7 is refused with a sentence: %s', async (_name, bytes) => {
    expect(await refusal(bytes)).toMatchObject({ code: 'not_csv', hint: expect.stringContaining('CSV UTF-8') })
  })

  it.each([
    ['little-endian with a mark', Buffer.from('\ufeffemail,zip\na@x.test,97212\n', 'utf16le')],
    ['little-endian without', Buffer.from('email,zip\na@x.test,97212\n', 'utf16le')],
    ['big-endian with a mark', Buffer.from('\ufeffemail,zip\na@x.test,97212\n', 'utf16le').swap16()],
    ['big-endian without', Buffer.from('email,zip\na@x.test,97212\n', 'utf16le').swap16()],
  ])('T7 is refused when it is UTF-16, %s', async (_name, bytes) => {
    expect(await refusal(bytes)).toMatchObject({ code: 'not_utf8', message: expect.stringContaining('UTF-16') })
  })

  it('T7 is refused with the line of the first byte that is not UTF-8', async () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => `person${index}@example.org,Zo\u00eb`)
    const good = Buffer.from(`email,name\n${lines.join('\n')}\n`)
    const bad = Buffer.concat([good, Buffer.from('zoe@example.org,Zo\u00eb\n', 'latin1'), good])
    expect(await refusal(bad)).toMatchObject({ code: 'not_utf8', message: expect.stringContaining('line 50002 ') })
  })

  it('T7 is refused when a character is cut off at its end', async () => {
    expect(await refusal(Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from([0xe6, 0x9d])]))).toMatchObject({
      code: 'not_utf8',
    })
  })

  it.each(['', ' \n\n', '\ufeff', '\ufeff\n'])('is refused when it is empty: %j', async (text) => {
    expect(await refusal(text)).toMatchObject({ code: 'empty_file' })
  })

  it('is refused with the line where a quotation mark opens and never closes', async () => {
    expect(await refusal('a,b\n1,2\n3,"4\n5,6\n')).toMatchObject({
      code: 'quote_not_closed',
      message: expect.stringContaining('line 3:'),
    })
  })

  it('T7 is refused when one row is endless, before it fills the memory', async () => {
    let given = 0
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from('a,b\n1,2\n')
      for (; given < 4096; given += 1) yield Buffer.alloc(65_536, 'x')
    }
    const before = process.memoryUsage.rss()
    const reading = openCsv({ stream: endless(), name: 'endless.csv' }).then((file) => collect(file.rows))
    await expect(reading).rejects.toMatchObject({
      code: 'row_too_large',
      message: expect.stringContaining('line 3'),
    })
    expect(given).toBeLessThan(32)
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 ** 2)
  })

  it('T7 is refused when quoted line breaks make one row endless', async () => {
    const error = await refusal(`a,b\n1,2\n"${'x\n'.repeat(200_000)}`)
    expect(error).toMatchObject({ code: 'row_too_large', message: expect.stringContaining('line 3:') })
  })

  it('T7 is refused when it is larger than allowed', async () => {
    const limits = { maxFileBytes: 1000, maxRowBytes: 100 }
    expect(await refusal(`a,b\n${'1,2\n'.repeat(500)}`, limits)).toMatchObject({ code: 'file_too_large' })
  })

  it('T7 survives a million columns in one row', async () => {
    expect(await refusal(`a,b\n${','.repeat(1e6)}\n`)).toMatchObject({ code: 'row_too_large' })
  })

  it('says that a file is missing or is a folder', async () => {
    await expect(openCsv({ path: '/nonexistent/list.csv' })).rejects.toMatchObject({
      code: 'file_unreadable',
      kind: 'usage',
    })
    await expect(openCsv({ path: import.meta.dirname })).rejects.toMatchObject({
      code: 'file_unreadable',
      kind: 'usage',
    })
  })

  it('T7 is read or refused, never anything else, for any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const outcome = await read(Buffer.concat([Buffer.from('a,b\n'), Buffer.from(bytes)])).catch(
          (error: unknown) => error,
        )
        expect(outcome instanceof RollcallError || !(outcome instanceof Error)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
