// The canary and the brake: who may be claimed before it is judged, what stops a campaign, and what a person's word changes.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cancelCampaign, campaignEvents, pauseCampaign, resumeCampaign } from '../../src/campaign/control.ts'
import { systemClock } from '../../src/core/clock.ts'
import { DEFAULT_STOP, judgeCanaries } from '../../src/delivery/canaries.ts'
import { claimDue } from '../../src/delivery/claims.ts'
import { dueShards } from '../../src/delivery/deliveries.ts'
import { sweep } from '../../src/delivery/sweep.ts'
import type { Store } from '../../src/store/connect.ts'
import { keyOf, launchedCampaign, ledger, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(async () => await store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE suppression, campaign, delivery, attempt CASCADE')
})

const act = { actor: 'ada', clock: systemClock }
const CANARY = 100

/** Returns the id of a campaign to 400 people, 100 of whom go first, in shard 0. */
async function withCanary(): Promise<string> {
  const id = await launchedCampaign(store.db, { addresses: 400, shards: 4 })
  await sql`UPDATE campaign SET open_shards = 1, canary = ${CANARY} WHERE id = ${id}`.execute(store.db)
  return id
}

type End = 'sent' | 'bounced' | 'deferred' | 'released' | 'blocked' | 'pending' | 'sending'

/** Ends deliveries of a shard that are pending: so many of each kind, in order; `others` is how the rest ends. */
async function end(
  id: string,
  shard: number,
  ends: readonly (readonly [End, number])[],
  others: End = 'sent',
): Promise<void> {
  const all = ends.flatMap(([kind, count]) => Array.from({ length: count }, () => kind))
  await sql`
    UPDATE delivery d SET
      state = CASE e.kind WHEN 'released' THEN 'deferred' WHEN 'blocked' THEN 'deferred' ELSE e.kind END,
      reason = CASE e.kind WHEN 'bounced' THEN 'no_mailbox' WHEN 'blocked' THEN 'block' WHEN 'deferred' THEN 'transient' WHEN 'released' THEN 'rate' END,
      attempt = (e.kind IN ('sent', 'bounced', 'deferred'))::int,
      next_at = CASE WHEN e.kind IN ('deferred', 'released', 'blocked', 'pending') THEN now() + interval '10 minutes' END,
      lease_until = CASE WHEN e.kind = 'sending' THEN now() + interval '10 minutes' END,
      sent_at = CASE WHEN e.kind = 'sent' THEN now() END, updated_at = clock_timestamp()
    FROM (
      SELECT p.id, coalesce((${all}::text[])[p.place], ${others}) AS kind
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM delivery WHERE campaign_id = ${id} AND shard = ${shard} AND state = 'pending') AS p
    ) AS e
    WHERE d.campaign_id = ${id} AND d.id = e.id`.execute(store.db)
}

async function complain(id: string, people: number): Promise<void> {
  for (const { address } of (await ledger(store.db, id)).slice(0, people))
    await sql`
      INSERT INTO suppression (address_key, reason, channel, set_by, set_at)
      VALUES (${keyOf(address)}, 'complaint', 'complaint', 'test', clock_timestamp())`.execute(store.db)
}

