// T20: an address is in the table of subscribers and in the message, and nowhere else.
import { hash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerErase } from '../../src/compliance/desk.ts'
import { createMetrics } from '../../src/delivery/metrics.ts'
import { unsubscribe } from '../../src/feedback/unsubscribe.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { steeredWorker } from '../queue/steered-worker.ts'

/** Stands in every address, and in nothing else that there is. */
const CANARY = `canary-${hash('sha256', 'rollcall').slice(0, 12)}`
const LOCALS = ['fine', 'unknown-550', 'full-452', 'unknown-550', 'fine', 'fine']

let store: Store
let sink: SmtpSink
beforeAll(async () => {
  store = await testDatabase({ max: 20 })
  sink = await startSmtpSink()
})
afterAll(async () => {
  await sink[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

/** Returns the tables of all schemas, the job queue's included, that hold the canary. */
async function tablesWithCanary(): Promise<string[]> {
  const tables = await store.pool.query<{ name: string }>(`
    SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`)
  const found: string[] = []
  for (const { name } of tables.rows) {
    const { rows } = await store.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${name} t WHERE t::text ILIKE $1`,
      [`%${CANARY}%`],
    )
    if ((rows[0]?.count ?? 0) > 0) found.push(name)
  }
  return found.toSorted()
}

test('T20: seeded canary addresses are in no log, job, metric or table but that of the subscribers', async () => {
  const addresses = LOCALS.map((local, n) => `${local}@${CANARY}-${n}.example.org`)
  const id = await launchedCampaign(store.db, { addresses, transport: 'smtp', shards: 2 })
  const log = memoryLog()
  const metrics = createMetrics()
  {
    await using worker = await steeredWorker({
      store,
      log,
      metrics,
      relays: { smtp: sink.url },
    })
    await worker.drained()
  }
  // The server said the address in each of its refusals.
  expect(await states(store.db, id)).toEqual({ sent: 3, bounced: 2, deferred: 1 })
  expect(sink.recipients.some((recipient) => recipient.includes(CANARY))).toBe(true)
  const person = await store.db
    .selectFrom('delivery')
    .select(['id', 'subscriber_id', 'address_key'])
    .where('campaign_id', '=', id)
    .orderBy('id')
    .executeTakeFirstOrThrow()
  await unsubscribe(store.db, {
    capability: { deliveryId: BigInt(person.id), subscriberId: BigInt(person.subscriber_id) },
    channel: 'page',
    requestedAt: new Date(),
  })

  expect(await tablesWithCanary()).toEqual(['public.subscriber'])
  expect(JSON.stringify(log.lines)).not.toContain(CANARY)
  expect(await metrics.registry.metrics()).not.toContain(CANARY)

  // And those who are erased are in no table at all.
  const { rows } = await store.pool.query<{ address_key: Buffer }>('SELECT address_key FROM subscriber')
  for (const { address_key: addressKey } of rows)
    await answerErase(store.db, { addressKey, requestedAt: new Date(), now: new Date(), note: '', by: 'ada' })
  expect(await tablesWithCanary()).toEqual([])
})
