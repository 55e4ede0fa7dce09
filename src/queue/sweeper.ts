// The heartbeat of a worker: moves the ledger on by time, and tells the queue what the ledger still holds.
import { setTimeout as sleep } from 'node:timers/promises'
import { runDueRetention } from '../compliance/retention-runs.ts'
import { messageOf } from '../core/errors.ts'
import { dueLaunches, dueShards } from '../delivery/deliveries.ts'
import type { Log } from '../delivery/settle.ts'
import { sweep, type SweepPlan, type Swept } from '../delivery/sweep.ts'
import { applyWaiting, type Intake } from '../feedback/receive-mail.ts'
import { applySendgridEvents } from '../feedback/sendgrid-events.ts'
import { sealAudit } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import type { Queues } from './connect.ts'

/** As many jobs as one sweep adds; a large campaign has thousands of shards, and the next sweep is seconds away. */
const MOST_JOBS = 200

/** With so many jobs waiting the workers have enough to do, and adding them again would only cost time. */
const ENOUGH_JOBS = 50

/** Queues what the ledger says is due, as far as the queue runs low; returns how many jobs. Doing it twice changes nothing. */
export async function enqueueDue(db: Db, queues: Queues): Promise<number> {
  const launches = await dueLaunches(db)
  await queues.add(
    'launch',
    launches.map((campaignId) => ({ campaignId })),
  )
  if ((await queues.waiting('deliver')) >= ENOUGH_JOBS) return launches.length
  const shards = await dueShards(db, MOST_JOBS)
  await queues.add(
    'deliver',
    shards.map(({ campaignId, shard }) => ({ campaignId, shard })),
  )
  return shards.length + launches.length
}

interface SweepParts {
  db: Db
  queues: Queues
  log: Log
}

interface Rhythm {
  everyMs: number
  plan: Partial<SweepPlan>
  stop: AbortSignal
}

/** Sweeps and queues at once, then every `everyMs` until `stop` is aborted; never throws, never two at a time. */
export async function keepSweeping({ db, queues, log }: SweepParts, { everyMs, plan, stop }: Rhythm): Promise<void> {
  await repeat(everyMs, stop, async () => {
    await attempt(log, 'the sweep of the ledger broke off', async () => {
      const swept = await sweep(db, plan)
      if (hasMoved(swept)) log.info(swept, 'swept the ledger')
    })
    await attempt(log, 'what is due could not be queued', async () => await enqueueDue(db, queues))
    await attempt(log, 'the audit log could not be sealed', async () => await sealAudit(db))
  })
}

/** How often a worker looks whether a kind of data is due for its daily retention, in milliseconds. */
const TIDY_EVERY_MS = 15 * 60_000

/** Removes once a day what has been kept long enough. */
export async function keepTidying(db: Db, log: Log, stop: AbortSignal): Promise<void> {
  await repeat(TIDY_EVERY_MS, stop, () =>
    attempt(log, 'the retention broke off', async () => {
      const runs = await runDueRetention(db, new Date())
      if (runs.length > 0) log.info({ runs }, 'removed what was too old')
    }),
  )
}

/** Applies what came back and waits: events of the provider, and mails that were kept and not read. */
export async function keepHearing(intake: Intake, log: Log, everyMs: number, stop: AbortSignal): Promise<void> {
  await repeat(everyMs, stop, async () => {
    await attempt(log, 'the events of SendGrid could not be applied', async () => {
      const applied = await applySendgridEvents(intake.db, intake.patience, log)
      if (applied > 0) log.info({ applied }, 'applied events of SendGrid')
    })
    await attempt(log, 'the returned mails that wait could not be applied', () => applyWaiting(intake, log))
  })
}

/** Gives a sign of life at once and every `everyMs`, apart from the sweep: a long one must not make the worker look dead. */
export async function keepBeating(
  log: Log,
  beat: () => Promise<void>,
  everyMs: number,
  stop: AbortSignal,
): Promise<void> {
  await repeat(everyMs, stop, () => attempt(log, 'the sign of life of this worker could not be written', beat))
}

async function repeat(everyMs: number, stop: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!stop.aborted) {
    await work()
    await sleep(everyMs, undefined, { signal: stop }).catch(() => undefined) // only the stop cuts a sleep short
  }
}

function hasMoved(swept: Swept): boolean {
  return Object.values(swept).some((each: number | string[]) => (Array.isArray(each) ? each.length : each) > 0)
}

async function attempt(log: Log, failed: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    log.warn({ error: messageOf(error) }, failed)
  }
}
