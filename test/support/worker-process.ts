// The process behind startWorkerProcess: the real send loop with the transport and the queue that the settings name; SIGTERM ends it well.
import { createComposer } from '../../src/campaign/composer.ts'
import type { Transport } from '../../src/delivery/transport.ts'
import { createSendGridTransport } from '../../src/delivery/transports/sendgrid.ts'
import { NO_LIMITS } from '../../src/delivery/throttles.ts'
import { createSmtpTransport } from '../../src/delivery/transports/smtp.ts'
import { connectQueues } from '../../src/queue/connect.ts'
import { startWorker } from '../../src/queue/consume.ts'
import { connect } from '../../src/store/connect.ts'
import { plainComposer } from './plain-composer.ts'
import { SENDER } from './reference-campaign.ts'
import type { WorkerSettings } from './workers.ts'

const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings
const say = (level: string) => (detail: object, message: string) =>
  console.error(level, message, JSON.stringify(detail))
const log = { info: say('info'), warn: say('warn'), error: say('error') }

function openTransports(): Map<string, Transport> {
  const { smtpUrl: url, sendGrid, connections = 10, messagesPerConnection = 100, timeouts = {}, ca = null } = settings
  const open = new Map<string, Transport>()
  if (url !== undefined)
    open.set('smtp', createSmtpTransport({ url, connections, messagesPerConnection, timeouts, ca }))
  if (sendGrid !== undefined) open.set('sendgrid', createSendGridTransport(sendGrid))
  return open
}

const stopped = new Promise((resolve) => process.once('SIGTERM', resolve))
await using store = connect(settings.databaseUrl, settings.name === undefined ? {} : { applicationName: settings.name })
await using queues = await connectQueues({ redisUrl: settings.redisUrl, databaseUrl: settings.databaseUrl, log })
await using stack = new AsyncDisposableStack()
const transports = openTransports()
for (const transport of transports.values()) stack.use(transport)
await using _worker = startWorker(
  {
    db: store.db,
    queues,
    composer:
      settings.composer === 'reference' ? createComposer(store.db, SENDER) : plainComposer(settings.padding ?? 4000),
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
