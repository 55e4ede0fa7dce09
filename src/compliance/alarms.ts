// What a person must look at now, in sentences, each with the page where it is mended.
import { sql } from 'kysely'
import { readKillSwitch } from '../delivery/kill-switch.ts'
import { pausedLanes } from '../delivery/lanes.ts'
import { livingWorkers } from '../delivery/worker-slots.ts'
import type { Db } from '../store/connect.ts'
import { optOutLatency } from './opt-outs.ts'
import { lateClasses } from './retention-runs.ts'

export interface Alarm {
  code:
    | 'kill_switch'
    | 'late_sends'
    | 'opt_out_latency'
    | 'no_worker'
    | 'stuck_leases'
    | 'launch_failed'
    | 'paused_by_itself'
    | 'roll_call_changed'
    | 'quarantined'
    | 'import_issue'
    | 'lane_paused'
    | 'feedback'
    | 'late_retention'
  severity: 'bad' | 'warn'
  sentence: string
  /** Below the console. */
  path: string
}

const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS

/** From request to effect: the promise is one second (p99). */
const SLOW_MS = 1_000

/** Returns the alarms of this moment, worst first. */
export async function alarms(db: Db, now: Date): Promise<Alarm[]> {
  const week = new Date(now.getTime() - WEEK_MS)
  const found = await Promise.all([
    killSwitchAlarms(db),
    lateSendAlarms(db, week),
    latencyAlarms(db, week),
    ledgerAlarms(db),
    campaignAlarms(db, week),
    rollCallAlarms(db, week),
    congressAlarms(db),
    laneAlarms(db),
    feedbackAlarms(db, week),
    retentionAlarms(db, now),
  ])
  return found.flat().sort((a, b) => Number(a.severity === 'warn') - Number(b.severity === 'warn'))
}

async function killSwitchAlarms(db: Db): Promise<Alarm[]> {
  const { isEngaged, reason, setBy } = await readKillSwitch(db)
  if (!isEngaged) return []
  const why = reason === '' ? '' : `: ${reason}`
  return [bad('kill_switch', `The kill switch is on, by ${setBy}${why}. Nothing is sent.`, '/transports')]
}

