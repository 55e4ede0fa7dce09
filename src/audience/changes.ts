// What people change about themselves on the pages: name, ZIP, address, the way back onto the list.
import { sql } from 'kysely'
import type { Address } from '../core/address.ts'
import type { Db } from '../store/connect.ts'
import { recordConsent } from './consents.ts'
import { findSuppression, removeSuppression } from './suppressions.ts'

/** What a person may say of themselves beside the address. */
export interface Profile {
  firstName: string
  lastName: string
  zip: string | null
  plus4: string | null
}

/** Saves the profile. With another ZIP a seat that was chosen for the former one is forgotten. */
export async function saveProfile(db: Db, subscriberId: string, profile: Profile, now: Date): Promise<void> {
  const { firstName, lastName, zip, plus4 } = profile
  // save_profile: the seat first, while the former ZIP is still there to compare with.
  await sql`
    WITH stale AS (
      DELETE FROM subscriber_seat c USING subscriber s
      WHERE s.id = ${subscriberId} AND c.subscriber_id = s.id AND s.zip IS DISTINCT FROM ${zip}
    )
    UPDATE subscriber SET first_name = ${firstName}, last_name = ${lastName}, zip = ${zip}, updated_at = ${now},
      plus4 = CASE WHEN ${plus4}::text IS NULL AND zip IS NOT DISTINCT FROM ${zip} THEN plus4 ELSE ${plus4} END
    WHERE id = ${subscriberId}`.execute(db)
}

/** Keeps the seat that a person chose where the ZIP cannot tell; no street is ever asked or kept. */
export async function chooseSeat(
  db: Db,
  choice: { subscriberId: string; mapId: string; seatId: string },
  now: Date,
): Promise<void> {
  // choose_seat: one choice for each map.
  await sql`
    INSERT INTO subscriber_seat (subscriber_id, map_id, seat_id, basis, resolved_at)
    VALUES (${choice.subscriberId}, ${choice.mapId}, ${choice.seatId}, 'manual', ${now})
    ON CONFLICT (subscriber_id, map_id) DO UPDATE SET seat_id = excluded.seat_id, basis = 'manual', resolved_at = excluded.resolved_at`.execute(
    db,
  )
}

/** The mailbox that is to take the place of the former one. */
export interface AddressChange {
  subscriberId: string
  address: Address
  addressKey: Buffer
  /** What the consent ledger says of it; absent: the subscriber changed it on the pages. */
  proof?: { basis: string; evidence: Record<string, unknown> }
}

const BY_LINK = {
  basis: 'address changed by the subscriber',
  evidence: { form: 'preferences', confirmed: 'link mailed to the new address' },
}

/** Returns whether nobody else has the address and nothing forbids writing to it. */
export async function isAddressFree(db: Db, addressKey: Buffer): Promise<boolean> {
  // is_address_free: neither a subscriber's nor suppressed.
  const { rows } = await sql<{ free: boolean }>`
    SELECT NOT EXISTS (SELECT FROM subscriber WHERE address_key = ${addressKey})
      AND NOT EXISTS (SELECT FROM suppression WHERE address_key = ${addressKey}) AS free`.execute(db)
  return rows[0]?.free ?? false
}

/** Gives a subscriber another address and returns the former one, or null when the new one is not free (any more). An opt-out is not left behind with the former one. */
export async function changeAddress(
  db: Db,
  { subscriberId, address, addressKey, proof = BY_LINK }: AddressChange,
  now: Date,
): Promise<string | null> {
  // change_address: the unique key decides between two who want one address; the consent follows the person.
  const { rows } = await sql<{ former: string }>`
    WITH person AS (
      SELECT id, address, address_key FROM subscriber WHERE id = ${subscriberId} FOR UPDATE
    )
    UPDATE subscriber s SET address = ${address.ascii}, address_key = ${addressKey}, domain = ${address.domain},
      needs_smtputf8 = ${address.needsSmtpUtf8}, updated_at = ${now}
    FROM person
    WHERE s.id = person.id AND NOT EXISTS (SELECT FROM suppression x WHERE x.address_key IN (${addressKey}, person.address_key))
      AND NOT EXISTS (SELECT FROM subscriber WHERE address_key = ${addressKey})
    RETURNING person.address AS former`.execute(db)
  const [row] = rows
  if (row === undefined) return null
  await recordConsent(db, {
    addressKey,
    act: 'subscribed',
    ...proof,
    at: now,
  })
  return row.former
}

/**
 * Takes back a person's own opt-out, proven by a link that went to the mailbox. Returns false when there is none, or when the
 * suppression has another reason, such as a complaint.
 */
export async function undoOptOut(db: Db, addressKey: Buffer, now: Date): Promise<boolean> {
  if (!(await canUndo(db, addressKey))) return false
  return removeSuppression(db, {
    addressKey,
    why: 'pressed the button of an undo link mailed to the address',
    by: 'subscriber',
    at: now,
  })
}

/** Returns whether the address is suppressed by an opt-out of the person's own, which they may take back. */
export async function canUndo(db: Db, addressKey: Buffer): Promise<boolean> {
  return (await findSuppression(db, addressKey))?.reason === 'unsubscribe'
}
