// A worker's metrics over HTTP: what Prometheus reads, and that no address is in it (threat T20).
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMetrics } from '../../src/delivery/metrics.ts'
import { connectQueues, type Queues } from '../../src/queue/connect.ts'
import { addLedgerMetrics } from '../../src/queue/ledger-metrics.ts'
import { serveMetrics } from '../../src/queue/metrics-server.ts'
import { startWorker } from '../../src/queue/consume.ts'
import { createSmtpTransport } from '../../src/delivery/transports/smtp.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { plainComposer } from '../support/plain-composer.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'

let store: Store
let queues: Queues
beforeAll(async () => {
  store = await testDatabase()
  queues = await connectQueues({ databaseUrl: store.url, log: memoryLog() })
})
afterAll(async () => {
  await queues[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

test('T20: what a worker did is counted by transport, state and reason, without any address', async () => {
  await using sink = await startSmtpSink()
  const metrics = createMetrics()
  addLedgerMetrics(metrics.registry, store.db, queues)
  await using server = await serveMetrics(metrics.registry, 0)
  const addresses = [...Array(20).keys()].map((n) => `canary-${n}@example.org`)
  const id = await launchedCampaign(store.db, {
    addresses: [...addresses, 'canary-550@example.org'],
    transport: 'smtp',
  })
  const waiting = await launchedCampaign(store.db, { addresses: 3, state: 'paused' })
  await using transport = createSmtpTransport({ url: sink.url })
  await using worker = startWorker(
    {
      db: store.db,
      queues,
      composer: plainComposer(),
      transportFor: (name) => (name === 'smtp' ? transport : null),
      launch: () => Promise.resolve(),
      log: memoryLog(),
      metrics,
    },
    { sweepEveryMs: 100 },
  )
  await worker.drained()
  const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`)
  const text = await answer.text()
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
  expect(text).toContain('rollcall_endings_total{transport="smtp",state="sent",reason="accepted"} 20')
  expect(text).toContain('rollcall_endings_total{transport="smtp",state="bounced",reason="no_mailbox"} 1')
  expect(text).toContain('rollcall_claimed_deliveries_total{transport="smtp"} 21')
  expect(text).toContain('rollcall_handoff_seconds_count{transport="smtp"} 21')
  expect(text).toContain(`rollcall_campaign_deliveries{campaign="${waiting}",state="pending"} 3`)
  expect(text).not.toContain(`campaign="${id}"`)
  expect(text).toContain('rollcall_workers 1')
  expect(text).toContain('rollcall_kill_switch 0')
  expect(text).not.toMatch(/canary|@|example\.org/)
})

test('any other path is not there, and a port that is taken is refused by its number', async () => {
  await using server = await serveMetrics(createMetrics().registry, 0)
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(404)
  await expect(serveMetrics(createMetrics().registry, server.port)).rejects.toMatchObject({
    code: 'metrics_port',
    message: expect.stringContaining(String(server.port)),
  })
})
