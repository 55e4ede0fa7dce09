// One campaign, whole: a copy of an audience, workers, launch, and what everybody used until the ledger was settled.
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { findCampaign } from '../../src/campaign/campaigns.ts'
import { compose } from '../../src/compose.ts'
import { resolveConfig } from '../../src/config/load.ts'
import type { Db } from '../../src/store/connect.ts'
import type { Audience } from './audience.ts'
import { environmentOf, type Lab } from './lab.ts'
import { cpuMsOf, peakBytesOf } from './proc.ts'
import { lastLines, type Started } from './processes.ts'
import type { SendLine } from './results.ts'

export interface CampaignSetup {
  name: string
  queue: 'redis' | 'postgres'
  workers: number
  /** Settings of launch and workers: the transport and what belongs to it. */
  environment: Record<string, string>
  sendAtMost?: number | null
  /** Flags of Node for the workers. */
  nodeFlags?: readonly string[]
}

/** Where the messages go: who counts them and what it costs. */
export interface Receiver {
  messages(): Promise<number>
  cpuMs(): Promise<number>
}

const READY_MS = 60_000
const STUCK_MS = 120_000
let copies = 0

/** Sends a campaign and returns what was measured. Throws when a worker dies or nothing moves for two minutes. */
export async function runCampaign(
  lab: Lab,
  audience: Audience,
  setup: CampaignSetup,
  receiver: Receiver,
): Promise<SendLine> {
  const database = `run_${(copies += 1)}`
  await lab.cluster.create(database, audience.database)
  await lab.redis?.client.flushall()
  try {
    const queue = setup.queue === 'redis' && lab.redis ? { REDIS_URL: lab.redis.url } : {}
    const environment = { DATABASE_URL: await lab.cluster.url(database), ...queue, ...setup.environment }
    return await launchAndWait(lab, audience, { ...setup, environment }, receiver)
  } finally {
    await lab.cluster.drop(database)
  }
}

async function launchAndWait(
  lab: Lab,
  audience: Audience,
  setup: CampaignSetup,
  receiver: Receiver,
): Promise<SendLine> {
  lab.note(`${setup.name}: ${audience.people} recipients`)
  await using app = await compose(await resolveConfig(environmentOf(lab, setup.environment)))
  const workers = await startWorkers(lab, setup)
  await lab.cluster.settleDown()
  const readyPeak = await highestPeak(workers)
  const before = await cpuOfAll(lab, workers, receiver)
  const startedAt = performance.now()
  await app.launch(audience.campaignId, { expect: audience.people, actor: 'benchmark' })
  const launchSeconds = (performance.now() - startedAt) / 1000
  const { wasCut, fifth } = await untilOver(lab, app.db, audience.campaignId, setup, workers, receiver)
  const wallSeconds = (performance.now() - startedAt) / 1000
  const after = await cpuOfAll(lab, workers, receiver)
  const peakBytes = await highestPeak(workers)
  const stopProblem = await stopWorkers(workers)
  const ledger = await readLedger(app.db, audience.campaignId)
  const received = await receiver.messages()
  const micros = (end: number, start: number): number => ((end - start) * 1000) / Math.max(1, ledger.sent)
  return {
    name: setup.name,
    messages: ledger.sent,
    perSecond: ledger.seconds > 0 ? (ledger.sent - 1) / ledger.seconds : 0,
    wallSeconds,
    launchSeconds,
    cpu: {
      sender: micros(after.workers, before.workers),
      steady: fifth && ((after.workers - fifth.workersMs) * 1000) / Math.max(1, received - fifth.messages),
      postgres: micros(after.postgres, before.postgres),
      redis: setup.queue === 'redis' ? micros(after.redis, before.redis) : null,
      sink: micros(after.receiver, before.receiver),
    },
    peakBytes,
    earlyPeaks: { ready: readyPeak, fifth: fifth?.peakBytes ?? null },
    meanBytes: null,
    problem: stopProblem ?? disagreement(audience.people, ledger, received, wasCut),
    remark: wasCut ? `cancelled after ${ledger.sent} of ${audience.people}` : null,
  }
}

async function startWorkers(lab: Lab, { workers, environment, nodeFlags }: CampaignSetup): Promise<Started[]> {
  const started = Array.from({ length: workers }, () => lab.rollcall(['work'], environment, nodeFlags))
  const giveUpAt = performance.now() + READY_MS
  for (const worker of started) {
    while (!worker.stderr().includes('Working:')) {
      if (worker.child.exitCode !== null || performance.now() > giveUpAt)
        throw new Error(`a worker did not start: ${lastLines(worker.stderr())}`)
      await sleep(20)
    }
  }
  return started
}

/** Returns a sentence when a worker did not end as it should. */
async function stopWorkers(workers: readonly Started[]): Promise<string | null> {
  for (const worker of workers) worker.child.kill('SIGTERM')
  const codes = await Promise.all(workers.map((worker) => worker.ended))
  const bad = codes.findIndex((code) => code !== 0)
  return bad < 0 ? null : `a worker ended with ${codes[bad]}: ${lastLines(workers[bad]?.stderr() ?? '')}`
}

