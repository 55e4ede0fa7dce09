// The claim under throttles: it takes exactly what they allow, whoever else claims, and never what it does not send.
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { pauseCampaign, resumeCampaign } from '../../src/campaign/control.ts'
import { systemClock } from '../../src/core/clock.ts'
import { claimDue, type Claimed, type ClaimRequest } from '../../src/delivery/claims.ts'
import { pauseLane } from '../../src/delivery/lanes.ts'
import { declareLimits, limitCampaign, listThrottles, NO_LIMITS } from '../../src/delivery/throttles.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign, ledger, optOut, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ max: 12 })
})
afterAll(async () => await store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE throttle, lane')
})

const act = { actor: 'ada', clock: systemClock }

async function claim(campaignId: string, more: Partial<ClaimRequest> = {}): Promise<Claimed> {
  return await claimDue(store.db, {
    campaignId,
    shard: 0,
    transport: 'file',
    limit: 100,
    leaseMs: 60_000,
    isLimited: true,
    ...more,
  })
}

/** Returns the id of a campaign whose subscribers are with these providers, in this order. */
async function campaignTo(...providers: [provider: string, count: number][]): Promise<string> {
  const all = providers.flatMap(([provider, count]) => Array.from({ length: count }, () => provider))
  const id = await launchedCampaign(store.db, { addresses: all.length })
  await sql`
    UPDATE delivery d SET provider = p.provider
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM delivery WHERE campaign_id = ${id}) AS n
    JOIN unnest(${all}::text[]) WITH ORDINALITY AS p (provider, place) USING (place)
    WHERE d.id = n.id`.execute(store.db)
  return id
}

/** Returns how many of the claimed are with each provider, only those that occur. */
async function providersOf({ claims }: Claimed): Promise<Record<string, number>> {
  const ids = claims.map((each) => each.recipient.deliveryId)
  const { rows } = await sql<{ provider: string; count: number }>`
    SELECT provider, count(*)::int AS count FROM delivery WHERE id = ANY (${ids}::bigint[]) GROUP BY provider`.execute(
    store.db,
  )
  return Object.fromEntries(rows.map((row) => [row.provider, row.count]))
}

/** Leaves so many messages in a bucket, counted from now. */
async function fill(key: string, tokens: number): Promise<void> {
  await sql`UPDATE throttle SET tokens = ${tokens}, filled_at = clock_timestamp() WHERE key = ${key}`.execute(store.db)
}

async function usedToday(key: string): Promise<number | undefined> {
  return (await listThrottles(store.db)).find((each) => each.key === key)?.usedToday
}

test('a full bucket holds half a second of its rate; when it is empty the claim says for how long', async () => {
  const id = await launchedCampaign(store.db, { addresses: 30 })
  await declareLimits(store.db, 'file', { ...NO_LIMITS, perSecond: 8 })
  expect((await claim(id)).claims).toHaveLength(4)
  await fill('transport/file', -8)
  const { claims, at, waitMs } = await claim(id)
  expect([claims, at]).toEqual([[], null])
  expect(waitMs).toBeGreaterThan(200)
  expect(waitMs).toBeLessThanOrEqual(1125)
})

test('a slow rate still lets one message go at a time, and nobody waits longer than a minute for a look', async () => {
  const id = await launchedCampaign(store.db, { addresses: 3 })
  await declareLimits(store.db, 'file', { ...NO_LIMITS, perSecond: 0.001 })
  expect((await claim(id)).claims).toHaveLength(1)
  expect(await claim(id)).toMatchObject({ claims: [], waitMs: 60_000 })
})

test('claims of several connections at once never take more than the rate allows, and leave none of it lying', async () => {
  const id = await launchedCampaign(store.db, { addresses: 900 })
  const rate = 150
  await declareLimits(store.db, 'file', { ...NO_LIMITS, perSecond: rate })
  const from = await databaseMs()
  let claimed = 0
  const claimAll = async (): Promise<void> => {
    for (let now = from; now < from + 1_500; now = await databaseMs())
      for (const _claim of (await claim(id, { limit: 7 })).claims) claimed += 1
  }
  await Promise.all(Array.from({ length: 8 }, claimAll))
  const allowed = (rate * (CATCH_UP_MS + (await databaseMs()) - from)) / 1000
  expect(claimed).toBeLessThanOrEqual(allowed)
  expect(claimed).toBeGreaterThan(allowed / 2)
  expect(await states(store.db, id)).toMatchObject({ sending: claimed })
})

