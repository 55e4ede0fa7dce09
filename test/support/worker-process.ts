// The process behind startWorkerProcess: SMTP, plain messages, the queue that the settings name; SIGTERM ends it well.
import { createSmtpTransport } from '../../src/delivery/transports/smtp.ts'
import { connectQueues } from '../../src/queue/connect.ts'
import { startWorker } from '../../src/queue/consume.ts'
import { connect } from '../../src/store/connect.ts'
import { plainComposer } from './plain-composer.ts'
import type { WorkerSettings } from './workers.ts'

const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings
const say = (level: string) => (detail: object, message: string) =>
  console.error(level, message, JSON.stringify(detail))
const log = { info: say('info'), warn: say('warn'), error: say('error') }

const stopped = new Promise((resolve) => process.once('SIGTERM', resolve))
await using store = connect(settings.databaseUrl)
await using queues = await connectQueues({ redisUrl: settings.redisUrl, databaseUrl: settings.databaseUrl, log })
await using transport = createSmtpTransport({ url: settings.smtpUrl, connections: settings.connections ?? 10 })
await using _worker = startWorker(
  {
    db: store.db,
    queues,
    composer: plainComposer(4000),
    transportFor: (kind) => (kind === 'smtp' ? transport : null),
    launch: () => Promise.resolve(),
    log,
    send: { leaseMs: settings.leaseMs ?? 60_000, perSecond: settings.perSecond ?? null },
  },
  { sweepEveryMs: 300, resendAfterMs: 0, graceMs: 5_000 },
)
console.log('works')
await stopped
