// Writes subscribers and suppressions as CSV that spreadsheets show unharmed and our imports read back unchanged.
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { RollcallError, messageOf } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { BOM, csvLine } from './csv-cell.ts'
import { mailableSubscribers, type Subscriber } from './subscribers.ts'
import { allSuppressions, type ListedSuppression } from './suppressions.ts'

const SUBSCRIBER_HEADER = ['email', 'first_name', 'last_name', 'zip']
const SUPPRESSION_HEADER = ['address_key', 'email', 'reason', 'channel', 'note', 'set_by', 'set_at']

/**
 * Yields the subscribers we may write to as pieces of a CSV file: UTF-8 with a byte order mark, CRLF, formulas
 * disarmed (threat T6). Suppressed addresses are left out, so that the file is safe to hand to another tool.
 */
export function exportSubscribers(db: Db): AsyncGenerator<string> {
  return csvPieces(SUBSCRIBER_HEADER, mailableSubscribers(db), subscriberCells)
}

function subscriberCells({ address, firstName, lastName, zip, plus4 }: Subscriber): string[] {
  const place = plus4 === null ? (zip ?? '') : `${zip ?? ''}-${plus4}`
  return [address, firstName, lastName, place]
}

/** Yields all suppressions as pieces of a CSV file: the key in hex, and the address where a subscriber still has it. */
export function exportSuppressions(db: Db): AsyncGenerator<string> {
  return csvPieces(SUPPRESSION_HEADER, allSuppressions(db), suppressionCells)
}

function suppressionCells(each: ListedSuppression): string[] {
  const { addressKey, address, reason, channel, note, setBy, setAt } = each
  return [addressKey.toString('hex'), address ?? '', reason, channel, note, setBy, setAt.toISOString()]
}

async function* csvPieces<Row>(
  header: string[],
  rows: AsyncIterable<Row>,
  cells: (row: Row) => string[],
): AsyncGenerator<string> {
  let piece = BOM + csvLine(header)
  for await (const row of rows) {
    piece += csvLine(cells(row))
    if (piece.length < 65_536) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

/** Writes the pieces to a file that only its owner can read; it appears whole or not at all. */
export async function writeCsvFile(pieces: AsyncIterable<string>, path: string): Promise<void> {
  const partial = `${path}.partial`
  try {
    await pipeline(pieces, createWriteStream(partial, { mode: 0o600 }))
    await rename(partial, path)
  } catch (cause) {
    await rm(partial, { force: true })
    throw new RollcallError('export_unwritable', `cannot write "${path}": ${messageOf(cause)}`, {
      hint: 'name another file',
      cause,
    })
  }
}
