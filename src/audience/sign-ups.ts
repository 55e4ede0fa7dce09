// Sign-up with double opt-in: nobody is on the list before the button behind the mailed link is pressed.
import { sql } from 'kysely'
import type { Address } from '../core/address.ts'
import { addressKey, parseAddress } from '../core/address.ts'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { takeAllowance } from './allowances.ts'
import type { Profile } from './changes.ts'
import { recordConsent } from './consents.ts'
import { issueLink, type PageLink } from './page-links.ts'
import { findSuppression } from './suppressions.ts'

/** The words beside the button of the form. Another text is another version. */
const CONSENT_WORDING = 'join-2026-1'

export interface SignUp extends Profile {
  address: Address
  /** The language in which the words were shown. */
  language: string
}

/**
 * Returns the token for the confirmation mail, or null when none is to be sent: the address had one today (threat T22), or is
 * suppressed. Whoever asked is told the same either way.
 */
export async function requestSignUp(db: Db, key: Buffer, signUp: SignUp, now: Date): Promise<string | null> {
  const { address, firstName, lastName, zip, plus4, language } = signUp
  const hashed = addressKey(key, address.normalised)
  if (!(await takeAllowance(db, 'join', hashed, now))) return null
  const isSuppressed = (await findSuppression(db, hashed)) !== null
  const detail = {
    address: address.text,
    firstName,
    lastName,
    zip: zip ?? '',
    plus4: plus4 ?? '',
    wording: CONSENT_WORDING,
    language,
    askedAt: now.toISOString(),
  }
  // Whoever is suppressed costs as much time as anybody else; their link is empty, and nobody gets it.
  const link = { act: 'join', addressKey: hashed, subscriberId: null, detail: isSuppressed ? {} : detail } as const
  const token = await issueLink(db, link, now)
  return isSuppressed ? null : token
}

/** Adds the person, or brings one who is on the list up to date; `ipNetwork` is where the click came from, truncated. Returns false when the address is suppressed. Runs in the caller's transaction. */
export async function confirmSignUp(db: Db, link: PageLink, ipNetwork: string | null, now: Date): Promise<boolean> {
  const { address: text = '', firstName = '', lastName = '', zip = '', plus4 = '' } = link.detail
  const parsed = parseAddress(text)
  if (!parsed.ok) throw new RollcallError('bug', 'a sign-up was kept without a good address')
  const { address } = parsed
  // confirm_sign_up: an empty field never blanks out what is known; another ZIP forgets the seat chosen for the former one.
  const { rows } = await sql<{ id: string }>`
    WITH stale AS (
      DELETE FROM subscriber_seat c USING subscriber s
      WHERE s.address_key = ${link.addressKey} AND c.subscriber_id = s.id AND ${zip} <> '' AND s.zip IS DISTINCT FROM ${zip}
    )
    INSERT INTO subscriber AS s (address, address_key, domain, needs_smtputf8, first_name, last_name, zip, plus4, created_at, updated_at)
    SELECT ${address.ascii}, ${link.addressKey}::bytea, ${address.domain}, ${address.needsSmtpUtf8}, ${firstName}, ${lastName},
      nullif(${zip}, ''), nullif(${plus4}, ''), ${now}::timestamptz, ${now}::timestamptz
    WHERE NOT EXISTS (SELECT FROM suppression WHERE address_key = ${link.addressKey})
    ON CONFLICT (address_key) DO UPDATE SET
      first_name = coalesce(nullif(excluded.first_name, ''), s.first_name), last_name = coalesce(nullif(excluded.last_name, ''), s.last_name),
      zip = coalesce(excluded.zip, s.zip), plus4 = CASE WHEN excluded.zip IS NULL THEN s.plus4 ELSE excluded.plus4 END, updated_at = excluded.updated_at
    RETURNING id`.execute(db)
  if (rows.length === 0) return false
  const { wording = '', language = '', askedAt = '' } = link.detail
  await recordConsent(db, {
    addressKey: link.addressKey,
    act: 'subscribed',
    basis: 'double opt-in',
    evidence: { form: 'join', language, askedAt, confirmed: 'link mailed to the address' },
    wording,
    ipNetwork,
    at: now,
  })
  return true
}
