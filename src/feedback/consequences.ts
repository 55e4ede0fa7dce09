// What follows from one report about one delivery, in the caller's transaction. Doing it twice changes nothing.
import { sql } from 'kysely'
import { addSuppression } from '../audience/suppressions.ts'
import { unreachable } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { bounceRecord, markBounced, resolveAsSent, type KnownDelivery } from './known-deliveries.ts'
import type { Report, ReportClass } from './report.ts'

/** When an address that keeps refusing is given up (mail-rules 12). */
export interface PatienceRules {
  /** Soft bounces without a message that arrived between them; 0: never. */
  softBounces: number
  /** They lie at least so many days apart. */
  softDays: number
}

export const DEFAULT_PATIENCE: PatienceRules = { softBounces: 3, softDays: 15 }

/** Bounces of unknown cause on so many different days end the patience, too. */
const UNKNOWN_DAYS = 2

/** What was done, in one word. */
export type Outcome = 'suppressed' | 'bounced' | 'resolved' | 'noted'

/** The words of the ledger for the classes of reports: the same that a refusal during the send gets. */
const REASONS: Readonly<Record<ReportClass, string>> = {
  hard: 'no_mailbox',
  soft: 'mailbox',
  block: 'block',
  content: 'content',
  config: 'configuration',
  unknown: 'refused',
}

/** Applies the report and returns what was done. `at` is when it reached us. */
export async function applyReport(
  db: Db,
  delivery: KnownDelivery,
  report: Pick<Report, 'kind' | 'class' | 'sentence'>,
  at: Date,
  patience: PatienceRules,
): Promise<Outcome> {
  // Whatever it says: a message that is reported about has left.
  const wasInDoubt = await resolveAsSent(db, delivery.id)
  if (report.kind === 'complaint')
    return (await suppress(db, delivery, 'complaint', report.sentence, at)) ? 'suppressed' : 'noted'
  if (report.kind === 'bounce' && report.class !== null)
    return await bounce(db, delivery, report.class, report.sentence, at, patience)
  return wasInDoubt ? 'resolved' : 'noted'
}

async function bounce(
  db: Db,
  delivery: KnownDelivery,
  found: ReportClass,
  sentence: string,
  at: Date,
  patience: PatienceRules,
): Promise<Outcome> {
  const isNews = await markBounced(db, delivery.id, REASONS[found], sentence)
  const done = isNews ? 'bounced' : 'noted'
  switch (found) {
    case 'hard':
      return (await suppress(db, delivery, 'hard_bounce', sentence, at)) ? 'suppressed' : done
    case 'soft':
    case 'unknown': {
      const note = isNews ? await spent(db, delivery, patience) : null
      return note !== null && (await suppress(db, delivery, 'hard_bounce', note, at)) ? 'suppressed' : done
    }
    case 'block':
    case 'content':
    case 'config':
      if (isNews) await raiseAlarm(db, delivery.campaignId, found, sentence)
      return done
    default:
      return unreachable(found)
  }
}

/** Returns why the patience with an address is at its end, or null. */
async function spent(db: Db, delivery: KnownDelivery, patience: PatienceRules): Promise<string | null> {
  const { soft, softDays, unknownDays } = await bounceRecord(db, delivery.addressKey)
  if (patience.softBounces > 0 && soft >= patience.softBounces && softDays >= patience.softDays)
    return `${soft} messages came back over ${Math.floor(softDays)} days, and none arrived between them`
  return unknownDays >= UNKNOWN_DAYS ? `refused on ${unknownDays} different days without a reason` : null
}

async function suppress(
  db: Db,
  delivery: KnownDelivery,
  reason: 'complaint' | 'hard_bounce',
  note: string,
  at: Date,
): Promise<boolean> {
  return await addSuppression(db, {
    addressKey: delivery.addressKey,
    reason,
    channel: reason === 'complaint' ? 'complaint' : 'bounce',
    note,
    setBy: 'feedback',
    setAt: at,
  })
}

async function raiseAlarm(
  db: Db,
  campaignId: string,
  found: 'block' | 'content' | 'config',
  sentence: string,
): Promise<void> {
  // raise_alarm: one line a campaign and class; the first also stands in the campaign's history.
  await sql`
    WITH raised AS (
      INSERT INTO feedback_alarm AS a (campaign_id, class, count, sentence, first_at, last_at)
      VALUES (${campaignId}, ${found}, 1, ${sentence}, now(), now())
      ON CONFLICT (campaign_id, class) DO UPDATE SET count = a.count + 1, sentence = excluded.sentence, last_at = excluded.last_at
      RETURNING campaign_id, class, count, sentence
    )
    INSERT INTO campaign_event (campaign_id, act, actor, detail, at)
    SELECT campaign_id, 'alarm', 'feedback', jsonb_build_object('reason', class || ': ' || sentence), now() FROM raised WHERE count = 1`.execute(
    db,
  )
}
