// A mailbox that a friend wrote to through us wants no more of it: suppressed at once, subscriber or not.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

/** Suppresses the mailbox for good; doing it twice is fine, each wish has its line in the log. Committed when it resolves. */
export async function refuseLetters(
  db: Db,
  addressKey: Buffer,
  channel: 'one_click' | 'page',
  requestedAt: Date,
): Promise<void> {
  // refuse_letters: suppressed → noted, logged.
  await sql`
    WITH suppressed AS (
      INSERT INTO suppression (address_key, reason, channel, note, set_by, set_at)
      VALUES (${addressKey}, 'unsubscribe', ${channel}, 'answer to a forwarded message', 'subscriber', clock_timestamp())
      ON CONFLICT (address_key) DO NOTHING
      RETURNING address_key
    ), noted AS (
      INSERT INTO consent_event (address_key, act, basis, evidence, at)
      SELECT address_key, 'suppressed', 'unsubscribe', jsonb_build_object('channel', ${channel}::text, 'by', 'subscriber', 'form', 'forward'), clock_timestamp()
      FROM suppressed
    )
    INSERT INTO opt_out (address_key, channel, requested_at, effective_at)
    VALUES (${addressKey}, ${channel}, least(${requestedAt}::timestamptz, clock_timestamp()), clock_timestamp())`.execute(
    db,
  )
}
