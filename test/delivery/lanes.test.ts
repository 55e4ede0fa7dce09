// The circuit breaker of a transport: one failure is one failure, the pause grows with them, a message closes it.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  closeCircuit,
  openCircuit,
  openLane,
  openLanes,
  pausedLanes,
  pauseLane,
  restLane,
  resumeLane,
  viewLane,
} from '../../src/delivery/lanes.ts'
import { latestEntries } from '../../src/store/audit-entries.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ max: 12 })
})
afterAll(async () => await store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE lane')
})

const MINUTE = 60_000

async function campaignOn(...transports: string[]): Promise<string> {
  const id = await launchedCampaign(store.db, { addresses: 1 })
  await store.db.updateTable('campaign').set({ transports }).where('id', '=', id).execute()
  return id
}

/** Returns how long the pause was when it was set, in minutes. */
async function pauseMinutes(transport: string): Promise<number> {
  const { rows } = await sql<{ minutes: number }>`
    SELECT extract(epoch FROM paused_until - now())::float8 / 60 AS minutes FROM lane WHERE transport = ${transport}`.execute(
    store.db,
  )
  return Math.ceil(rows[0]?.minutes ?? 0)
}

async function endPause(transport: string): Promise<void> {
  await sql`UPDATE lane SET paused_until = now() WHERE transport = ${transport}`.execute(store.db)
}

test('the lanes of a campaign come in its order, without those whose circuit is open', async () => {
  const id = await campaignOn('smtp-2', 'smtp', 'file')
  expect(await openLanes(store.db, id)).toEqual(['smtp-2', 'smtp', 'file'])
  await openCircuit(store.db, 'smtp-2', MINUTE, 'down')
  expect(await openLanes(store.db, id)).toEqual(['smtp', 'file'])
  await pauseLane(store.db, 'smtp', MINUTE, 'blocked')
  expect(await openLanes(store.db, id)).toEqual(['file'])
  await endPause('smtp-2')
  expect(await openLanes(store.db, id)).toEqual(['smtp-2', 'file'])
})

test('a pinned campaign has its one lane or none; one that does not send has none', async () => {
  const id = await campaignOn('smtp')
  await openCircuit(store.db, 'smtp', MINUTE, 'down')
  expect(await openLanes(store.db, id)).toEqual([])
  await resumeLane(store.db, 'smtp')
  expect(await openLanes(store.db, id)).toEqual(['smtp'])
  await store.db.updateTable('campaign').set({ state: 'paused' }).where('id', '=', id).execute()
  expect(await openLanes(store.db, id)).toEqual([])
  expect(await openLanes(store.db, 'no-such-campaign')).toEqual([])
})

test('failures at the same moment count once', async () => {
  await Promise.all(Array.from({ length: 10 }, (_, n) => openCircuit(store.db, 'smtp', MINUTE, `refused ${n}`)))
  expect((await viewLane(store.db, 'smtp')).failures).toBe(1)
  expect(await pauseMinutes('smtp')).toBe(1)
})

test('each failure in a row doubles the pause, up to eight times; a message that is carried ends the row', async () => {
  const pauses: number[] = []
  for (let failure = 0; failure < 6; failure++) {
    await openCircuit(store.db, 'smtp', MINUTE, 'down')
    pauses.push(await pauseMinutes('smtp'))
    await endPause('smtp')
  }
  expect(pauses).toEqual([1, 2, 4, 8, 8, 8])
  await closeCircuit(store.db, 'smtp')
  expect((await viewLane(store.db, 'smtp')).failures).toBe(0)
  await openCircuit(store.db, 'smtp', MINUTE, 'down')
  expect(await pauseMinutes('smtp')).toBe(1)
})

test('a message of before the failure that still arrives does not end the pause', async () => {
  await openCircuit(store.db, 'smtp', MINUTE, 'down')
  await closeCircuit(store.db, 'smtp')
  expect(await pausedLanes(store.db)).toMatchObject([{ transport: 'smtp', reason: 'down' }])
})

test('the longer pause stays, with its reason', async () => {
  await pauseLane(store.db, 'smtp', 5 * MINUTE, 'blocked')
  await pauseLane(store.db, 'smtp', MINUTE, 'a short one')
  expect(await pausedLanes(store.db)).toMatchObject([{ reason: 'blocked' }])
  await openCircuit(store.db, 'smtp', MINUTE, 'down')
  expect([await pauseMinutes('smtp'), (await viewLane(store.db, 'smtp')).failures]).toEqual([5, 0])
  await pauseLane(store.db, 'smtp', 9 * MINUTE, 'a longer one')
  expect(await pausedLanes(store.db)).toMatchObject([{ reason: 'a longer one' }])
})

test('the operator’s word ends the pause and forgets the failures', async () => {
  await openCircuit(store.db, 'smtp', MINUTE, 'down')
  await resumeLane(store.db, 'smtp')
  expect(await pausedLanes(store.db)).toEqual([])
  expect((await viewLane(store.db, 'smtp')).failures).toBe(0)
})

test('what a person does to a lane is in the audit log', async () => {
  await restLane(store.db, 'smtp', 60_000, 'maintenance', 'ada')
  expect(await pausedLanes(store.db)).toMatchObject([{ transport: 'smtp', reason: 'maintenance' }])
  await openLane(store.db, 'smtp', 'grace')
  expect(await pausedLanes(store.db)).toEqual([])
  expect(await latestEntries(store.db, 2, 'lane/smtp')).toMatchObject([
    { actor: 'grace', act: 'resume lane' },
    { actor: 'ada', act: 'pause lane', reason: 'maintenance' },
  ])
})
