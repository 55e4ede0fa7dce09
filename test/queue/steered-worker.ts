// Workers of this process with real SMTP transports by name, for the tests of fail-over and of shared connections.
import { sql } from 'kysely'
import type { Transport } from '../../src/delivery/transport.ts'
import { createSmtpTransport } from '../../src/delivery/transports/smtp.ts'
import { connectQueues } from '../../src/queue/connect.ts'
import { startWorker, type RunningWorker, type WorkerOptions, type WorkerParts } from '../../src/queue/consume.ts'
import type { Db, Store } from '../../src/store/connect.ts'
import type { MemoryLog } from '../support/memory-log.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { plainComposer } from '../support/plain-composer.ts'

export interface SteeredWorker extends Partial<WorkerParts> {
  store: Store
  log: MemoryLog
  /** URL of each relay, by the name of its transport. */
  relays: Readonly<Record<string, string>>
  /** Connections to each relay; 4 unless told. */
  connections?: number
  /** Milliseconds between sweeps; 150 unless told. */
  sweepEveryMs?: number
}

const FAST: WorkerOptions = { concurrency: 4, graceMs: 5_000 }

/** Starts a worker as a process has it, with a queue of its own; disposing it closes all it has. */
export async function steeredWorker(settings: SteeredWorker): Promise<RunningWorker> {
  const { store, relays, connections = 4, sweepEveryMs = 150, log, ...parts } = settings
  await using stack = new AsyncDisposableStack()
  const queues = stack.use(await connectQueues({ redisUrl: undefined, databaseUrl: store.url, log }))
  const transports = new Map<string, Transport>()
  for (const [name, url] of Object.entries(relays)) {
    const timeouts = { connectMs: 2_000, greetingMs: 2_000 }
    transports.set(name, stack.use(createSmtpTransport({ url, connections, timeouts })))
  }
  const worker = stack.use(
    startWorker(
      {
        db: store.db,
        queues,
        composer: plainComposer(),
        transportFor: (name) => transports.get(name) ?? null,
        launch: () => Promise.resolve(),
        log,
        ...parts,
      },
      { ...FAST, sweepEveryMs },
    ),
  )
  const open = stack.move()
  return { drained: () => worker.drained(), [Symbol.asyncDispose]: () => open.disposeAsync() }
}

/** Returns the id of a campaign that may use these transports, best first. */
export async function campaignOver(
  db: Db,
  transports: readonly string[],
  addresses: number,
  shards = 8,
): Promise<string> {
  const id = await launchedCampaign(db, { addresses, shards, state: 'paused', transport: 'smtp' })
  await db.updateTable('campaign').set({ transports, state: 'sending' }).where('id', '=', id).execute()
  return id
}

/** Returns how many messages of a campaign each transport has carried, only those that occur. */
export async function carriedBy(db: Db, campaignId: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ transport: string; count: number }>`
    SELECT transport, count(*)::int AS count FROM attempt WHERE campaign_id = ${campaignId} AND ending = 'sent'
    GROUP BY transport ORDER BY transport`.execute(db)
  return Object.fromEntries(rows.map((row) => [row.transport, row.count]))
}

/** Returns how many attempts were charged to the deliveries of a campaign beyond the one that carried each. */
export async function chargedInVain(db: Db, campaignId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT coalesce(sum(attempt - CASE WHEN state = 'sent' THEN 1 ELSE 0 END), 0)::int AS count FROM delivery WHERE campaign_id = ${campaignId}`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}

/** Ends the pause of a lane, as time would; its failures stay. */
export async function endPause(db: Db, transport: string): Promise<void> {
  await sql`UPDATE lane SET paused_until = now() WHERE transport = ${transport} AND paused_until > now()`.execute(db)
}

/** Makes what has waited a second for its next try due now: a minute passes in a second. */
export async function hurryWaits(db: Db, campaignId: string): Promise<void> {
  await sql`
    UPDATE delivery SET next_at = now()
    WHERE campaign_id = ${campaignId} AND state = 'deferred' AND updated_at < now() - interval '1 second'`.execute(db)
}

/** Waits until it holds; throws after thirty seconds. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let n = 0; n < 1_200; n++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`it did not come to pass: ${what}`)
}