/** Starts claims that meet at the throttle: it is held until every one of them has begun. */
async function claimTogether(campaignId: string, claims: number): Promise<number> {
  const waiting = sql<{ count: number }>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  const started = await store.db.transaction().execute(async (tx) => {
    await sql`SELECT FROM throttle FOR UPDATE`.execute(tx)
    const all = Promise.all(Array.from({ length: claims }, () => claim(campaignId, { limit: 7 })))
    while ((await waiting.execute(store.db)).rows[0]?.count !== claims) await sleep(10)
    return { all }
  })
  return (await started.all).reduce((sum, each) => sum + each.claims.length, 0)
}

test('claims that come at the same moment take together exactly what the day allows', async () => {
  const id = await launchedCampaign(store.db, { addresses: 200 })
  await declareLimits(store.db, 'file', { ...NO_LIMITS, perDay: 61 })
  expect(await claimTogether(id, 10)).toBe(61)
  expect(await usedToday('transport/file')).toBe(61)
})

test('claims that come at the same moment take a full bucket once', async () => {
  const id = await launchedCampaign(store.db, { addresses: 200 })
  const rate = 20
  await declareLimits(store.db, 'file', { ...NO_LIMITS, perSecond: rate })
  const from = await databaseMs()
  const claimed = await claimTogether(id, 10)
  expect(claimed).toBeGreaterThanOrEqual((rate * CATCH_UP_MS) / 1000)
  expect(claimed).toBeLessThanOrEqual((rate * (CATCH_UP_MS + (await databaseMs()) - from)) / 1000)
})

test('the tightest of transport, campaign and provider decides', async () => {
  const id = await campaignTo(['google', 20], ['other', 20])
  await declareLimits(store.db, 'file', { perSecond: 20, perDay: 9, providers: { google: 4 } })
  await limitCampaign(store.db, id, 12)
  // 10 of the transport's rate, 9 of its day, 6 of the campaign, 2 of them Google's.
  expect(await providersOf(await claim(id))).toEqual({ google: 2, other: 4 })
  await fill('transport/file', 10)
  await limitCampaign(store.db, id, null)
  expect(await providersOf(await claim(id))).toMatchObject({ other: 3 })
  expect(await usedToday('transport/file')).toBe(9)
})

test('a campaign’s limit holds back that campaign alone', async () => {
  const slow = await launchedCampaign(store.db, { addresses: 10 })
  const other = await launchedCampaign(store.db, { addresses: 10 })
  await limitCampaign(store.db, slow, 2)
  expect((await claim(slow)).claims).toHaveLength(1)
  expect((await claim(slow)).waitMs).toBeGreaterThan(0)
  expect((await claim(other)).claims).toHaveLength(10)
})

test('the limits of one transport are not those of another whose name begins alike', async () => {
  const id = await launchedCampaign(store.db, { addresses: 10 })
  await store.db
    .updateTable('campaign')
    .set({ transports: ['smtp', 'smtp-2'] })
    .where('id', '=', id)
    .execute()
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perSecond: 2, providers: { other: 1 } })
  expect((await claim(id, { transport: 'smtp' })).claims).toHaveLength(1)
  expect((await claim(id, { transport: 'smtp-2' })).claims).toHaveLength(9)
})

test('a limited provider keeps nobody else out, however many of its messages are first in line', async () => {
  const id = await campaignTo(['google', 60], ['other', 40])
  await declareLimits(store.db, 'file', { ...NO_LIMITS, providers: { google: 4 } })
  for (let round = 0; round < 4; round++) {
    await fill('provider/file/google', 1)
    expect(await providersOf(await claim(id, { limit: 10 }))).toEqual({ google: 1, other: 9 })
  }
})

test('when only messages of a limited provider are left, the claim says when its next one may go', async () => {
  const id = await campaignTo(['google', 5])
  await declareLimits(store.db, 'file', { ...NO_LIMITS, providers: { google: 0.5, yahoo: 1 } })
  expect((await claim(id)).claims).toHaveLength(1)
  const { claims, waitMs } = await claim(id)
  expect(claims).toEqual([])
  expect(waitMs).toBeGreaterThan(500)
  expect(waitMs).toBeLessThanOrEqual(2_000)
})

test('nothing is held back and nothing is to wait for when the shard is empty', async () => {
  const id = await campaignTo(['google', 1])
  await declareLimits(store.db, 'file', { perSecond: 2, perDay: 1, providers: { google: 1 } })
  expect((await claim(id)).claims).toHaveLength(1)
  expect(await claim(id)).toMatchObject({ claims: [], ended: 0, waitMs: null })
})

