// A worker: takes jobs from the queue, sends what the ledger allows, sweeps, and stops without leaving anything behind.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Composer } from '../campaign/composer.ts'
import { judgeTriedCanaries } from '../delivery/canaries.ts'
import { finishCampaigns, openCampaigns } from '../delivery/deliveries.ts'
import { drainShard } from '../delivery/send-shard.ts'
import type { Metrics } from '../delivery/metrics.ts'
import type { SenderOptions, StopSignals } from '../delivery/sender.ts'
import type { Log } from '../delivery/settle.ts'
import type { SweepPlan } from '../delivery/sweep.ts'
import type { Transport } from '../delivery/transport.ts'
import type { Intake } from '../feedback/receive-mail.ts'
import type { Db } from '../store/connect.ts'
import type { Consumer, Queues } from './connect.ts'
import type { Payload } from './jobs.ts'
import { createSenders, type LaneLimits, type Senders } from './senders.ts'
import { enqueueDue, keepBeating, keepHearing, keepSweeping, keepTidying } from './sweeper.ts'

export interface WorkerParts {
  db: Db
  queues: Queues
  composer: Composer
  /** Returns the one transport of that name in this process, or null when this worker has no such thing. */
  transportFor: (name: string) => Transport | null
  /** What the settings allow each transport, by name; all workers share it. */
  limits?: Readonly<Record<string, LaneLimits>>
  /** Launches a scheduled campaign; safe to call twice. */
  launch: (campaignId: string) => Promise<unknown>
  /** What returned mail and provider events are applied with; a worker without it leaves them to others. */
  intake?: Intake
  log: Log
  /** Told of what the worker does; kept to itself unless given. */
  metrics?: Metrics
  send?: Partial<SenderOptions>
  /** When the ledger moves on by time, and when a campaign stops by itself. */
  sweep?: Partial<SweepPlan>
}

export interface WorkerOptions {
  /** Shards drained at once; 0: this worker sends nothing. */
  concurrency?: number
  /** Whether it launches scheduled campaigns. */
  launches?: boolean
  /** How often it sweeps, in milliseconds. */
  sweepEveryMs?: number
  /** How long a stop waits for messages in the air before it cuts them off. */
  graceMs?: number
}

export interface RunningWorker extends AsyncDisposable {
  /** Resolves when no campaign is sending and none is due to launch. */
  drained(): Promise<void>
}

const DEFAULT_CONCURRENCY = 4

/** Starts a worker. Disposing it stops claiming, lets what is in the air land, releases the rest, and is safe to do twice. */
export function startWorker(parts: WorkerParts, options: WorkerOptions = {}): RunningWorker {
  const { concurrency = DEFAULT_CONCURRENCY, launches = true, sweepEveryMs = 2_000, graceMs = 30_000 } = options
  const stop = new AbortController()
  const cut = new AbortController()
  const senders = createSenders(parts)
  const consumers: Consumer[] = []
  if (concurrency > 0) {
    const signals = { stop: stop.signal, cut: cut.signal }
    consumers.push(parts.queues.consume('deliver', concurrency, (job) => deliver(parts, senders, job, signals)))
  }
  if (launches) consumers.push(parts.queues.consume('launch', 1, (job) => launch(parts, job)))
  const sweeping = keepSweeping(parts, {
    everyMs: sweepEveryMs,
    plan: parts.sweep ?? {},
    stop: stop.signal,
  })

  const tidying = keepTidying(parts.db, parts.log, stop.signal)
  const hearing = parts.intake && keepHearing(parts.intake, parts.log, sweepEveryMs, stop.signal)
  // A worker that sends nothing has no share of the connections.
  const beating = concurrency > 0 ? keepBeating(parts.log, () => senders.beat(), sweepEveryMs, stop.signal) : undefined

  async function shutDown(): Promise<void> {
    stop.abort()
    const timer = setTimeout(() => cut.abort(), graceMs)
    await Promise.all([
      sweeping,
      tidying,
      hearing,
      beating,
      senders.settled(),
      ...consumers.map((consumer) => consumer.close()),
    ])
    clearTimeout(timer)
    await senders.close()
  }

  let stopping: Promise<void> | undefined
  return {
    async drained() {
      while ((await openCampaigns(parts.db)) > 0 && !stop.signal.aborted) await sleep(200)
    },
    [Symbol.asyncDispose]: () => (stopping ??= shutDown()),
  }
}

/** The ledger decides: for a forged or a late job there is nothing to claim (threat T23). */
async function deliver(
  parts: WorkerParts,
  senders: Senders,
  job: Payload<'deliver'>,
  signals: StopSignals,
): Promise<'done' | 'again'> {
  if (signals.stop.aborted) return 'done'
  const sender = await senders.forCampaign(job.campaignId)
  if (sender === null) return 'done'
  const end = await senders.track(drainShard(sender, job, signals))
  if (end === 'drained') await moveOn(parts)
  return end === 'more' ? 'again' : 'done'
}

/** A shard is through: its campaign may be finished, or its canary, and then the rest may go. */
async function moveOn({ db, queues, log, sweep = {} }: WorkerParts): Promise<void> {
  const judged = await judgeTriedCanaries(db, sweep.stop)
  if (judged.opened.length > 0 || judged.stopped.length > 0) log.info(judged, 'a canary is through')
  if (judged.opened.length > 0) await enqueueDue(db, queues)
  await finishCampaigns(db)
}

async function launch({ db, queues, launch, log }: WorkerParts, { campaignId }: Payload<'launch'>): Promise<'done'> {
  await launch(campaignId)
  log.info({ campaignId }, 'launched by schedule')
  await enqueueDue(db, queues)
  return 'done'
}
