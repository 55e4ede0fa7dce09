// Answers data requests: each is taken, carried out, closed and in the audit log, or nothing of it happened.
import { readZip } from '../audience/zip.ts'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { claimRequest, closeRequest, takeRequest, type RequestKind } from './data-requests.ts'
import { erasePerson } from './erase.ts'
import { personData, type PersonTable } from './person-data.ts'
import { writePersonFiles } from './person-files.ts'

export interface Desk {
  addressKey: Buffer
  requestedAt: Date
  now: Date
  note: string
  by: string
  /** The request that is answered, where it was taken in before; it must be open. */
  request?: string
  /** Where it is answered; the command line unless told. */
  channel?: 'console' | 'cli'
}

/** Writes everything about the person into a new directory. */
export async function answerExport(
  db: Db,
  desk: Desk & { directory: string },
): Promise<{ request: string; files: string[] }> {
  return await answer(db, 'export', desk, async (tx) => {
    const tables = await personData(tx, desk.addressKey)
    const files = await writePersonFiles(desk.directory, tables)
    return { counts: Object.fromEntries(tables.map(({ name, rows }) => [name, rows.length])), said: { files } }
  })
}

/** Returns everything about the person, table by table. */
export async function answerExportInline(db: Db, desk: Desk): Promise<{ request: string; tables: PersonTable[] }> {
  return await answer(db, 'export', desk, async (tx) => {
    const tables = await personData(tx, desk.addressKey)
    return { counts: Object.fromEntries(tables.map(({ name, rows }) => [name, rows.length])), said: { tables } }
  })
}

/** Returns the start of the day on which a request came. Throws `bad_date` for what is no day up to now. */
export function requestDay(text: string, now: Date): Date {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN)
  if (!Number.isNaN(at.getTime()) && at <= now) return at
  throw new RollcallError('bad_date', `"${text}" is no day up to today`, { hint: 'write YYYY-MM-DD', kind: 'usage' })
}

/** Erases the person; see `erasePerson`. */
export async function answerErase(db: Db, desk: Desk): Promise<{ request: string; removed: Record<string, number> }> {
  return await answer(db, 'erase', desk, async (tx) => {
    const removed = await erasePerson(tx, {
      addressKey: desk.addressKey,
      by: desk.by,
      at: desk.now,
      channel: desk.channel ?? 'cli',
    })
    return { counts: removed, said: { removed } }
  })
}

interface Change {
  firstName: string | undefined
  lastName: string | undefined
  /** Empty: not known. */
  zip: string | undefined
}

/** Corrects name or ZIP; a seat that was chosen for the former ZIP goes. Throws for a ZIP that is none, or nobody to correct. */
export async function answerRectify(
  db: Db,
  desk: Desk & { change: Change },
): Promise<{ request: string; changed: string[] }> {
  const values = valuesOf(desk.change)
  const changed = Object.keys(values)
  if (changed.length === 0)
    throw new RollcallError('nothing_to_correct', 'nothing is given that is to be corrected', {
      hint: 'add --first-name, --last-name or --zip',
      kind: 'usage',
    })
  return await answer(db, 'rectify', desk, async (tx) => {
    // rectify: the profile, and the seats that hung on the former ZIP.
    const person = await tx
      .updateTable('subscriber')
      .set({ ...values, updated_at: desk.now })
      .where('address_key', '=', desk.addressKey)
      .returning('id')
      .executeTakeFirst()
    if (!person)
      throw new RollcallError('no_subscriber', 'no subscriber has this address', {
        hint: 'rollcall subscribers export shows who there is',
      })
    if ('zip' in values) await tx.deleteFrom('subscriber_seat').where('subscriber_id', '=', person.id).execute()
    return { counts: { fields: changed.length }, said: { changed } }
  })
}

function valuesOf({ firstName, lastName, zip }: Change) {
  const place = zip === undefined ? null : readZip(zip, false)
  if (place !== null && !place.ok)
    throw new RollcallError('bad_zip', place.problem, {
      hint: 'write five digits, or nothing when it is not known',
      kind: 'usage',
    })
  return {
    ...(firstName === undefined ? {} : { first_name: firstName }),
    ...(lastName === undefined ? {} : { last_name: lastName }),
    ...(place === null ? {} : { zip: place.zip, plus4: place.plus4 }),
  }
}

interface Done<Said> {
  counts: Record<string, number>
  said: Said
}

async function answer<Said extends object>(
  db: Db,
  kind: RequestKind,
  desk: Desk,
  carryOut: (tx: Db) => Promise<Done<Said>>,
): Promise<Said & { request: string }> {
  return await db.transaction().execute(async (tx) => {
    const { addressKey, requestedAt, note, by } = desk
    const id = desk.request ?? (await takeRequest(tx, { kind, addressKey, requestedAt, note, takenBy: by })).id
    if (desk.request !== undefined) await claimRequest(tx, id, kind)
    const { counts, said } = await carryOut(tx)
    await closeRequest(tx, id, by, desk.now, counts)
    return { ...said, request: id }
  })
}
