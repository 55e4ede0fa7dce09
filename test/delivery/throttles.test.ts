// Limits as the settings declare them, and a transport that a receiver slows down and that gets faster again.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { pausedLanes, pauseLane, viewLane } from '../../src/delivery/lanes.ts'
import {
  DAY_USED_UP,
  declareLimits,
  easeTransports,
  limitCampaign,
  listThrottles,
  NO_LIMITS,
  slowTransport,
  type ThrottleState,
} from '../../src/delivery/throttles.ts'
import { beat } from '../../src/delivery/worker-slots.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ max: 12 })
})
afterAll(async () => await store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE throttle, lane, worker CASCADE')
})

const STEP = { everyMs: 0, factor: 1.5, freeAtPerSecond: 100 }

async function throttle(key: string): Promise<ThrottleState | undefined> {
  return (await listThrottles(store.db)).find((each) => each.key === key)
}
const rates = async () => (await listThrottles(store.db)).map((each) => [each.key, each.perSecond, each.perDay])

/** As if the last change had been `seconds` ago. */
async function later(seconds: number): Promise<void> {
  await sql`
    UPDATE throttle SET slowed_at = slowed_at - make_interval(secs => ${seconds}::float8),
      eased_at = eased_at - make_interval(secs => ${seconds}::float8)`.execute(store.db)
}

test('declared limits are one row each; those changed at a restart take effect, those taken away are gone', async () => {
  await declareLimits(store.db, 'smtp', { perSecond: 50, perDay: 1_000, providers: { google: 5, yahoo: 2 } })
  await declareLimits(store.db, 'smtp-2', { ...NO_LIMITS, perSecond: 7 })
  expect(await rates()).toEqual([
    ['provider/smtp/google', 5, null],
    ['provider/smtp/yahoo', 2, null],
    ['transport/smtp', 50, 1_000],
    ['transport/smtp-2', 7, null],
  ])
  await declareLimits(store.db, 'smtp', { perSecond: 80, perDay: null, providers: { yahoo: 3 } })
  expect(await rates()).toEqual([
    ['provider/smtp/yahoo', 3, null],
    ['transport/smtp', 80, null],
    ['transport/smtp-2', 7, null],
  ])
  await declareLimits(store.db, 'smtp', NO_LIMITS)
  expect(await rates()).toEqual([['transport/smtp-2', 7, null]])
})

test('declaring the same again keeps what the day has used', async () => {
  const limits = { ...NO_LIMITS, perDay: 100 }
  await declareLimits(store.db, 'smtp', limits)
  await sql`UPDATE throttle SET used_today = 60, day = (now() AT TIME ZONE 'UTC')::date`.execute(store.db)
  await declareLimits(store.db, 'smtp', limits)
  await declareLimits(store.db, 'smtp', { ...limits, perDay: 200 })
  expect(await throttle('transport/smtp')).toMatchObject({ perDay: 200, usedToday: 60 })
})

test('a lane that rests because its day is used up goes on when the settings allow more, and only then', async () => {
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perDay: 100 })
  await sql`UPDATE throttle SET used_today = 100, day = (now() AT TIME ZONE 'UTC')::date`.execute(store.db)
  await pauseLane(store.db, 'smtp', 3_600_000, DAY_USED_UP)
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perDay: 90 })
  expect(await pausedLanes(store.db)).toHaveLength(1)
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perDay: 101 })
  expect(await pausedLanes(store.db)).toEqual([])
  await pauseLane(store.db, 'smtp', 3_600_000, 'the receiver blocks us')
  await declareLimits(store.db, 'smtp', NO_LIMITS)
  expect(await pausedLanes(store.db)).toMatchObject([{ reason: 'the receiver blocks us' }])
})

test('a transport that a receiver slowed stays slow whatever is declared, and never goes above it', async () => {
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perSecond: 40, perDay: 500 })
  expect(await slowTransport(store.db, 'smtp', 100, 'too many messages')).toBe(20)
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perSecond: 60 })
  expect(await throttle('transport/smtp')).toMatchObject({ perSecond: 20, ceiling: 60, perDay: null })
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perSecond: 10 })
  expect(await throttle('transport/smtp')).toMatchObject({ perSecond: 10, ceiling: 10 })
  expect((await throttle('transport/smtp'))?.slowReason).toBe('too many messages')
})

test('limits that are taken away while the transport is slow are gone when it is fast again', async () => {
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perSecond: 40, perDay: 500 })
  await slowTransport(store.db, 'smtp', 100, 'too many messages')
  await declareLimits(store.db, 'smtp', NO_LIMITS)
  expect(await throttle('transport/smtp')).toMatchObject({ perSecond: 20, ceiling: null, perDay: null })
  for (let step = 0; step < 4; step++) await easeTransports(store.db, STEP)
  expect(await listThrottles(store.db)).toEqual([])
})

