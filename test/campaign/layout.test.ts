// Who goes first: how many, in which shards, and that every variant is among them.
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { layOut, type CanaryPlan } from '../../src/campaign/layout.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { ACT, addSubscribers, approvedCampaign, keyOf } from '../support/reference-campaign.ts'

const ONE_PERCENT: CanaryPlan = { percent: 1, least: 100, most: 2_000, waitMinutes: 0 }

let store: Store
beforeAll(async () => {
  store = await testDatabase({ reference: true })
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE subscriber, suppression, campaign, delivery, attempt CASCADE')
})

test.each([
  [999, 0],
  [1_000, 100],
  [50_000, 500],
  [1_000_000, 2_000],
])('of %d subscribers %d go first by the default settings', (audience, canary) => {
  expect(layOut(audience, ONE_PERCENT).canary).toBe(canary)
})

test('without a plan nobody goes first and all shards are open', () => {
  expect(layOut(10, null)).toEqual({ canary: 0, canaryShards: 0, shards: 1 })
})

test('whatever the plan: the canary is within its bounds, has shards of its own, and leaves one for the others', () => {
  const plans = fc
    .record({
      percent: fc.double({ min: 0.001, max: 100, noNaN: true }),
      least: fc.integer({ min: 1, max: 5_000 }),
      most: fc.integer({ min: 1, max: 100_000 }),
    })
    .map((plan): CanaryPlan => ({ ...plan, waitMinutes: 0 }))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000_000 }), plans, (audience, plan) => {
      const { canary, canaryShards, shards } = layOut(audience, plan)
      expect(canary).toBeLessThanOrEqual(Math.min(audience, plan.most))
      expect(canary === 0 || canary >= Math.min(plan.least, plan.most, audience)).toBe(true)
      // No more than a tenth goes first, unless the settings ask for more.
      expect(canary).toBeLessThanOrEqual(Math.max(audience / 10, Math.ceil((audience * plan.percent) / 100)))
      expect(canaryShards === 0).toBe(canary === 0)
      expect(canaryShards).toBeLessThanOrEqual(canary)
      expect(shards).toBeGreaterThan(canaryShards)
    }),
  )
})

interface ShardRow {
  shard: number
  variant: number
  state: string
}

async function launched(people: number, canary: CanaryPlan, optedOut = 0) {
  const zips = ['97212', '20001', '35203', '01001', '92373']
  // Variants of very different sizes: half of all people have the first, a thirtieth the last.
  const addresses = await addSubscribers(
    store.db,
    Array.from({ length: people }, (_, n) => zips[Math.floor(Math.log2(32 / (1 + (n % 31))))] ?? null),
  )
  await sql`
    INSERT INTO suppression (address_key, reason, channel, set_by, set_at)
    SELECT key, 'unsubscribe', 'page', 'x', now() FROM unnest(${addresses.slice(0, optedOut).map(keyOf)}::bytea[]) AS a (key)`.execute(
    store.db,
  )
  const id = await approvedCampaign(store.db)
  const result = await launchCampaign(store.db, id, { ...ACT, expect: null, transports: ['file'], canary })
  const { rows } = await sql<ShardRow>`
    SELECT shard, variant, state FROM delivery WHERE campaign_id = ${id} ORDER BY id`.execute(store.db)
  return { ...result, rows }
}

test.each([
  ['a tenth', 10],
  ['two fifths', 40],
  ['two thirds', 67],
  ['nearly all', 99],
])(
  '%s goes first: everybody has a shard, and each variant is in the canary as often as in the audience',
  async (_, percent) => {
    const plan = { percent, least: 10, most: 10_000, waitMinutes: 0 }
    const { rows, canary, openShards, shards } = await launched(1_203, plan)
    const size = Math.ceil((1_203 * percent) / 100)
    expect([rows.length, canary]).toEqual([1_203, size])
    expect(rows.every(({ shard }) => shard >= 0 && shard < shards)).toBe(true)
    expect(rows.filter(({ shard }) => shard < openShards)).toHaveLength(size)
    for (const [variant, people] of Map.groupBy(rows, (row) => row.variant)) {
      const first = people.filter(({ shard }) => shard < openShards).length
      expect(Math.abs(first - (people.length * size) / 1_203), `variant ${variant}`).toBeLessThanOrEqual(1)
    }
  },
)

test('who is skipped at once is no part of the canary; when only such people are, all shards are open', async () => {
  const plan = { percent: 10, least: 10, most: 10_000, waitMinutes: 0 }
  const some = await launched(310, plan, 155)
  const first = some.rows.filter(({ shard }) => shard < some.openShards)
  expect(first).toHaveLength(31)
  expect(some.canary).toBe(first.filter(({ state }) => state === 'pending').length)
  expect(some.canary).toBeLessThan(31)
  await store.pool.query('TRUNCATE subscriber, suppression, campaign, delivery, attempt CASCADE')
  const none = await launched(310, plan, 310)
  expect([none.canary, none.openShards]).toEqual([0, none.shards])
})
