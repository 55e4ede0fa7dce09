// What workers share about a transport: its connections, and the limits of its settings.
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { listThrottles, NO_LIMITS } from '../../src/delivery/throttles.ts'
import { livingWorkers } from '../../src/delivery/worker-slots.ts'
import type { RunningWorker } from '../../src/queue/consume.ts'
import type { Store } from '../../src/store/connect.ts'
import { states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog, type MemoryLog } from '../support/memory-log.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { campaignOver, steeredWorker, until, type SteeredWorker } from './steered-worker.ts'

let store: Store
let log: MemoryLog
const stack: AsyncDisposable[] = []

beforeAll(async () => {
  store = await testDatabase({ max: 20 })
})
afterAll(async () => await store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE lane, throttle, worker, connection_slot')
  // What a test did not need to see to its end is not sent by the workers of the next.
  await sql`UPDATE campaign SET state = 'cancelled', finished_at = now() WHERE state = 'sending'`.execute(store.db)
  log = memoryLog()
})
afterEach(async () => {
  for (const each of stack.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

async function sink(options: { slowMs?: number } = {}): Promise<SmtpSink> {
  const started = await startSmtpSink(options)
  stack.push(started)
  return started
}
async function work(relay: SmtpSink, more: Partial<SteeredWorker> = {}): Promise<RunningWorker> {
  const worker = await steeredWorker({ store, log, relays: { smtp: relay.url }, ...more })
  stack.push(worker)
  return worker
}
const sharing = (connections: number) => ({ limits: { smtp: { ...NO_LIMITS, connections } }, connections: 10 })

/** Returns how many connections each worker holds for good, and how many messages are with all of them. */
async function heldAndSending(): Promise<{ held: number[]; sending: number }> {
  const { rows } = await sql<{ held: number[]; sending: number }>`
    SELECT coalesce((SELECT array_agg(n ORDER BY n DESC) FROM (
        SELECT count(*)::int AS n FROM connection_slot WHERE worker_id IS NOT NULL AND until > now() GROUP BY worker_id) AS each_one
      ), '{}') AS held,
      (SELECT count(*)::int FROM delivery WHERE state = 'sending') AS sending`.execute(store.db)
  return rows[0] ?? { held: [], sending: 0 }
}

test('three workers share the connections: together never more messages in the air, or connections open, than there are, and a stopped one leaves its share', async () => {
  // So slow that a message outlives several signs of life: what is let go of too early is seen.
  const relay = await sink({ slowMs: 400 })
  const id = await slowCampaign(1_500)
  const workers = [await work(relay, sharing(7)), await work(relay, sharing(7)), await work(relay, sharing(7))]
  let most = 0
  let mostOpen = 0
  const watch = async (): Promise<number[]> => {
    const { held, sending } = await heldAndSending()
    most = Math.max(most, sending)
    mostOpen = Math.max(mostOpen, relay.open())
    return held
  }
  await until('all three have their part', async () => (await watch()).join() === '3,2,2')
  for (let look = 0; look < 40; look++) await watch()
  await workers[0]?.[Symbol.asyncDispose]()
  expect(await livingWorkers(store.db)).toHaveLength(2)
  await until('the two that are left share all', async () => (await watch()).join() === '4,3')
  for (let look = 0; look < 20; look++) await watch()
  expect(most).toBeLessThanOrEqual(7)
  expect(most).toBeGreaterThan(3)
  expect(mostOpen).toBeLessThanOrEqual(7)
  expect(mostOpen).toBeGreaterThan(3)
  expect(await states(store.db, id)).not.toHaveProperty('in_doubt')
})

test('a worker alone shrinks when a second comes: it really holds fewer messages in the air, and fewer connections', async () => {
  const relay = await sink({ slowMs: 20 })
  await slowCampaign(900)
  await work(relay, sharing(6))
  const sendingBy = async (): Promise<number> => (await heldAndSending()).sending
  await until('it has them all', async () => (await sendingBy()) === 6)
  // The second holds its part and is sent nothing: what is in the air is the first one's alone.
  const idle = await work(relay, { ...sharing(6), transportFor: () => null })
  await until('the first has shrunk', async () => (await heldAndSending()).held.join() === '3')
  let most = 0
  for (let look = 0; look < 40; look++) most = Math.max(most, await sendingBy())
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThanOrEqual(3)
  expect(relay.open()).toBeLessThanOrEqual(3)
  await idle[Symbol.asyncDispose]()
  await until('it has them all again', async () => (await sendingBy()) === 6)
})

test('more workers than connections: those without one take no work from the others, and all is sent', async () => {
  const relay = await sink()
  const id = await campaignOver(store.db, ['smtp'], 120)
  const workers = await Promise.all(Array.from({ length: 4 }, () => work(relay, sharing(2))))
  await Promise.all(workers.map((worker) => worker.drained()))
  expect(await states(store.db, id)).toEqual({ sent: 120 })
  expect((await heldAndSending()).held).toEqual([1, 1])
})

test('limits that the settings change take effect with the next worker, those taken away are gone', async () => {
  const relay = await sink()
  const limits = { smtp: { ...NO_LIMITS, perSecond: 50, perDay: 30, connections: null } }
  const id = await campaignOver(store.db, ['smtp'], 80)
  const first = await work(relay, { limits })
  await until('what the day allows is sent', async () => (await states(store.db, id))['sent'] === 30)
  await until('the lane rests', isResting)
  await first[Symbol.asyncDispose]()
  const second = await work(relay, { limits: { smtp: { ...NO_LIMITS, connections: null } } })
  await second.drained()
  expect(await states(store.db, id)).toEqual({ sent: 80 })
  expect(await listThrottles(store.db)).toEqual([])
})

async function isResting(): Promise<boolean> {
  const { rows } = await sql<{
    is: boolean
  }>`SELECT EXISTS (SELECT 1 FROM lane WHERE paused_until > now()) AS is`.execute(store.db)
  return rows[0]?.is ?? false
}

/** Every message of it takes the relay a moment. */
async function slowCampaign(addresses: number): Promise<string> {
  // So many shards that every worker has some in hand.
  const id = await campaignOver(store.db, ['smtp'], addresses, 24)
  await sql`
    UPDATE subscriber s SET address = 'slow@' || d.id || '.example.org' FROM delivery d WHERE d.subscriber_id = s.id AND d.campaign_id = ${id}`.execute(
    store.db,
  )
  return id
}
