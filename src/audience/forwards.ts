// Forwarding to a friend: who did, how often, and what may be said. SQL for the forward table (threat T12).
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

const A_DAY = 5 // for each subscriber
const TO_ONE_FRIEND = 3 // for each campaign, whoever forwards it

export interface Forward {
  campaignId: string
  subscriberId: string
  /** The keyed hash of the friend's address, which is kept nowhere. */
  friendKey: Buffer
}

/**
 * `send`: counted, a copy may go. `quiet`: counted, but the friend has had enough or wants nothing, and nobody is told.
 * `enough`: this subscriber has forwarded five times today, and may know it.
 */
export type ForwardVerdict = 'send' | 'quiet' | 'enough'

/** Returns whether a copy may go, and counts it; one at a time, so that the limits hold. */
export async function takeForward(db: Db, forward: Forward, now: Date): Promise<ForwardVerdict> {
  const { campaignId, subscriberId, friendKey } = forward
  return db.transaction().execute(async (tx) => {
    // Whoever comes second counts what the first has written.
    await sql`SELECT pg_advisory_xact_lock(hashtext('rollcall forward'))`.execute(tx)
    // forward_counts: of a day, and of the friend.
    const { rows } = await sql<{ today: number; received: number; refuses: boolean }>`
      SELECT (SELECT count(*) FROM forward WHERE subscriber_id = ${subscriberId} AND at > ${now}::timestamptz - interval '1 day')::int AS today,
        (SELECT count(*) FROM forward WHERE friend_key = ${friendKey} AND campaign_id = ${campaignId})::int AS received,
        EXISTS (SELECT FROM suppression WHERE address_key = ${friendKey}) AS refuses`.execute(tx)
    const { today = 0, received = 0, refuses = true } = rows[0] ?? {}
    if (today >= A_DAY) return 'enough'
    // note_forward: counted whether or not it goes.
    await sql`
      INSERT INTO forward (campaign_id, subscriber_id, friend_key, at) VALUES (${campaignId}, ${subscriberId}, ${friendKey}, ${now})`.execute(
      tx,
    )
    return refuses || received >= TO_ONE_FRIEND ? 'quiet' : 'send'
  })
}

const MAX_NAME = 60
const MAX_NOTE = 300
// Schemes, "www.", "@" and anything shaped like a host name, in whatever script.
const LINK = /:\/\/|\bwww\.|@|[\p{L}\p{N}-]+[.\u3002\uff0e\uff61][\p{L}\p{N}-]*\p{L}{2}/iu
// Controls other than line ends, bidi controls, zero-width and other invisible characters, lone surrogates (threat T4).
const UNSEEN = /(?![\n\r\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u

/** Returns the name the friend will read, on one line; null when it is empty, too long, or holds a link. */
export function checkForwarder(text: string): string | null {
  const name = text.normalize('NFKC').replace(/\s+/g, ' ').trim()
  return name === '' || Array.from(name).length > MAX_NAME || UNSEEN.test(name) || LINK.test(name) ? null : name
}

/** Returns the note as plain text, possibly empty; null when it is longer than 300 characters or holds a link. */
export function checkNote(text: string): string | null {
  const note = text.normalize('NFKC').replace(/\r\n?/g, '\n').trim()
  return Array.from(note).length > MAX_NOTE || UNSEEN.test(note) || LINK.test(note) ? null : note
}
