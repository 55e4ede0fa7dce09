// The audit log: entries in a chain of hashes, written by tables and by acts that have no table.
import { hash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** An act that no table writes down by itself. Ids only: no address, no name of a subscriber. */
export interface Act {
  actor: string
  act: string
  /** `kind/id`. */
  object: string
  reason?: string
  /** What was and what is, as text; only their SHA-256 is kept. */
  before?: string
  after?: string
}

/** Adds an entry, in the caller's transaction where there is one. */
export async function recordAct(db: Db, { actor, act, object, reason = '', before, after }: Act): Promise<void> {
  // record_act: sealed into the chain seconds later.
  await sql`
    INSERT INTO audit_entry (actor, act, object, reason, before_sha256, after_sha256)
    VALUES (${actor}, ${act}, ${object}, ${reason}, ${digest(before)}, ${digest(after)})`.execute(db)
}

function digest(text: string | undefined): Buffer | null {
  return text === undefined ? null : hash('sha256', text, 'buffer')
}

/** Puts new entries into the chain and returns how many; any number of processes may do it at once. */
export async function sealAudit(db: Db): Promise<number> {
  // Looks first, so that nobody waits for the lock when there is nothing to seal.
  const { rows } = await sql<{ sealed: number }>`
    SELECT CASE WHEN EXISTS (SELECT 1 FROM audit_entry WHERE place IS NULL) THEN seal_audit() ELSE 0 END AS sealed`.execute(
    db,
  )
  return rows[0]?.sealed ?? 0
}

export interface AuditEntry {
  id: string
  place: string | null
  at: Date
  actor: string
  act: string
  object: string
  reason: string
}

/** Returns the newest entries, last first; with `object` only those about it. */
export async function latestEntries(db: Db, limit: number, object: string | null = null): Promise<AuditEntry[]> {
  // latest_entries: by key.
  return await db
    .selectFrom('audit_entry')
    .select(['id', 'place', 'at', 'actor', 'act', 'object', 'reason'])
    .$if(object !== null, (query) => query.where('object', '=', object ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export interface ChainCheck {
  /** Entries whose place and hash are right, from the first one on. */
  sound: number
  /** What is wrong with the first one that is not; null when the whole chain holds. */
  broken: { place: string; why: string } | null
  /** Hash of the last sound entry, hex: written down elsewhere it proves later that nothing was cut off the end. */
  head: string
}

interface Linked {
  place: string
  micros: string
  actor: string
  act: string
  object: string
  before: Buffer | null
  after: Buffer | null
  reason: string
  hash: Buffer
}

const PAGE = 5_000

/**
 * Reads the whole chain and computes every hash anew, here and not in the database: who could change the entries could change
 * its functions, too. `expected`: the hash of an entry, hex, that must be among them.
 */
export async function verifyAudit(db: Db, expected: string | null = null): Promise<ChainCheck> {
  let sound = 0
  let previous: Buffer = Buffer.alloc(0)
  let isThere = expected === null
  for (;;) {
    const page = await readChain(db, sound)
    for (const entry of page) {
      const why = faultOf(entry, sound + 1, previous)
      if (why !== null) return { sound, broken: { place: entry.place, why }, head: previous.toString('hex') }
      sound += 1
      previous = entry.hash
      isThere ||= previous.toString('hex') === expected
    }
    if (page.length === PAGE) continue
    const why = isThere
      ? null
      : `no entry has the hash ${expected}: entries were cut off the end, or all were written anew`
    return { sound, broken: why === null ? null : { place: String(sound), why }, head: previous.toString('hex') }
  }
}

async function readChain(db: Db, after: number): Promise<Linked[]> {
  // read_chain: page by page in the order of the chain.
  const { rows } = await sql<Linked>`
    SELECT place, (extract(epoch FROM at) * 1000000)::bigint::text AS micros, actor, act, object,
      before_sha256 AS before, after_sha256 AS after, reason, hash
    FROM audit_entry WHERE place > ${after} ORDER BY place LIMIT ${PAGE}`.execute(db)
  return rows
}

function faultOf(entry: Linked, place: number, previous: Buffer): string | null {
  if (entry.place !== String(place)) return `the entries from ${place} to ${Number(entry.place) - 1} are missing`
  return entryHash(entry, previous).equals(entry.hash) ? null : 'its content is not what was sealed'
}

function entryHash(entry: Linked, previous: Buffer): Buffer {
  const parts = [
    entry.place,
    entry.micros,
    entry.actor,
    entry.act,
    entry.object,
    entry.before ?? '',
    entry.after ?? '',
    entry.reason,
  ]
  return hash('sha256', Buffer.concat([previous, ...parts.map((part) => hash('sha256', part, 'buffer'))]), 'buffer')
}