async function lateSendAlarms(db: Db, since: Date): Promise<Alarm[]> {
  // late_sends_since: the wishes of these days, each looked up in the campaigns on the wire since then; released people count no more.
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count
    FROM opt_out o
    JOIN suppression p ON p.address_key = o.address_key AND p.set_at <= o.effective_at + interval '1 minute'
    JOIN campaign c ON c.launched_at IS NOT NULL AND (c.finished_at IS NULL OR c.finished_at > o.effective_at)
    JOIN delivery d ON d.campaign_id = c.id AND d.address_key = o.address_key
    JOIN attempt a ON a.campaign_id = d.campaign_id AND a.delivery_id = d.id
    WHERE o.requested_at >= ${since} AND a.ending IN ('sent', 'in_doubt') AND a.started_at > o.effective_at + interval '10 seconds'`.execute(
    db,
  )
  const count = rows[0]?.count ?? 0
  if (count === 0) return []
  return [
    bad(
      'late_sends',
      `${count === 1 ? 'One message was' : `${count} messages were`} sent after the opt-out took effect.`,
      '/compliance',
    ),
  ]
}

async function latencyAlarms(db: Db, since: Date): Promise<Alarm[]> {
  const { p99Ms, wishes } = await optOutLatency(db, since)
  if (p99Ms === null || p99Ms <= SLOW_MS) return []
  const seconds = (p99Ms / 1000).toFixed(1)
  return [
    bad(
      'opt_out_latency',
      `Opt-outs of the last seven days (${wishes}) took up to ${seconds} s to take effect (p99); it must be below 1 s.`,
      '/compliance',
    ),
  ]
}

/** A lease is swept seconds after it ended: one that is older shows that nobody sweeps. */
const STUCK_AFTER_S = 60

async function ledgerAlarms(db: Db): Promise<Alarm[]> {
  // stuck_leases: by the index of the leases.
  const { rows } = await sql<{ stuck: number; sending: number }>`
    SELECT (SELECT count(*) FROM delivery WHERE state = 'sending' AND lease_until < now() - make_interval(secs => ${STUCK_AFTER_S}))::int AS stuck,
      (SELECT count(*) FROM campaign WHERE state = 'sending' OR (state = 'scheduled' AND launch_at <= now()))::int AS sending`.execute(
    db,
  )
  const { stuck = 0, sending = 0 } = rows[0] ?? {}
  const workers = sending > 0 ? (await livingWorkers(db)).length : 0
  return [
    ...(sending > 0 && workers === 0
      ? [
          bad(
            'no_worker',
            `No worker runs, and ${sending === 1 ? 'one campaign waits' : `${sending} campaigns wait`} to be sent. Start one: rollcall work`,
            '/campaigns?state=sending',
          ),
        ]
      : []),
    ...(stuck > 0
      ? [
          bad(
            'stuck_leases',
            `${stuck === 1 ? 'One delivery is' : `${stuck} deliveries are`} held by a worker that is gone, and nobody has swept them up.`,
            '/transports',
          ),
        ]
      : []),
  ]
}

async function campaignAlarms(db: Db, since: Date): Promise<Alarm[]> {
  // troubled_campaigns: the last word of the log about each campaign that stands still though nobody stopped it.
  const { rows } = await sql<{ id: string; name: string; state: string; reason: string }>`
    SELECT c.id, c.name, c.state, e.detail ->> 'reason' AS reason
    FROM campaign c CROSS JOIN LATERAL (
      SELECT act, actor, detail, at FROM campaign_event WHERE campaign_id = c.id ORDER BY id DESC LIMIT 1
    ) AS e
    WHERE c.state IN ('approved', 'paused') AND e.at >= ${since}
      AND ((e.act = 'paused' AND e.actor = 'delivery') OR (e.act = 'unscheduled' AND e.actor = 'schedule'))`.execute(db)
  return rows.map(({ id, name, state, reason }) =>
    state === 'paused'
      ? bad('paused_by_itself', `“${name}” stopped by itself: ${reason}.`, `/campaigns/${id}/live`)
      : bad('launch_failed', `“${name}” could not be launched at its hour: ${reason}.`, `/campaigns/${id}/send`),
  )
}

async function rollCallAlarms(db: Db, since: Date): Promise<Alarm[]> {
  // changed_roll_calls: what was sent of late, or is approved, speaks of another content than there is now.
  const { rows } = await sql<{ id: string; name: string; rollCall: string }>`
    SELECT c.id, c.name, rc.id AS "rollCall"
    FROM campaign c JOIN campaign_roll_call crc ON crc.campaign_id = c.id JOIN roll_call rc ON rc.id = crc.roll_call_id
    WHERE crc.frozen_sha256 IS NOT NULL AND crc.frozen_sha256 <> rc.content_sha256
      AND (c.finished_at IS NULL OR c.finished_at >= ${since})
    ORDER BY c.launched_at DESC, rc.id`.execute(db)
  return rows.map(({ id, name, rollCall }) =>
    bad(
      'roll_call_changed',
      `Roll call ${rollCall} has changed since “${name}” was launched: what its messages say may be wrong.`,
      `/campaigns/${id}/report`,
    ),
  )
}

async function congressAlarms(db: Db): Promise<Alarm[]> {
  // congress_alarms: positions of members nobody could place, and what imports left open.
  const { rows } = await sql<{ quarantined: number; blocking: number; warnings: number }>`
    SELECT (SELECT count(*) FROM quarantined_position)::int AS quarantined,
      (SELECT count(*) FROM import_issue WHERE resolved_at IS NULL AND severity = 'blocking')::int AS blocking,
      (SELECT count(*) FROM import_issue WHERE resolved_at IS NULL AND severity = 'warning')::int AS warnings`.execute(
    db,
  )
  const { quarantined = 0, blocking = 0, warnings = 0 } = rows[0] ?? {}
  return [
    ...(quarantined > 0
      ? [
          bad(
            'quarantined',
            `${quarantined === 1 ? 'One position is' : `${quarantined} positions are`} in quarantine: nobody knows whose they are.`,
            '/congress',
          ),
        ]
      : []),
    ...(blocking > 0
      ? [
          bad(
            'import_issue',
            `${blocking === 1 ? 'One issue' : `${blocking} issues`} of imported congress data must be settled before a launch.`,
            '/congress',
          ),
        ]
      : []),
    ...(warnings > 0
      ? [
          warn(
            'import_issue',
            `${warnings === 1 ? 'One warning' : `${warnings} warnings`} about imported congress data to look at.`,
            '/congress',
          ),
        ]
      : []),
  ]
}

async function laneAlarms(db: Db): Promise<Alarm[]> {
  return (await pausedLanes(db)).map(({ transport, reason }) =>
    warn('lane_paused', `Nothing goes through ${transport}: ${reason}.`, '/transports'),
  )
}

const CLASSES: Readonly<Record<string, string>> = {
  block: 'Receivers block us',
  content: 'Receivers refuse the content',
  config: 'Receivers say that our set-up is wrong',
}

async function feedbackAlarms(db: Db, since: Date): Promise<Alarm[]> {
  // feedback_alarms_since: a line for each campaign and class.
  const { rows } = await sql<{ id: string; name: string; class: string; count: number; sentence: string }>`
    SELECT c.id, c.name, f.class, f.count, f.sentence FROM feedback_alarm f JOIN campaign c ON c.id = f.campaign_id
    WHERE f.last_at >= ${since} ORDER BY f.last_at DESC`.execute(db)
  return rows.map(({ id, name, class: kind, count, sentence }) =>
    warn('feedback', `${CLASSES[kind] ?? kind} (“${name}”, ${count} times): ${sentence}`, `/campaigns/${id}/report`),
  )
}

async function retentionAlarms(db: Db, now: Date): Promise<Alarm[]> {
  // first_act: an installation of today has had no time to remove anything.
  const { rows } = await sql<{ at: Date | null }>`SELECT min(created_at) AS at FROM campaign`.execute(db)
  const firstAt = rows[0]?.at ?? null
  if (firstAt === null || now.getTime() - firstAt.getTime() < 2 * DAY_MS) return []
  const late = await lateClasses(db, now)
  if (late.length === 0) return []
  const names = late.map(({ dataClass }) => dataClass).join(', ')
  return [
    warn('late_retention', `Old data was not removed for two days: ${names}. A running worker does it.`, '/compliance'),
  ]
}

function bad(code: Alarm['code'], sentence: string, path: string): Alarm {
  return { code, severity: 'bad', sentence: sentence.replace(/\.\.$/, '.'), path }
}

function warn(code: Alarm['code'], sentence: string, path: string): Alarm {
  return { ...bad(code, sentence, path), severity: 'warn' }
}