async function campaign(id: string) {
  return await store.db
    .selectFrom('campaign')
    .select(['state', 'pause_reason', 'open_shards', 'canary_done_at'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}
const judge = async (limits = DEFAULT_STOP) => await judgeCanaries(store.db, limits)
const NOTHING = { stopped: [], opened: [] }
const log = async (id: string) => (await campaignEvents(store.db, id)).map((event) => event.act)

test('before it is judged only its own shards are claimed and queued, afterwards all', async () => {
  const id = await withCanary()
  const claim = async (shard: number, isLimited: boolean) =>
    await claimDue(store.db, { campaignId: id, shard, transport: 'file', limit: 5, leaseMs: 60_000, isLimited })
  for (const isLimited of [false, true]) {
    expect((await claim(1, isLimited)).claims).toEqual([])
    expect((await claim(0, isLimited)).claims).toHaveLength(5)
  }
  expect(await dueShards(store.db, 10)).toEqual([{ campaignId: id, shard: 0 }])
  expect(await judge()).toEqual(NOTHING)
  await sql`UPDATE delivery SET state = 'pending', lease_until = NULL, next_at = now() WHERE state = 'sending'`.execute(
    store.db,
  )
  await end(id, 0, [])
  expect(await judge()).toEqual({ stopped: [], opened: [id] })
  expect((await claim(1, true)).claims).toHaveLength(5)
  expect((await dueShards(store.db, 10)).map((due) => due.shard)).toEqual([1, 2, 3])
})

test('it went well: one of all workers opens the campaign and writes down how it went', async () => {
  const id = await withCanary()
  await end(id, 0, [['bounced', 5]])
  const judged = await Promise.all(Array.from({ length: 6 }, () => judge()))
  expect(judged.flatMap((each) => each.opened)).toEqual([id])
  expect(await campaign(id)).toMatchObject({ state: 'sending', open_shards: 4 })
  const events = await campaignEvents(store.db, id)
  expect(events).toMatchObject([
    {
      act: 'canary passed',
      actor: 'delivery',
      detail: { messages: 100, bounced: 5, blocked: 0, complained: 0 },
    },
  ])
  expect(await judge()).toEqual(NOTHING)
})

test.each([
  ['bounces', [['bounced', 6]], '6 of the first 100 messages bounced (6.0 %, the limit is 5 %)'],
  ['blocks', [['blocked', 6]], '6 of the first 100 messages were blocked (6.0 %, the limit is 5 %)'],
] as const)(
  '%s above the limit pause it with a sentence, before all of it has been tried',
  async (_, ends, sentence) => {
    const id = await withCanary()
    await end(id, 0, [...ends, ['sent', 20]], 'pending')
    const judged = await Promise.all(Array.from({ length: 6 }, () => judge()))
    expect(judged.flatMap((each) => each.stopped)).toEqual([id])
    expect(await campaign(id)).toMatchObject({ state: 'paused', pause_reason: sentence, open_shards: 1 })
    expect(await campaignEvents(store.db, id)).toMatchObject([
      { act: 'paused', actor: 'delivery', detail: { reason: sentence } },
    ])
  },
)

test('complaints above the limit pause it, whatever else it has done', async () => {
  const id = await withCanary()
  await end(id, 0, [])
  await complain(id, 1)
  expect(await judge()).toEqual({ stopped: [id], opened: [] })
  expect((await campaign(id)).pause_reason).toBe(
    '1 of the first 100 messages drew a complaint (1.0 %, the limit is 0.3 %)',
  )
})

test('a complaint of before the launch is no complaint about it', async () => {
  const id = await withCanary()
  await end(id, 0, [])
  await complain(id, 5)
  await sql`UPDATE suppression SET set_at = set_at - interval '1 day'`.execute(store.db)
  expect(await judge()).toEqual({ stopped: [], opened: [id] })
})

test('limits that are switched off stop nothing', async () => {
  const id = await withCanary()
  await end(id, 0, [
    ['bounced', 50],
    ['blocked', 20],
  ])
  await complain(id, 20)
  await sql`UPDATE delivery SET attempt = 1 WHERE campaign_id = ${id} AND reason = 'block'`.execute(store.db)
  expect(await judge({ bounced: null, blocked: null, complained: null })).toEqual({ stopped: [], opened: [id] })
})

test('a person resumes it: it goes on, the same bounces do not stop it again, new ones do', async () => {
  const id = await withCanary()
  await end(id, 0, [['bounced', 10]], 'pending')
  expect((await judge()).stopped).toEqual([id])
  await resumeCampaign(store.db, id, act)
  expect(await judge()).toEqual(NOTHING)
  await end(id, 0, [['bounced', 5]], 'pending')
  expect(await judge()).toEqual(NOTHING)
  await end(id, 0, [['bounced', 1]], 'pending')
  expect((await judge()).stopped).toEqual([id])
  await resumeCampaign(store.db, id, act)
  await end(id, 0, [])
  expect(await judge()).toEqual({ stopped: [], opened: [id] })
  expect(await log(id)).toEqual(['paused', 'resumed', 'paused', 'resumed', 'canary passed'])
})

test('with late bounces to wait for it stays closed for that long, and what comes meanwhile still counts', async () => {
  const id = await withCanary()
  await sql`UPDATE campaign SET canary_wait_minutes = 30 WHERE id = ${id}`.execute(store.db)
  await end(id, 0, [])
  expect(await judge()).toEqual(NOTHING)
  const { canary_done_at: doneAt } = await campaign(id)
  expect(doneAt).not.toBeNull()
  const waited = async (minutes: number) =>
    await sql`UPDATE campaign SET canary_done_at = canary_done_at - make_interval(mins => ${minutes}::int) WHERE id = ${id}`.execute(
      store.db,
    )
  await waited(29)
  expect(await judge()).toEqual(NOTHING)
  await sql`
    UPDATE delivery SET state = 'bounced', reason = 'no_mailbox', updated_at = now()
    WHERE id IN (SELECT id FROM delivery WHERE campaign_id = ${id} AND state = 'sent' LIMIT 6)`.execute(store.db)
  await waited(1)
  expect(await judge()).toEqual({ stopped: [id], opened: [] })
})

test('what its receiver put off does not hold it up; what has not been tried, is in the air or came back uncharged does', async () => {
  for (const kind of ['pending', 'sending', 'released'] as const) {
    const id = await withCanary()
    await end(id, 0, [
      ['deferred', 30],
      [kind, 1],
    ])
    expect(await judge()).toEqual(NOTHING)
    await cancelCampaign(store.db, id, act)
  }
  const id = await withCanary()
  await end(id, 0, [['deferred', 99]])
  expect(await judge()).toEqual({ stopped: [], opened: [id] })
})

test('the brake: after the canary the shares are of the whole audience, without blocks', async () => {
  const id = await withCanary()
  await end(id, 0, [['bounced', 4]])
  expect((await judge()).opened).toEqual([id])
  await end(id, 1, [
    ['bounced', 16],
    ['blocked', 60],
  ])
  expect(await judge()).toEqual(NOTHING)
  await end(id, 2, [['bounced', 1]], 'pending')
  expect(await judge()).toEqual({ stopped: [id], opened: [] })
  expect((await campaign(id)).pause_reason).toBe('21 of 400 messages bounced (5.3 %, the limit is 5 %)')
})

test('a campaign that a person paused is neither stopped nor opened; resumed, it is judged as it stands', async () => {
  const id = await withCanary()
  await end(id, 0, [])
  await pauseCampaign(store.db, id, 'lunch', act)
  expect(await judge()).toEqual(NOTHING)
  expect(await campaign(id)).toMatchObject({ state: 'paused', pause_reason: 'lunch', open_shards: 1 })
  await resumeCampaign(store.db, id, act)
  expect(await judge()).toEqual({ stopped: [], opened: [id] })
})

test('cancelled while its canary is out: nobody else is written to and every delivery has an end', async () => {
  const id = await withCanary()
  await end(id, 0, [['deferred', 10]])
  await cancelCampaign(store.db, id, act)
  expect(await sweep(store.db)).toMatchObject({ cancelled: 310, opened: [], stopped: [] })
  expect(await states(store.db, id)).toEqual({ sent: 90, skipped: 310 })
})

test('past its deadline while its canary is out: the rest fails, and the campaign finishes', async () => {
  const id = await withCanary()
  await end(id, 0, [['sent', 40]], 'pending')
  await sql`UPDATE campaign SET expires_at = now() WHERE id = ${id}`.execute(store.db)
  expect(await sweep(store.db)).toMatchObject({ overdue: 360, finished: [id] })
  expect(await states(store.db, id)).toEqual({ sent: 40, failed: 360 })
})

test('a campaign without a canary has the brake alone', async () => {
  const id = await launchedCampaign(store.db, { addresses: 100 })
  await end(id, 0, [['bounced', 5]], 'pending')
  expect(await judge()).toEqual(NOTHING)
  await end(id, 0, [['bounced', 1]], 'pending')
  expect((await judge()).stopped).toEqual([id])
})
