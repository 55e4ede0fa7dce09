// The process behind startWorkerProcess: the real send loop with the transport and the queue that the settings name; SIGTERM ends it well.
import type { Composer } from '../../src/campaign/composer.ts'
import type { Transport } from '../../src/delivery/transport.ts'
import { NO_LIMITS } from '../../src/delivery/throttles.ts'
import { createSmtpTransport } from '../../src/delivery/transports/smtp.ts'
import { connectQueues } from '../../src/queue/connect.ts'
import { startWorker } from '../../src/queue/consume.ts'
import { connect, type Db } from '../../src/store/connect.ts'
import { plainComposer } from './plain-composer.ts'
import type { WorkerSettings } from './workers.ts'

const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings
const say = (level: string) => (detail: object, message: string) =>
  console.error(level, message, JSON.stringify(detail))
const log = { info: say('info'), warn: say('warn'), error: say('error') }

// What not every worker needs is loaded when it is asked for: a round starts many.

async function openTransports(): Promise<Map<string, Transport>> {
  const { smtpUrl: url, sendGrid, connections = 10, messagesPerConnection = 100, timeouts = {}, ca = null } = settings
  const open = new Map<string, Transport>()
  if (url !== undefined)
    open.set('smtp', createSmtpTransport({ url, connections, messagesPerConnection, timeouts, ca }))
  if (sendGrid !== undefined) {
    const { createSendGridTransport } = await import('../../src/delivery/transports/sendgrid.ts')
    open.set('sendgrid', createSendGridTransport(sendGrid))
  }
  return open
}

async function openComposer(db: Db): Promise<Composer> {
  if (settings.composer !== 'reference') return plainComposer(settings.padding ?? 4000)
  const { createComposer } = await import('../../src/campaign/composer.ts')
  const { SENDER } = await import('./reference-campaign.ts')
  return createComposer(db, SENDER)
}

const stopped = new Promise((resolve) => process.once('SIGTERM', resolve))
await using store = connect(settings.databaseUrl, settings.name === undefined ? {} : { applicationName: settings.name })
await using queues = await connectQueues({ redisUrl: settings.redisUrl, databaseUrl: settings.databaseUrl, log })
await using stack = new AsyncDisposableStack()
const transports = await openTransports()
for (const transport of transports.values()) stack.use(transport)
await using _worker = startWorker(
  {
    db: store.db,
    queues,
    composer: await openComposer(store.db),
    transportFor: (kind) => transports.get(kind) ?? null,
    launch: () => Promise.resolve(),
    log,
    limits: { smtp: { ...NO_LIMITS, perSecond: settings.perSecond ?? null, connections: null } },
    sweep: { resendAfterMs: 0 },
    send: {
      leaseMs: settings.leaseMs ?? 60_000,
      ...(settings.retry === undefined ? {} : { retry: settings.retry }),
    },
  },
  { sweepEveryMs: 300, graceMs: settings.graceMs ?? 5_000 },
)
console.log('works')
await stopped
