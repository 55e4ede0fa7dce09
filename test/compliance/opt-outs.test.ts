// The proof that nobody is written to after opting out, and that it would show.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { removeSuppression } from '../../src/audience/suppressions.ts'
import { checkCompliance } from '../../src/compliance/check.ts'
import { lateSends, latestOptOuts, optOutLatency } from '../../src/compliance/opt-outs.ts'
import { unsubscribe } from '../../src/feedback/unsubscribe.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
let id = ''
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query(
    'TRUNCATE subscriber, suppression, campaign, delivery, attempt, opt_out, consent_event CASCADE',
  )
  id = await launchedCampaign(store.db, { addresses: ['one@example.org', 'two@example.org'], transport: 'file' })
})

const first = async () =>
  await store.db
    .selectFrom('delivery')
    .select(['id', 'subscriber_id', 'address_key'])
    .where('campaign_id', '=', id)
    .orderBy('id')
    .executeTakeFirstOrThrow()

async function optOut(requestedAt = new Date()): Promise<void> {
  const { id: delivery, subscriber_id: subscriber } = await first()
  await unsubscribe(store.db, {
    capability: { deliveryId: BigInt(delivery), subscriberId: BigInt(subscriber) },
    channel: 'page',
    requestedAt,
  })
}

/** Writes an attempt that began so many seconds from now. */
async function sentAfter(seconds: number, ending = 'sent'): Promise<void> {
  const { id: delivery } = await first()
  await sql`
    INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, sentence, started_at, ended_at)
    VALUES (${id}, ${delivery}, ${seconds + 1_000}::bigint, 1, 'file', ${ending}, 'taken', now() + make_interval(secs => ${seconds}), now() + make_interval(secs => ${seconds}))`.execute(
    store.db,
  )
}

test('a message before the wish is no fault; one right after it was in the air; one later is a fault', async () => {
  await sentAfter(-60)
  await optOut()
  expect(await lateSends(store.db)).toEqual([])
  await sentAfter(2)
  expect(await lateSends(store.db)).toMatchObject([{ wasInTheAir: true }])
  await sentAfter(120)
  expect(await lateSends(store.db)).toMatchObject([
    { wasInTheAir: true },
    { wasInTheAir: false, reason: 'unsubscribe', campaignId: id },
  ])
  expect(await checkCompliance(store.db, new Date())).toMatchObject({
    isSound: false,
    sendsAfterOptOut: 1,
    inTheAir: 1,
  })
})

test('what never left counts as nothing', async () => {
  await optOut()
  await sentAfter(60, 'skipped')
  await sentAfter(61, 'released')
  expect(await lateSends(store.db)).toEqual([])
  expect(await checkCompliance(store.db, new Date())).toMatchObject({ isSound: true, sendsAfterOptOut: 0 })
})

test('who came back may be written to again', async () => {
  await optOut()
  const { address_key: addressKey } = await first()
  await removeSuppression(store.db, { addressKey, why: 'asked by phone', by: 'ada', at: new Date(Date.now() + 30_000) })
  await sentAfter(90)
  expect(await lateSends(store.db)).toEqual([])
})

test('the time from request to effect is measured', async () => {
  await optOut(new Date(Date.now() - 5_000))
  const latency = await optOutLatency(store.db, new Date(0))
  expect(latency.wishes).toBe(1)
  expect(latency.p99Ms).toBeGreaterThanOrEqual(5_000)
  expect(latency.p99Ms).toBe(latency.maxMs)
  expect(await latestOptOuts(store.db, 5)).toMatchObject([{ channel: 'page', deliveryId: (await first()).id }])
})

test('a clock that runs ahead makes no negative latency', async () => {
  await optOut(new Date(Date.now() + 60_000))
  const { maxMs } = await optOutLatency(store.db, new Date(0))
  expect(maxMs).toBeGreaterThanOrEqual(0)
  expect(maxMs).toBeLessThan(60_000)
})
