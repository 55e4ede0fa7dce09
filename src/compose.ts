// Config -> App: opens, wires and stacks the disposers. The only file that knows everything; what sends is loaded when it
// is first asked for, for most commands send nothing.
import { createSecretKey } from 'node:crypto'
import { userInfo } from 'node:os'
import path from 'node:path'
import { pino, type Logger } from 'pino'
import { findCampaign } from './campaign/campaigns.ts'
import { readLaunchPlan } from './campaign/launch-plan.ts'
import type { Sender } from './campaign/composer.ts'
import type { Launched, LaunchOptions } from './campaign/launch.ts'
import { relayNames, type Config } from './config/load.ts'
import { systemClock, type Clock } from './core/clock.ts'
import { RollcallError } from './core/errors.ts'
import { deriveKey, tokenKeys } from './core/token.ts'
import type { Metrics } from './delivery/metrics.ts'
import type { Transport } from './delivery/transport.ts'
import type { Intake } from './feedback/receive-mail.ts'
import { createLinks } from './message/links.ts'
import type { Queues } from './queue/connect.ts'
import type { RunningWorker, WorkerOptions } from './queue/consume.ts'
import { assertReachable, connect, type Db, type Store } from './store/connect.ts'
import { openEmbedded } from './store/embedded.ts'
import { migrate } from './store/migrate.ts'

/** How a campaign is to be sent; what is not said is as the settings say. */
interface LaunchWish {
  /** The audience the operator expects; any other refuses the launch. */
  expect: number | null
  actor: string
  /** Names of transports, best first; one alone pins it. */
  transports?: readonly string[] | undefined
  /** Whether a part of the audience goes first. */
  canary?: boolean | undefined
  canaryWaitMinutes?: number | undefined
}

export interface App extends AsyncDisposable {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly store: Store
  readonly db: Db
  /** The migrations that were missing until now. */
  readonly applied: readonly string[]
  /** Keys the hashes of addresses. */
  readonly addressKey: Buffer
  /** What every message of this installation has in common. */
  readonly sender: Sender
  /** What returned mail is read and applied with. */
  readonly intake: Intake
  /** Returns the first transport that the settings name, or the one of that name, opened when first asked for. */
  transport(name?: string): Promise<Transport>
  /** Returns the names of transports as they are; throws `no_transport` for one that the settings do not make possible. */
  knownTransports(names: readonly string[]): readonly string[]
  /** Returns the job queue, opened when first asked for. */
  queues(): Promise<Queues>
  /** Freezes the audience, starts the send and queues its shards. */
  launch(id: string, options: LaunchWish): Promise<Launched>
  /** Queues what the ledger says is due; workers do the same every few seconds. */
  enqueueDue(): Promise<void>
  /** Starts a worker in this process. */
  work(options?: WorkerOptions): Promise<RunningWorker>
}

/**
 * Returns the application: the database is open and at the newest schema, and belongs to our secret.
 * Queue and transports open when first used. Dispose it to close everything in reverse order.
 */
