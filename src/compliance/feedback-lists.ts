// Bounces and complaints as the desk shows them: what came by mail, and what SendGrid told.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'

export interface DeskReport {
  /** Where it stands in the list. */
  key: readonly string[]
  at: Date
  kind: string
  /** '' where nothing failed. */
  class: string
  status: string | null
  sentence: string
  outcome: string
  campaignId: string | null
  /** Null when the person is not known, or is no subscriber any more. */
  subscriberId: string | null
}

export interface ReportGroup {
  kind: string
  class: string
  outcome: string
}

const BY_MAIL: Keyset<DeskReport> = {
  parts: [
    { expression: sql`l.reported_at`, type: 'timestamptz', isDescending: true },
    { expression: sql`l.mail_id`, type: 'bigint', isDescending: true },
    { expression: sql`l.place`, type: 'bigint', isDescending: true },
  ],
  keyOf: ({ key }) => key,
}

/** Returns every kind, class and outcome of which there is a report: what the list can be narrowed down to. */
export async function reportGroups(db: Db): Promise<ReportGroup[]> {
  // report_groups: from one group to the next by index; the reports between are not read.
  const { rows } = await sql<ReportGroup>`
    WITH RECURSIVE groups AS (
      (SELECT kind, class_word AS class, outcome FROM feedback_report ORDER BY kind, class_word, outcome LIMIT 1)
      UNION ALL
      SELECT n.* FROM groups g CROSS JOIN LATERAL (
        SELECT f.kind, f.class_word, f.outcome FROM feedback_report f WHERE (f.kind, f.class_word, f.outcome) > (g.kind, g.class, g.outcome)
        ORDER BY f.kind, f.class_word, f.outcome LIMIT 1
      ) AS n
    )
    SELECT * FROM groups`.execute(db)
  return rows
}

/** Returns a page of what came by mail, newest first. `groups`: those that fit, from `reportGroups`. */
export function listReports(db: Db, groups: readonly ReportGroup[], wish: PageWish): Promise<Page<DeskReport>> {
  const column = (name: keyof ReportGroup) => groups.map((group) => group[name])
  return keysetPage(BY_MAIL, wish, async ({ where, orderBy, limit }) => {
    // list_reports: the newest of each group, of these the newest; then whose they are.
    const { rows } = await sql<DeskReport>`
      SELECT ARRAY[l.reported_at::text, l.mail_id::text, l.place::text] AS key, l.reported_at AS at, l.kind, l.class_word AS class,
        l.status, l.sentence, l.outcome, l.campaign_id AS "campaignId", s.id AS "subscriberId"
      FROM (
        SELECT l.* FROM unnest(${column('kind')}::text[], ${column('class')}::text[], ${column('outcome')}::text[]) AS g (kind, class, outcome)
        CROSS JOIN LATERAL (
          SELECT l.* FROM feedback_report l WHERE l.kind = g.kind AND l.class_word = g.class AND l.outcome = g.outcome AND ${where}
          ORDER BY ${orderBy} LIMIT ${limit}
        ) AS l ORDER BY ${orderBy} LIMIT ${limit}
      ) AS l
      LEFT JOIN delivery d ON d.id = l.delivery_id
      LEFT JOIN subscriber s ON s.id = d.subscriber_id
      ORDER BY ${orderBy}`.execute(db)
    return rows
  })
}

/** Events that say that something went wrong, or that somebody wants no more. */
export const TROUBLE_EVENTS = [
  'bounce',
  'deferred',
  'dropped',
  'group_unsubscribe',
  'spamreport',
  'unsubscribe',
] as const

const BY_EVENT: Keyset<DeskReport> = {
  parts: [
    { expression: sql`l.received_at`, type: 'timestamptz', isDescending: true },
    { expression: sql`l.sg_event_id`, type: 'text', isDescending: true },
  ],
  keyOf: ({ key }) => key,
}

/** Returns a page of what SendGrid told, newest first; `event`: null for all that is trouble. */
export function listEvents(db: Db, event: string | null, wish: PageWish): Promise<Page<DeskReport>> {
  const events: readonly string[] = event === null ? TROUBLE_EVENTS : [event]
  return keysetPage(BY_EVENT, wish, async ({ where, orderBy, limit }) => {
    // list_events: the newest of each event, of these the newest; then whose they are.
    const { rows } = await sql<DeskReport>`
      SELECT ARRAY[l.received_at::text, l.sg_event_id] AS key, l.received_at AS at, l.event AS kind, '' AS class, NULL AS status, '' AS sentence,
        l.outcome, d.campaign_id AS "campaignId", s.id AS "subscriberId"
      FROM (
        SELECT l.* FROM unnest(${[...events]}::text[]) AS e (event) CROSS JOIN LATERAL (
          SELECT l.sg_event_id, l.event, l.received_at, l.outcome, l.delivery_id FROM sendgrid_event l
          WHERE l.event = e.event AND l.outcome IS NOT NULL AND ${where} ORDER BY ${orderBy} LIMIT ${limit}
        ) AS l ORDER BY ${orderBy} LIMIT ${limit}
      ) AS l
      LEFT JOIN delivery d ON d.id = l.delivery_id
      LEFT JOIN subscriber s ON s.id = d.subscriber_id
      ORDER BY ${orderBy}`.execute(db)
    return rows
  })
}

export interface TroubleCounts {
  complaints: number
  /** That came after the send. */
  bounces: number
}

/** Returns how many complaints and bounces came since `since`, by mail and from SendGrid. */
export async function countTrouble(db: Db, groups: readonly ReportGroup[], since: Date): Promise<TroubleCounts> {
  const column = (name: keyof ReportGroup) => groups.map((group) => group[name])
  // count_trouble: what is counted stands in the two indexes.
  const { rows } = await sql<TroubleCounts>`
    WITH mails AS (
      SELECT g.kind, (SELECT count(*) FROM feedback_report l
        WHERE l.kind = g.kind AND l.class_word = g.class AND l.outcome = g.outcome AND l.reported_at > ${since}) AS count
      FROM unnest(${column('kind')}::text[], ${column('class')}::text[], ${column('outcome')}::text[]) AS g (kind, class, outcome)
      WHERE g.kind IN ('complaint', 'bounce')
    ), events AS (
      SELECT e.event, (SELECT count(*) FROM sendgrid_event l WHERE l.event = e.event AND l.outcome IS NOT NULL AND l.received_at > ${since}) AS count
      FROM unnest(ARRAY['spamreport', 'bounce', 'dropped']) AS e (event)
    )
    SELECT ((SELECT coalesce(sum(count), 0) FROM mails WHERE kind = 'complaint')
        + (SELECT coalesce(sum(count), 0) FROM events WHERE event = 'spamreport'))::int AS complaints,
      ((SELECT coalesce(sum(count), 0) FROM mails WHERE kind = 'bounce')
        + (SELECT coalesce(sum(count), 0) FROM events WHERE event <> 'spamreport'))::int AS bounces`.execute(db)
  return rows[0] ?? { complaints: 0, bounces: 0 }
}

export interface Alarm {
  campaignId: string
  class: string
  count: number
  sentence: string
  lastAt: Date
}

/** Returns the latest refusals that are no address's fault. */
export async function latestAlarms(db: Db): Promise<Alarm[]> {
  // latest_alarms: few, because there is one for each campaign and class.
  const { rows } = await sql<Alarm>`
    SELECT campaign_id AS "campaignId", class, count, sentence, last_at AS "lastAt" FROM feedback_alarm ORDER BY last_at DESC LIMIT 20`.execute(
    db,
  )
  return rows
}