test('who opted out costs the throttle nothing', async () => {
  const id = await campaignTo(['google', 4], ['other', 6])
  for (const row of (await ledger(store.db, id)).slice(2, 5)) await optOut(store.db, row.address)
  await declareLimits(store.db, 'file', { perSecond: 100, perDay: 5, providers: { google: 100 } })
  expect(await claim(id)).toMatchObject({ ended: 3, claims: { length: 2 } })
  expect(await usedToday('transport/file')).toBe(2)
  expect(await usedToday('provider/file/google')).toBe(2)
  expect((await claim(id)).claims).toHaveLength(3)
  expect(await states(store.db, id)).toEqual({ skipped: 3, sending: 5, pending: 2 })
})

test('a day that is used up is over at midnight UTC, and the next one counts from nothing', async () => {
  const id = await launchedCampaign(store.db, { addresses: 10 })
  await declareLimits(store.db, 'file', { ...NO_LIMITS, perSecond: 100, perDay: 4 })
  expect((await claim(id)).claims).toHaveLength(4)
  const { claims, waitMs } = await claim(id)
  expect(claims).toEqual([])
  const now = new Date(await databaseMs())
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1)
  expect(Math.abs((waitMs ?? 0) - (midnight - now.getTime()))).toBeLessThan(5_000)
  await sql`UPDATE throttle SET day = day - 1`.execute(store.db)
  expect(await usedToday('transport/file')).toBe(0)
  expect((await claim(id, { limit: 3 })).claims).toHaveLength(3)
  expect(await usedToday('transport/file')).toBe(3)
})

test('T19: the kill switch, a pause, a closed lane and a foreign transport win over what a throttle would allow, and cost it nothing', async () => {
  const id = await launchedCampaign(store.db, { addresses: 5 })
  await declareLimits(store.db, 'file', { ...NO_LIMITS, perSecond: 100, perDay: 100 })
  const nothing = { claims: [], ended: 0, waitMs: null }
  await store.db.updateTable('kill_switch').set({ engaged: true }).execute()
  expect(await claim(id)).toMatchObject(nothing)
  await store.db.updateTable('kill_switch').set({ engaged: false }).execute()
  await pauseCampaign(store.db, id, 'a word is wrong', act)
  expect(await claim(id)).toMatchObject(nothing)
  await resumeCampaign(store.db, id, act)
  expect(await claim(id, { transport: 'sendgrid' })).toMatchObject(nothing)
  await pauseLane(store.db, 'file', 60_000, 'the relay rests')
  expect(await claim(id)).toMatchObject(nothing)
  expect(await states(store.db, id)).toEqual({ pending: 5 })
  expect(await usedToday('transport/file')).toBe(0)
})

test('T26: after the deadline a claim under throttles ends what is due and spends nothing', async () => {
  const id = await launchedCampaign(store.db, { addresses: 5, expiresInMs: -1 })
  await declareLimits(store.db, 'file', { ...NO_LIMITS, perSecond: 100, perDay: 3 })
  expect(await claim(id)).toMatchObject({ claims: [], ended: 3 })
  expect(await usedToday('transport/file')).toBe(0)
  await claim(id)
  expect(await states(store.db, id)).toEqual({ failed: 5 })
})

test('a claim that waits while the limits are declared anew waits for nobody else: no deadlock', async () => {
  const id = await campaignTo(['google', 200], ['yahoo', 200], ['other', 200])
  const limits = [
    { perSecond: 5_000, perDay: null, providers: { google: 5_000, yahoo: 5_000 } },
    { perSecond: null, perDay: 100_000, providers: { other: 5_000 } },
  ]
  const claimAll = async (): Promise<number> => {
    let claimed = 0
    for (let round = 0; round < 25; round++) for (const _claim of (await claim(id, { limit: 6 })).claims) claimed += 1
    return claimed
  }
  const declareAll = async (): Promise<void> => {
    for (let round = 0; round < 25; round++) await declareLimits(store.db, 'file', limits[round % 2] ?? NO_LIMITS)
  }
  const [first, second] = await Promise.all([claimAll(), claimAll(), declareAll(), declareAll()])
  expect(await states(store.db, id)).toMatchObject({ sending: first + second })
})

/** How much the throttles let a lull be caught up. */
const CATCH_UP_MS = 500

async function databaseMs(): Promise<number> {
  const { rows } = await sql<{ ms: number }>`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms`.execute(
    store.db,
  )
  return rows[0]?.ms ?? 0
}
