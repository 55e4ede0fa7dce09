// A list of made-up subscribers as CSV: the same people for the same number, in ZIPs from the whole map.
import { createReadStream, createWriteStream } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FAMILY, GIVEN } from '../../fixtures/subscribers/names.ts'
import { ROOT } from './root.ts'

const DOMAINS = ['example.org', 'example.com', 'example.net', 'mail.example', 'post.example', 'inbox.example']
const ROWS_AT_ONCE = 5_000

/** Returns every ZIP of the 115th Congress' map, once, in order. */
export async function zipsOfTheMap(): Promise<string[]> {
  const zips = new Set<string>()
  const lines = createInterface({ input: createReadStream(path.join(ROOT, 'fixtures/congress-115/zip_seat.csv')) })
  for await (const line of lines) {
    const zip = /^(\d{5}),/.exec(line)?.[1]
    if (zip !== undefined) zips.add(zip)
  }
  return [...zips].sort()
}

/** Writes `count` subscribers as CSV, their ZIPs drawn evenly from `zips`; a second call writes the same file. */
export async function writePeople(file: string, count: number, zips: readonly string[]): Promise<void> {
  await pipeline(Readable.from(rowsOf(count, zips)), createWriteStream(file))
}

function* rowsOf(count: number, zips: readonly string[]): Generator<string> {
  yield 'email,first_name,last_name,zip\n'
  const random = randomNumbers()
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? ''
  for (let from = 0; from < count; from += ROWS_AT_ONCE) {
    const size = Math.min(ROWS_AT_ONCE, count - from)
    const rows = Array.from({ length: size }, (_, index) =>
      row(pick(GIVEN), pick(FAMILY), from + index, pick(DOMAINS), pick(zips)),
    )
    yield rows.join('')
  }
}

function row(first: string, last: string, number: number, domain: string, zip: string): string {
  return `${first.toLowerCase()}.${last.toLowerCase()}.${number}@${domain},${first},${last},${zip}\n`
}

/** Returns numbers in [0, 1) that are the same on every machine (mulberry32). */
function randomNumbers(): () => number {
  let state = 0x115
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
