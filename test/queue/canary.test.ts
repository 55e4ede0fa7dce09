// The canary on a real worker: it goes first, and the campaign goes on or stops by itself.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { resumeCampaign } from '../../src/campaign/control.ts'
import { systemClock } from '../../src/core/clock.ts'
import { NO_LIMITS } from '../../src/delivery/throttles.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { steeredWorker, until } from './steered-worker.ts'

const act = { actor: 'ada', clock: systemClock }
const PEOPLE = 240
const CANARY = 40

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
beforeEach(async () => {
  await store.pool.query('TRUNCATE lane, throttle, suppression CASCADE')
})

/** Returns the id of a campaign whose first shard is the canary; the first `bad` of its people have this local part. */
async function withCanary(bad: number, local: string): Promise<string> {
  const label = `c${Math.random().toString(36).slice(2)}`
  // In shard 0 is every sixth: those go first.
  const addresses = Array.from({ length: PEOPLE }, (_, n) =>
    n % 6 === 0 && n / 6 < bad ? `${local}@${label}-${n}.example.org` : `fine@${label}-${n}.example.org`,
  )
  const id = await launchedCampaign(store.db, { addresses, transport: 'smtp', shards: 6, state: 'paused' })
  await sql`UPDATE campaign SET open_shards = 1, canary = ${CANARY}, state = 'sending' WHERE id = ${id}`.execute(
    store.db,
  )
  return id
}
const work = () => steeredWorker({ store, log: memoryLog(), relays: { smtp: sink.url } })
const stateOf = async (id: string) =>
  await store.db.selectFrom('campaign').select(['state', 'pause_reason']).where('id', '=', id).executeTakeFirst()

test('the rest goes as soon as the canary is through, without waiting for a sweep', async () => {
  const id = await withCanary(0, 'fine')
  await using worker = await steeredWorker({
    store,
    log: memoryLog(),
    relays: { smtp: sink.url },
    sweepEveryMs: 3_600_000,
  })
  await worker.drained()
  expect(await states(store.db, id)).toEqual({ sent: PEOPLE })
  expect(await stateOf(id)).toMatchObject({ state: 'finished' })
})

test('nobody else is tried before every delivery of the canary has been, then all the others are', async () => {
  const id = await withCanary(2, 'unknown-550')
  await using worker = await work()
  await worker.drained()
  expect(await states(store.db, id)).toEqual({ bounced: 2, sent: PEOPLE - 2 })
  const { rows } = await sql<{ first: boolean; from: Date; until: Date; count: number }>`
    SELECT d.shard = 0 AS first, min(a.started_at) AS from, max(a.ended_at) AS until, count(*)::int AS count
    FROM attempt a JOIN delivery d ON d.campaign_id = a.campaign_id AND d.id = a.delivery_id
    WHERE a.campaign_id = ${id} GROUP BY 1 ORDER BY 1 DESC`.execute(store.db)
  const [canary, others] = rows
  expect([canary?.count, others?.count]).toEqual([CANARY, PEOPLE - CANARY])
  expect(others?.from.getTime()).toBeGreaterThanOrEqual(canary?.until.getTime() ?? Infinity)
})

test('too many bounces: it stops by itself, nobody else was written to; resumed, everybody is', async () => {
  const id = await withCanary(6, 'unknown-550')
  await using worker = await work()
  await until('it stops', async () => (await stateOf(id))?.state === 'paused')
  await until('nothing is in the air', async () => !('sending' in (await states(store.db, id))))
  expect((await stateOf(id))?.pause_reason).toMatch(/of the first 40 messages bounced .*the limit is 5 %/)
  expect((await states(store.db, id))['pending']).toBeGreaterThanOrEqual(PEOPLE - CANARY)
  await resumeCampaign(store.db, id, act)
  // Those of the canary that had not been tried may bounce, too, and stop it once more.
  await until('it goes on to the end', async () => {
    const state = (await stateOf(id))?.state
    if (state === 'paused') await resumeCampaign(store.db, id, act)
    return state === 'finished'
  })
  expect(await states(store.db, id)).toEqual({ bounced: 6, sent: PEOPLE - 6 })
  await worker.drained()
})

test('too many blocks: it stops by itself before the blocked ones are tried again', async () => {
  const id = await withCanary(CANARY, 'blocked-554')
  await using _worker = await work()
  await until('it stops', async () => (await stateOf(id))?.state === 'paused')
  expect((await stateOf(id))?.pause_reason).toMatch(/of the first 40 messages were blocked/)
  await until('nothing is in the air', async () => !('sending' in (await states(store.db, id))))
  const { pending = 0, deferred = 0 } = await states(store.db, id)
  expect(pending + deferred).toBe(PEOPLE)
  const { rows } = await sql<{ charged: number }>`
    SELECT sum(attempt)::int AS charged FROM delivery WHERE campaign_id = ${id}`.execute(store.db)
  expect(rows[0]?.charged).toBe(0)
})

test('under a limit the canary goes first as well', async () => {
  const id = await withCanary(0, '')
  await using worker = await steeredWorker({
    store,
    log: memoryLog(),
    relays: { smtp: sink.url },
    limits: { smtp: { ...NO_LIMITS, perSecond: 120, connections: 3 } },
  })
  let early = 0
  await until('all is sent', async () => {
    const { rows } = await sql<{ early: number; left: number }>`
      SELECT count(*) FILTER (WHERE shard > 0 AND state <> 'pending')::int AS early,
        count(*) FILTER (WHERE shard = 0 AND state IN ('pending', 'sending'))::int AS left
      FROM delivery WHERE campaign_id = ${id}`.execute(store.db)
    if ((rows[0]?.left ?? 0) > 0) early = Math.max(early, rows[0]?.early ?? 0)
    return (await stateOf(id))?.state === 'finished'
  })
  await worker.drained()
  expect(early).toBe(0)
  expect(await states(store.db, id)).toEqual({ sent: PEOPLE })
})
