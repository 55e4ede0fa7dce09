// Everything there is about one address: what a request for export answers with, table by table.
import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../store/connect.ts'

/** Rows of one table, as the person may read them. */
export interface PersonTable {
  name: string
  rows: Record<string, unknown>[]
}

type Question = (addressKey: Buffer) => RawBuilder<Record<string, unknown>>

/** Every table that holds something about a person; a table that is added to the schema is added here. */
const QUESTIONS: Readonly<Record<string, Question>> = {
  profile: (key) => sql`
    SELECT id, address, first_name, last_name, zip, plus4, created_at, updated_at FROM subscriber WHERE address_key = ${key}`,
  seats: (key) => sql`
    SELECT c.map_id, c.seat_id, c.basis, c.resolved_at FROM subscriber_seat c JOIN subscriber s ON s.id = c.subscriber_id WHERE s.address_key = ${key}`,
  wishes: (key) => sql`
    SELECT w.topics_off, w.paused_until, w.changed_at FROM subscriber_wish w JOIN subscriber s ON s.id = w.subscriber_id WHERE s.address_key = ${key}`,
  links: (key) =>
    sql`SELECT act, made_at, expires_at, used_at FROM page_link WHERE address_key = ${key} ORDER BY made_at`,
  forwards: (key) => sql`
    SELECT f.campaign_id, f.at FROM forward f JOIN subscriber s ON s.id = f.subscriber_id WHERE s.address_key = ${key} ORDER BY f.id`,
  consents: (key) => sql`
    SELECT act, basis, evidence, wording, ip_network::text AS ip_network, expires_at, at FROM consent_event WHERE address_key = ${key} ORDER BY id`,
  suppressions: (key) => sql`SELECT reason, channel, note, set_by, set_at FROM suppression WHERE address_key = ${key}`,
  opt_outs: (key) =>
    sql`SELECT channel, delivery_id, requested_at, effective_at FROM opt_out WHERE address_key = ${key} ORDER BY id`,
  deliveries: (key) => sql`
    SELECT d.campaign_id, c.name AS campaign, d.id, d.zip, v.outcome, d.state, d.reason, d.message_id, d.sent_at, d.updated_at
    FROM campaign c JOIN delivery d ON d.campaign_id = c.id AND d.address_key = ${key}
    JOIN campaign_variant v ON v.campaign_id = d.campaign_id AND v.variant = d.variant ORDER BY d.id`,
  attempts: (key) => sql`
    SELECT a.campaign_id, a.delivery_id, a.number, a.transport, a.ending, a.reply_code, a.reply_text, a.sentence, a.started_at, a.ended_at
    FROM campaign c JOIN delivery d ON d.campaign_id = c.id AND d.address_key = ${key}
    JOIN attempt a ON a.campaign_id = d.campaign_id AND a.delivery_id = d.id ORDER BY a.delivery_id, a.fence`,
  reports: (key) => sql`
    SELECT r.kind, r.class, r.status, r.reply, r.sentence, r.delivery_id, r.outcome, r.reported_at FROM feedback_report r
    WHERE r.recipient_key = ${key} OR r.delivery_id IN (SELECT d.id FROM campaign c JOIN delivery d ON d.campaign_id = c.id AND d.address_key = ${key})
    ORDER BY r.reported_at`,
  events: (key) => sql`
    SELECT e.event, e.occurred_at, e.delivery_id, e.outcome FROM sendgrid_event e
    WHERE e.delivery_id IN (SELECT d.id FROM campaign c JOIN delivery d ON d.campaign_id = c.id AND d.address_key = ${key}) ORDER BY e.occurred_at`,
  requests: (key) =>
    sql`SELECT id, kind, requested_at, due_at, done_at FROM data_request WHERE address_key = ${key} ORDER BY id`,
}

/** Returns all tables, the empty ones too: that there is nothing is an answer. */
export async function personData(db: Db, addressKey: Buffer): Promise<PersonTable[]> {
  const tables: PersonTable[] = []
  // Each table by the key of the address.
  for (const [name, question] of Object.entries(QUESTIONS)) {
    tables.push({ name, rows: (await question(addressKey).execute(db)).rows })
  }
  return tables
}