export async function compose(config: Config): Promise<App> {
  await using stack = new AsyncDisposableStack()
  const log = createLog(config)
  const store = await openStore(config, stack, log)
  await assertReachable(store)
  const applied = await migrate(store)
  // The first secret there was keys what must never change: hashes of addresses, and Message-IDs.
  const firstSecret = config.ROLLCALL_PREVIOUS_SECRETS.at(-1) ?? config.ROLLCALL_SECRET
  await assertSameSecret(store.db, firstSecret)

  const clock = systemClock
  const { db } = store
  const keys = tokenKeys(config.ROLLCALL_SECRET, config.ROLLCALL_PREVIOUS_SECRETS)
  const sender: Sender = {
    links: createLinks(config.ROLLCALL_BASE_URL, keys),
    messageKey: createSecretKey(deriveKey(firstSecret, 'rollcall message id v1')),
    bounceDomain: config.ROLLCALL_BOUNCE_DOMAIN,
  }
  const addressKey = deriveKey(firstSecret, 'rollcall address key v1')
  const intake: Intake = {
    db,
    secrets: { keys, addressKey },
    patience: { softBounces: config.ROLLCALL_SOFT_BOUNCES, softDays: config.ROLLCALL_SOFT_BOUNCE_DAYS },
    keepDays: config.ROLLCALL_FEEDBACK_KEEP_DAYS,
  }
  const open = stack.move()
  const transportFor = openOnce((name: string) => openTransport(config, name, open))
  const queues = once(async () => {
    const { connectQueues } = await import('./queue/connect.ts')
    return open.use(await connectQueues({ redisUrl: config.REDIS_URL, databaseUrl: store.url, log }))
  })

  const app: App = {
    config,
    clock,
    log,
    store,
    db,
    applied,
    addressKey,
    sender,
    intake,
    async transport(name = config.ROLLCALL_TRANSPORT[0] ?? 'file') {
      return existing(await transportFor(name), name)
    },
    knownTransports: (names) => knownTransports(config, names),
    queues,
    async launch(id, wish) {
      const launched = await launch(db, id, launchOptions(config, clock, wish))
      await app.enqueueDue()
      return launched
    },
    async enqueueDue() {
      const { enqueueDue } = await import('./queue/sweeper.ts')
      await enqueueDue(db, await queues())
    },
    async work(options) {
      const { createComposer } = await import('./campaign/composer.ts')
      const { startWorker } = await import('./queue/consume.ts')
      const { limitsOf, sweepPlanOf } = await import('./queue/settings.ts')
      // Opened before the worker, hence closed after it.
      const transports = new Map<string, Transport | null>()
      for (const name of transportNames(config)) transports.set(name, await transportFor(name))
      // Claims and settles run thousands of times a minute: planned once, on connections of their own.
      const sendStore = open.use(connect(store.url, { max: 10, genericPlans: true, onIdleError: onIdleError(log) }))
      const metrics = await openMetrics(config, open, sendStore.db, await queues())
      const parts = {
        db: sendStore.db,
        queues: await queues(),
        metrics,
        composer: createComposer(db, sender),
        transportFor: (name: string) => transports.get(name) ?? null,
        limits: Object.fromEntries([...transports.keys()].map((name) => [name, limitsOf(config, name)])),
        launch: (id: string) => launchScheduled(app, id),
        intake,
        log,
        sweep: sweepPlanOf(config),
      }
      return open.use(startWorker(parts, options))
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
  return app
}

async function launch(db: Db, id: string, options: LaunchOptions): Promise<Launched> {
  const { launchCampaign } = await import('./campaign/launch.ts')
  return launchCampaign(db, id, options)
}

/** A scheduled campaign launches with the audience that was typed when it was scheduled; if it cannot, a person must look. */
async function launchScheduled({ db, config, clock, log }: App, id: string): Promise<void> {
  const campaign = await findCampaign(db, id)
  if (campaign.state !== 'scheduled') return // another worker was faster
  try {
    const plan = readLaunchPlan(campaign.launch_wish)
    const options = launchOptions(config, clock, { expect: campaign.launch_expect, actor: 'schedule', ...plan })
    await launch(db, id, options)
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    log.error(
      { campaignId: id, error: error.message },
      'a scheduled campaign could not be launched and waits for a person',
    )
    const { unscheduleCampaign } = await import('./campaign/control.ts')
    await unscheduleCampaign(db, id, error.message, { actor: 'schedule', clock })
  }
}

/** The metrics of this worker, shown on the port of the settings. */
async function openMetrics(config: Config, stack: AsyncDisposableStack, db: Db, queues: Queues): Promise<Metrics> {
  const { createMetrics } = await import('./delivery/metrics.ts')
  const metrics = createMetrics()
  if (config.ROLLCALL_METRICS_PORT === undefined) return metrics
  const { addLedgerMetrics } = await import('./queue/ledger-metrics.ts')
  const { serveMetrics } = await import('./queue/metrics-server.ts')
  addLedgerMetrics(metrics.registry, db, queues)
  stack.use(await serveMetrics(metrics.registry, config.ROLLCALL_METRICS_PORT))
  return metrics
}

function launchOptions(config: Config, clock: Clock, wish: LaunchWish): LaunchOptions {
  const transports = knownTransports(config, wish.transports ?? config.ROLLCALL_TRANSPORT)
  return {
    expect: wish.expect,
    actor: wish.actor,
    transports,
    clock,
    canary:
      (wish.canary ?? true) && config.ROLLCALL_CANARY_PERCENT > 0
        ? {
            percent: config.ROLLCALL_CANARY_PERCENT,
            least: config.ROLLCALL_CANARY_LEAST,
            most: config.ROLLCALL_CANARY_MOST,
            waitMinutes: wish.canaryWaitMinutes ?? config.ROLLCALL_CANARY_WAIT_MINUTES,
          }
        : null,
  }
}

function knownTransports(config: Config, names: readonly string[]): readonly string[] {
  const known = transportNames(config)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return names
  throw new RollcallError('no_transport', `there is no transport "${unknown}" in the settings`, {
    hint: `there are ${known.join(', ')}`,
    kind: 'usage',
  })
}

/** Every transport that these settings make possible. */
function transportNames(config: Config): string[] {
  return [...relayNames(config), ...(config.SENDGRID_API_KEY === undefined ? [] : ['sendgrid']), 'file']
}

async function openTransport(config: Config, name: string, stack: AsyncDisposableStack): Promise<Transport | null> {
  const { createTransport } = await import('./delivery/transports/create.ts')
  // Outside production a mistake stays at home (threat T19); files stay at home anyway.
  const allowedDomains = config.ROLLCALL_ENV === 'production' ? null : config.ROLLCALL_ALLOWED_DOMAINS
  const { SENDGRID_API_KEY: apiKey } = config
  if (name === 'file')
    return stack.use(createTransport('file', { directory: path.join(config.ROLLCALL_HOME, 'outbox') }))
  if (name !== 'sendgrid') {
    const url = config.SMTP_URL?.[relayNames(config).indexOf(name)]
    if (url === undefined) return null
    const { ROLLCALL_SMTP_CONNECTIONS: connections, ROLLCALL_SMTP_MESSAGES_PER_CONNECTION: messagesPerConnection } =
      config
    return stack.use(
      createTransport('smtp', { url, connections, messagesPerConnection, dkim: dkimOf(config), allowedDomains }),
    )
  }
  if (apiKey === undefined) return null
  const { ROLLCALL_SENDGRID_URL: baseUrl, ROLLCALL_SENDGRID_BATCH: batch } = config
  return stack.use(createTransport('sendgrid', { apiKey, baseUrl, batch, allowedDomains }))
}

function dkimOf(config: Config) {
  const { ROLLCALL_DKIM_DOMAIN: domain, ROLLCALL_DKIM_SELECTOR: selector, ROLLCALL_DKIM_KEY_FILE: keyFile } = config
  return domain && selector && keyFile ? { domain, selector, keyFile } : null
}

function existing(transport: Transport | null, name: string): Transport {
  if (transport) return transport
  throw new RollcallError('no_transport', `the transport ${name} has no settings`, {
    hint: 'set SMTP_URL or SENDGRID_API_KEY',
    kind: 'usage',
  })
}

/** Returns a function that makes its value at the first call and keeps it. */
function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => (made ??= { value: make() }).value
}

function openOnce<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}

