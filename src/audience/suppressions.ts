// Addresses that must not be written to: SQL for the suppression table and its entries in the consent ledger.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { requireRelease, type Suppression } from './suppression.ts'

/**
 * Suppresses the address, whether or not it is a subscriber, and notes it in the consent ledger. Returns false,
 * and changes nothing, when it is suppressed already: the first reason and its date stay.
 */
export async function addSuppression(db: Db, suppression: Suppression): Promise<boolean> {
  return (await addSuppressions(db, [suppression])) === 1
}

/** Suppresses many addresses at once and returns how many were not suppressed before. */
export async function addSuppressions(db: Db, suppressions: readonly Suppression[]): Promise<number> {
  if (suppressions.length === 0) return 0
  const column = <Value>(pick: (each: Suppression) => Value): Value[] => suppressions.map(pick)
  // Adds suppressions in the order of their keys, and one ledger entry for each new one.
  const added = await sql<{ count: number }>`
    WITH added AS (
      INSERT INTO suppression (address_key, reason, channel, note, set_by, set_at)
      SELECT decode(address_key, 'hex'), reason, channel, note, set_by, set_at
        FROM unnest(
          ${column((each) => each.addressKey.toString('hex'))}::text[],
          ${column((each) => each.reason)}::text[],
          ${column((each) => each.channel)}::text[],
          ${column((each) => each.note)}::text[],
          ${column((each) => each.setBy)}::text[],
          ${column((each) => each.setAt)}::timestamptz[]
        ) AS given (address_key, reason, channel, note, set_by, set_at)
       ORDER BY address_key
      ON CONFLICT (address_key) DO NOTHING
      RETURNING *
    ), noted AS (
      INSERT INTO consent_event (address_key, act, basis, evidence, at)
      SELECT address_key, 'suppressed', reason, jsonb_build_object('channel', channel, 'by', set_by, 'note', note), set_at
        FROM added
    ), logged AS ( -- somebody's own wish, whoever passed it on
      INSERT INTO opt_out (address_key, channel, requested_at, effective_at)
      SELECT address_key, channel, least(set_at, clock_timestamp()), clock_timestamp()
        FROM added WHERE reason IN ('unsubscribe', 'complaint') AND channel IN ('one_click', 'page', 'mailto', 'reply', 'complaint', 'console', 'cli')
    )
    SELECT count(*)::int AS count FROM added`.execute(db)
  return added.rows[0]?.count ?? 0
}

/** What lifting a suppression needs to say. */
export interface Release {
  addressKey: Buffer
  /** What the person did to come back; it may not be empty. */
  why: string
  by: string
  at: Date
}

/**
 * Lifts the suppression and notes it, with the former reason, in the consent ledger. Returns false when there is none.
 * Throws `release_without_reason` when `why` is empty: coming back needs a fresh act of the person (mail-rules, section 11).
 */
export async function removeSuppression(db: Db, release: Release): Promise<boolean> {
  const why = requireRelease(release.why)
  // Removes one suppression and appends the release to the ledger.
  const removed = await sql<{ count: number }>`
    WITH removed AS (
      DELETE FROM suppression WHERE address_key = ${release.addressKey} RETURNING *
    ), noted AS (
      INSERT INTO consent_event (address_key, act, basis, evidence, at)
      SELECT address_key, 'released', ${why}::text,
             jsonb_build_object('by', ${release.by}::text, 'was', reason, 'since', set_at), ${release.at}::timestamptz
        FROM removed
    )
    SELECT count(*)::int AS count FROM removed`.execute(db)
  return (removed.rows[0]?.count ?? 0) > 0
}

/** Returns the suppression of an address, or null. */
export async function findSuppression(db: Db, addressKey: Buffer): Promise<Suppression | null> {
  // Finds one suppression by the hash of the address.
  const row = await db
    .selectFrom('suppression')
    .select(['address_key as addressKey', 'reason', 'channel', 'note', 'set_by as setBy', 'set_at as setAt'])
    .where('address_key', '=', addressKey)
    .executeTakeFirst()
  return row ?? null
}

/** A suppression with the address behind it, which is known only while a subscriber has it. */
export type ListedSuppression = Suppression & { address: string | null }

/** Yields every suppression in the order of its key, page by page. */
export async function* allSuppressions(db: Db): AsyncGenerator<ListedSuppression> {
  let after: Buffer = Buffer.alloc(0)
  for (;;) {
    // Reads the next page of suppressions and the addresses that are still known.
    const page = await db
      .selectFrom('suppression')
      .leftJoin('subscriber', 'subscriber.address_key', 'suppression.address_key')
      .select([
        'suppression.address_key as addressKey',
        'reason',
        'channel',
        'note',
        'set_by as setBy',
        'set_at as setAt',
        'address',
      ])
      .where('suppression.address_key', '>', after)
      .orderBy('suppression.address_key')
      .limit(5000)
      .execute()
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    after = last.addressKey
  }
}