test('ten connections that hear "slow down" at once halve the rate once, and the next time only after five seconds', async () => {
  const slowAll = async () =>
    (await Promise.all(Array.from({ length: 10 }, () => slowTransport(store.db, 'smtp', 80, 'too many')))).filter(
      (rate) => rate !== null,
    )
  expect(await slowAll()).toEqual([40])
  await later(4)
  expect(await slowAll()).toEqual([])
  await later(1.5)
  expect(await slowAll()).toEqual([20])
})

test('what is halved is the rate in force, not what was carried while all was refused', async () => {
  await slowTransport(store.db, 'smtp', 80, 'too many')
  await later(6)
  expect(await slowTransport(store.db, 'smtp', 0, 'too many')).toBe(20)
  await later(6)
  expect(await slowTransport(store.db, 'smtp', 0.5, 'too many')).toBe(10)
})

test('a limit far above what is sent is no help: the first halving is of what was sent', async () => {
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perSecond: 1_000 })
  expect(await slowTransport(store.db, 'smtp', 30, 'too many')).toBe(15)
  expect(await throttle('transport/smtp')).toMatchObject({ perSecond: 15, ceiling: 1_000 })
})

test('a worker that has carried nothing yet knows no rate: half of the limit, or half a message a second', async () => {
  expect(await slowTransport(store.db, 'smtp', 0, 'too many')).toBe(0.5)
  await declareLimits(store.db, 'smtp-2', { ...NO_LIMITS, perSecond: 40 })
  expect(await slowTransport(store.db, 'smtp-2', 0, 'too many')).toBe(20)
  await declareLimits(store.db, 'smtp-3', { ...NO_LIMITS, perDay: 40 })
  expect(await slowTransport(store.db, 'smtp-3', 0, 'too many')).toBe(0.5)
})

test('what one worker has sent stands for as much of each that is alive', async () => {
  for (const id of ['one', 'two', 'three', 'gone']) await beat(store.db, id)
  await sql`UPDATE worker SET seen_at = now() - interval '1 minute' WHERE id = 'gone'`.execute(store.db)
  expect(await slowTransport(store.db, 'smtp', 20, 'too many')).toBe(30)
})

test('it never gets slower than a message a minute', async () => {
  for (let round = 0; round < 20; round++) {
    await slowTransport(store.db, 'smtp', 1, 'too many')
    await later(6)
  }
  expect((await throttle('transport/smtp'))?.perSecond).toBeCloseTo(1 / 60)
})

test('it gets a step faster after each quiet spell, and at its limit it is as before', async () => {
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, perSecond: 40 })
  await slowTransport(store.db, 'smtp', 100, 'too many')
  const plan = { ...STEP, everyMs: 30_000 }
  await easeTransports(store.db, plan)
  expect((await throttle('transport/smtp'))?.perSecond).toBe(20)
  await later(31)
  await Promise.all(Array.from({ length: 5 }, () => easeTransports(store.db, plan)))
  expect(await throttle('transport/smtp')).toMatchObject({ perSecond: 30, slowReason: 'too many' })
  await later(31)
  await easeTransports(store.db, plan)
  expect(await throttle('transport/smtp')).toMatchObject({ perSecond: 40, slowedAt: null, slowReason: null })
})

test('a new complaint starts the quiet spell anew', async () => {
  await slowTransport(store.db, 'smtp', 80, 'too many')
  await later(31)
  await slowTransport(store.db, 'smtp', 80, 'still too many')
  await easeTransports(store.db, { ...STEP, everyMs: 30_000 })
  expect(await throttle('transport/smtp')).toMatchObject({ perSecond: 20, slowReason: 'still too many' })
})

test('a transport without a limit is free again above a rate; one with a limit a day keeps that alone', async () => {
  await slowTransport(store.db, 'smtp', 150, 'too many')
  await declareLimits(store.db, 'smtp-2', { ...NO_LIMITS, perDay: 9 })
  await slowTransport(store.db, 'smtp-2', 150, 'too many')
  await easeTransports(store.db, STEP)
  expect(await listThrottles(store.db)).toMatchObject([
    { key: 'transport/smtp-2', perSecond: null, perDay: 9, slowedAt: null },
  ])
})

test('a lane is limited by its own throttles and by those of campaigns that may send, by no others', async () => {
  const isLimited = async (lane: string) => (await viewLane(store.db, lane)).isLimited
  await declareLimits(store.db, 'smtp', { ...NO_LIMITS, providers: { google: 5 } })
  expect([await isLimited('smtp'), await isLimited('smtp-2'), await isLimited('smt')]).toEqual([true, false, false])
  const id = await launchedCampaign(store.db, { addresses: 1 })
  await limitCampaign(store.db, id, 5)
  expect(await isLimited('smtp-2')).toBe(true)
  await sql`UPDATE campaign SET state = 'finished', finished_at = now() WHERE id = ${id}`.execute(store.db)
  expect(await isLimited('smtp-2')).toBe(false)
  await sql`UPDATE campaign SET state = 'sending', finished_at = NULL WHERE id = ${id}`.execute(store.db)
  await limitCampaign(store.db, id, null)
  expect(await isLimited('smtp-2')).toBe(false)
})
