// The consent ledger: SQL for the consent_event table, to which rows are only ever added.
import type { Db } from '../store/connect.ts'
import type { ConsentEvent } from './consent.ts'

/** Adds one act to the ledger. */
export async function recordConsent(db: Db, event: ConsentEvent): Promise<void> {
  // Appends the event; a trigger refuses every later change.
  await db
    .insertInto('consent_event')
    .values({
      address_key: event.addressKey,
      act: event.act,
      basis: event.basis,
      evidence: JSON.stringify(event.evidence),
      import_id: event.importId ?? null,
      wording: event.wording ?? null,
      ip_network: event.ipNetwork ?? null,
      expires_at: event.expiresAt ?? null,
      at: event.at,
    })
    .execute()
}

/** Returns every act about one address, oldest first. */
export async function consentHistory(db: Db, addressKey: Buffer): Promise<ConsentEvent[]> {
  // Reads the ledger of one address.
  return db
    .selectFrom('consent_event')
    .select([
      'address_key as addressKey',
      'act',
      'basis',
      'evidence',
      'import_id as importId',
      'wording',
      'ip_network as ipNetwork',
      'expires_at as expiresAt',
      'at',
    ])
    .where('address_key', '=', addressKey)
    .orderBy('id')
    .execute()
}

/** What the ledger comes to for one address. */
export interface ConsentState {
  /** The last act, and why. */
  act: ConsentEvent['act']
  basis: string
  wording: string | null
  at: Date
  expiresAt: Date | null
  mayBeWrittenTo: boolean
}

/** Returns where an address stands now, derived from its events; null when there are none. */
export async function consentState(db: Db, addressKey: Buffer): Promise<ConsentState | null> {
  // Derives the state of one address.
  const row = await db
    .selectFrom('consent_state')
    .select(['act', 'basis', 'wording', 'at', 'expires_at as expiresAt', 'may_be_written_to as mayBeWrittenTo'])
    .where('address_key', '=', addressKey)
    .executeTakeFirst()
  return row ?? null
}
