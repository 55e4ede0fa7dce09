// How long each kind of data is kept, and the statement that removes what is older.
import { sql, type RawBuilder } from 'kysely'

/** One kind of data: removed in portions, so that nobody waits for it. */
export interface DataClass {
  name: string
  keepDays: number
  /** Removes up to `limit` rows from before `cutoff`. */
  remove(cutoff: Date, limit: number): RawBuilder<unknown>
}

/** Mail-rules 11.6: events 13 months; the opt-out log, suppressions, consents and the audit log stay. */
export const DATA_CLASSES: readonly DataClass[] = [
  {
    name: 'attempts',
    keepDays: 396,
    // Of campaigns that are over: those still sending count them.
    remove: (cutoff, limit) => sql`
      DELETE FROM attempt WHERE ctid IN (
        SELECT a.ctid FROM campaign c JOIN attempt a ON a.campaign_id = c.id
        WHERE c.finished_at < ${cutoff} AND a.ended_at < ${cutoff} LIMIT ${limit})`,
  },
  {
    name: 'zips of deliveries',
    keepDays: 396,
    remove: (cutoff, limit) => sql`
      UPDATE delivery SET zip = NULL, reply = NULL WHERE id IN (
        SELECT d.id FROM campaign c JOIN delivery d ON d.campaign_id = c.id
        WHERE c.finished_at < ${cutoff} AND d.updated_at < ${cutoff} AND (d.zip IS NOT NULL OR d.reply IS NOT NULL) LIMIT ${limit})`,
  },
  {
    name: 'returned mails',
    keepDays: 0, // each says itself until when
    remove: (cutoff, limit) => sql`
      UPDATE feedback_mail SET raw = NULL, raw_until = NULL, envelope_to = NULL WHERE id IN (
        SELECT id FROM feedback_mail WHERE raw_until < ${cutoff} AND applied_at IS NOT NULL LIMIT ${limit})`,
  },
  {
    name: 'bodies of provider events',
    keepDays: 0, // each says itself until when
    remove: (cutoff, limit) => sql`
      UPDATE sendgrid_event SET body = NULL, body_until = NULL WHERE sg_event_id IN (
        SELECT sg_event_id FROM sendgrid_event WHERE body_until < ${cutoff} AND applied_at IS NOT NULL LIMIT ${limit})`,
  },
  {
    name: 'links of pages',
    keepDays: 1,
    remove: (cutoff, limit) => sql`
      DELETE FROM page_link WHERE token_sha256 IN (SELECT token_sha256 FROM page_link WHERE expires_at < ${cutoff} LIMIT ${limit})`,
  },
  {
    name: 'counts of asked mails',
    keepDays: 2,
    remove: (cutoff, limit) => sql`
      DELETE FROM page_allowance WHERE ctid IN (SELECT ctid FROM page_allowance WHERE day < ${cutoff}::date LIMIT ${limit})`,
  },
  {
    name: 'uploaded lists',
    keepDays: 7,
    // Their files go with the next look through the folder; what an import wrote, and its counts, stay.
    remove: (cutoff, limit) => sql`
      UPDATE upload SET is_cleared = true, report = report - 'sample', problem = NULL,
        state = CASE state WHEN 'imported' THEN 'imported' ELSE 'discarded' END
      WHERE id IN (SELECT id FROM upload WHERE changed_at < ${cutoff} AND NOT is_cleared
        AND state NOT IN ('checking', 'importing') LIMIT ${limit})`,
  },
  {
    name: 'sessions',
    keepDays: 1,
    remove: (cutoff, limit) => sql`
      DELETE FROM session WHERE token_sha256 IN (SELECT token_sha256 FROM session WHERE expires_at < ${cutoff} LIMIT ${limit})`,
  },
  {
    name: 'links of accounts',
    keepDays: 30,
    remove: (cutoff, limit) => sql`
      DELETE FROM account_link WHERE token_sha256 IN (SELECT token_sha256 FROM account_link WHERE expires_at < ${cutoff} LIMIT ${limit})`,
  },
  {
    name: 'failed tries',
    keepDays: 2,
    remove: (cutoff, limit) => sql`
      DELETE FROM failed_try WHERE key IN (SELECT key FROM failed_try WHERE last_at < ${cutoff} LIMIT ${limit})`,
  },
  {
    name: 'converted templates',
    keepDays: 90,
    remove: (cutoff, limit) => sql`
      DELETE FROM converted_mjml WHERE source_sha256 IN (SELECT source_sha256 FROM converted_mjml WHERE made_at < ${cutoff} LIMIT ${limit})`,
  },
  {
    name: 'previews of unsaved text',
    keepDays: 0, // each says itself until when
    remove: (cutoff, limit) => sql`
      DELETE FROM kept_preview WHERE id_sha256 IN (SELECT id_sha256 FROM kept_preview WHERE kept_until < ${cutoff} LIMIT ${limit})`,
  },
  {
    name: 'answers of API calls',
    keepDays: 1,
    // A call at work has its lease.
    remove: (cutoff, limit) => sql`
      DELETE FROM api_call WHERE ctid IN (SELECT ctid FROM api_call WHERE made_at < ${cutoff} AND lease_until < now() LIMIT ${limit})`,
  },
]