interface CpuOfAll {
  workers: number
  postgres: number
  redis: number
  receiver: number
}

async function cpuOfAll(lab: Lab, workers: readonly Started[], receiver: Receiver): Promise<CpuOfAll> {
  const redisPid = /process_id:(\d+)/.exec((await lab.redis?.client.info('server')) ?? '')?.[1]
  return {
    workers: await cpuOfWorkers(workers),
    postgres: await lab.cluster.cpuMs(),
    redis: redisPid === undefined ? 0 : ((await cpuMsOf(Number(redisPid))) ?? 0),
    receiver: await receiver.cpuMs(),
  }
}

async function cpuOfWorkers(workers: readonly Started[]): Promise<number> {
  const each = await Promise.all(workers.map((worker) => cpuMsOf(worker.pid)))
  return each.reduce<number>((sum, ms) => sum + (ms ?? 0), 0)
}

async function highestPeak(workers: readonly Started[]): Promise<number> {
  const peaks = await Promise.all(workers.map((worker) => peakBytesOf(worker.pid)))
  return Math.max(...peaks.map((each) => each ?? 0))
}

interface Course {
  /** Whether we cancelled it. */
  wasCut: boolean
  /** How things stood when a fifth of the messages had arrived; null when it went too fast to see. */
  fifth: { messages: number; workersMs: number; peakBytes: number } | null
}

/** Waits until the campaign has ended. Only the campaign's row and the sink are looked at. */
async function untilOver(
  lab: Lab,
  db: Db,
  id: string,
  { sendAtMost = null, environment }: CampaignSetup,
  workers: readonly Started[],
  receiver: Receiver,
): Promise<Course> {
  let count = 0
  let movedAt = performance.now()
  let fifth: Course['fifth'] = null
  for (;;) {
    const { state, pause_reason: reason, audience } = await findCampaign(db, id)
    if (state === 'finished') return { wasCut: false, fifth }
    if (state !== 'sending') throw new Error(`the campaign is ${state}: ${reason}`)
    const dead = workers.find((worker) => worker.child.exitCode !== null)
    if (dead) throw new Error(`a worker ended: ${lastLines(dead.stderr())}`)
    const messages = await receiver.messages()
    if (messages > count) movedAt = performance.now()
    count = messages
    const most = Math.min(sendAtMost ?? Infinity, audience ?? Infinity)
    if (messages >= most / 5)
      fifth ??= { messages, workersMs: await cpuOfWorkers(workers), peakBytes: await highestPeak(workers) }
    if (sendAtMost !== null && sendAtMost < (audience ?? 0) && messages >= sendAtMost) {
      const code = await lab.rollcall(['campaign', 'cancel', id], environment).ended
      // A campaign that finished in this moment cannot be cancelled any more.
      if (code !== 0) continue
      await untilLanded(db, id)
      return { wasCut: true, fifth }
    }
    if (performance.now() - movedAt > STUCK_MS)
      throw new Error(`nothing has moved for ${STUCK_MS / 1000} s: ${lastLines(workers[0]?.stderr() ?? '')}`)
    await sleep(100)
  }
}

async function untilLanded(db: Db, id: string): Promise<void> {
  for (let left = 600; left > 0; left--) {
    // Whether anything of a cancelled campaign is still in the air.
    const { rows } = await sql<{ open: boolean }>`
      SELECT EXISTS (SELECT FROM delivery WHERE campaign_id = ${id} AND state IN ('sending', 'pending', 'deferred')) AS open`.execute(
      db,
    )
    if (rows[0]?.open === false) return
    await sleep(100)
  }
  throw new Error('messages of a cancelled campaign are still in the air after a minute')
}

interface Ledger {
  total: number
  sent: number
  skipped: number
  /** `150 sent, 3 in_doubt`: everything there is, for a line that is void. */
  states: string
  /** From the first to the last message sent. */
  seconds: number
}

async function readLedger(db: Db, id: string): Promise<Ledger> {
  // What the ledger says of the campaign.
  const { rows } = await sql<Ledger>`
    WITH states AS (
      SELECT state, reason, count(*)::int AS count, min(sent_at) AS first_at, max(sent_at) AS last_at
      FROM delivery WHERE campaign_id = ${id} GROUP BY state, reason
    )
    SELECT sum(count)::int AS total, coalesce(sum(count) FILTER (WHERE state = 'sent'), 0)::int AS sent,
      coalesce(sum(count) FILTER (WHERE state = 'skipped'), 0)::int AS skipped,
      string_agg(concat_ws(' ', count, state, reason), ', ' ORDER BY count DESC) AS states,
      coalesce(extract(epoch FROM max(last_at) - min(first_at)), 0)::float8 AS seconds
    FROM states`.execute(db)
  const ledger = rows[0]
  if (!ledger) throw new Error('the ledger gave no answer')
  return ledger
}

function disagreement(people: number, ledger: Ledger, received: number, wasCut: boolean): string | null {
  const { total, sent, skipped, states } = ledger
  const expected = wasCut ? people - skipped : people
  if (total === people && sent === expected && received === sent) return null
  return `audience ${people}, ledger ${total} (${states}), sink ${received}`
}
