// What returned mail said and what followed: one row a report, and the look over all of them for the operator.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import type { Correlated } from './correlate.ts'
import type { KeptMail } from './feedback-mails.ts'
import type { Report } from './report.ts'

export interface NotedReport {
  mail: Pick<KeptMail, 'id' | 'receivedAt'>
  /** In the mail, from 0. */
  place: number
  report: Report
  /** Whom it names, as a keyed hash. */
  recipientKey: Buffer | null
  correlated: Correlated | null
  outcome: string
}

/** Writes down one report, without any address. */
export async function noteReport(db: Db, noted: NotedReport): Promise<void> {
  const { mail, place, report, recipientKey, correlated, outcome } = noted
  // note_report: in the transaction of what followed.
  await db
    .insertInto('feedback_report')
    .values({
      mail_id: mail.id,
      place,
      kind: report.kind,
      class: report.class,
      recipient_key: recipientKey,
      status: report.status,
      reply: report.reply,
      sentence: report.sentence,
      delivery_id: correlated?.delivery.id ?? null,
      campaign_id: correlated?.delivery.campaignId ?? null,
      proof: correlated?.proof ?? null,
      outcome,
      reported_at: mail.receivedAt,
    })
    .execute()
}

export interface FeedbackStatus {
  /** Reports of these days. */
  days: number
  reports: { kind: string; class: string | null; outcome: string; count: number }[]
  /** Refusals that are no address's fault, the latest first. */
  alarms: { campaignId: string; class: string; count: number; sentence: string; lastAt: Date }[]
  /** Kept and still to be applied. */
  waiting: { mails: number; events: number }
}

/** Returns what came back during the last `days` days, and what waits. */
export async function feedbackStatus(db: Db, days: number): Promise<FeedbackStatus> {
  // count_reports: mails by what they said, events by what they were.
  const reports = await sql<FeedbackStatus['reports'][number]>`
    SELECT kind, class, outcome, count(*)::int AS count FROM feedback_report
    WHERE reported_at > now() - make_interval(days => ${days}) GROUP BY kind, class, outcome
    UNION ALL
    SELECT 'sendgrid ' || event, NULL, outcome, count(*)::int FROM sendgrid_event
    WHERE received_at > now() - make_interval(days => ${days}) AND outcome IS NOT NULL GROUP BY event, outcome
    ORDER BY 1, 2, 3`.execute(db)
  // recent_alarms: few, because there is one for each campaign and class.
  const alarms = await sql<FeedbackStatus['alarms'][number]>`
    SELECT campaign_id AS "campaignId", class, count, sentence, last_at AS "lastAt" FROM feedback_alarm
    WHERE last_at > now() - make_interval(days => ${days}) ORDER BY last_at DESC LIMIT 50`.execute(db)
  // count_waiting: by the small indexes.
  const waiting = await sql<FeedbackStatus['waiting']>`
    SELECT (SELECT count(*) FROM feedback_mail WHERE applied_at IS NULL)::int AS mails,
      (SELECT count(*) FROM sendgrid_event WHERE applied_at IS NULL)::int AS events`.execute(db)
  return { days, reports: reports.rows, alarms: alarms.rows, waiting: waiting.rows[0] ?? { mails: 0, events: 0 } }
}