/** Logs go to stderr; fields that could hold an address or a secret are cut whatever their value (threat T20). */
function createLog(config: Config): Logger {
  const redact = ['address', 'to', 'email', 'password', 'token', 'authorization', '*.address', '*.to', '*.password']
  return pino(
    { level: config.LOG_LEVEL, redact, base: { pid: process.pid } },
    pino.destination({ dest: 2, sync: true }),
  )
}

async function openStore(config: Config, stack: AsyncDisposableStack, log: Logger): Promise<Store> {
  const url = config.DATABASE_URL ?? stack.use(await openEmbedded(config.ROLLCALL_HOME)).url
  return stack.use(connect(url, { max: 16, actor: userInfo().username, onIdleError: onIdleError(log) }))
}

function onIdleError(log: Logger): (error: Error) => void {
  return (error) => log.warn({ error: error.message }, 'a database connection was lost; the next query opens another')
}

/** Hashes of addresses under another secret would match no suppression: better not to start at all. */
async function assertSameSecret(db: Db, secret: string): Promise<void> {
  const fingerprint = deriveKey(secret, 'rollcall secret fingerprint v1').toString('hex').slice(0, 16)
  // The first process to come writes the fingerprint.
  await db
    .insertInto('secret_fingerprint')
    .values({ fingerprint })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  // The fingerprint of the secret this database was made with.
  const row = await db.selectFrom('secret_fingerprint').select('fingerprint').executeTakeFirstOrThrow()
  if (row.fingerprint === fingerprint) return
  throw new RollcallError(
    'other_secret',
    'the secret differs from the one this database was made with; no opt-out in it would be honoured',
    {
      hint: 'set ROLLCALL_SECRET to the first one, or name that one last in ROLLCALL_PREVIOUS_SECRETS; without the setting it is in the file "secret" in ROLLCALL_HOME',
    },
  )
}
