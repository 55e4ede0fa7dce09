// Endings reach the ledger under their fence, or not at all (rules 3, 7 and 10).
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimDue, type Claim } from '../../src/delivery/claims.ts'
import { pauseAfterFailures, recordEndings } from '../../src/delivery/endings.ts'
import { createMetrics } from '../../src/delivery/metrics.ts'
import { createSettler } from '../../src/delivery/settle.ts'
import type { Store } from '../../src/store/connect.ts'
import { attempts, keyOf, launchedCampaign, ledger, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { endingOf } from '../support/ending.ts'
import { memoryLog } from '../support/memory-log.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(async () => await store[Symbol.asyncDispose]())

async function claimed(addresses: number | string[]): Promise<{ id: string; claims: Claim[] }> {
  const id = await launchedCampaign(store.db, { addresses })
  const { claims } = await claimDue(store.db, {
    campaignId: id,
    shard: 0,
    transport: 'file',
    limit: 1000,
    leaseMs: 60_000,
  })
  return { id, claims }
}

test('rule 10: an ending writes the ledger row and an attempt with reply and sentence', async () => {
  const { id, claims } = await claimed(1)
  await recordEndings(
    store.db,
    claims.map((claim) => endingOf(claim)),
  )
  expect((await ledger(store.db, id))[0]).toMatchObject({
    state: 'sent',
    reason: null,
    attempt: 1,
    raw_sha256: Buffer.alloc(32, 7),
  })
  expect(await attempts(store.db, id)).toMatchObject([
    {
      fence: '1',
      number: 1,
      transport: 'file',
      ending: 'sent',
      reply_code: 250,
      reply_text: '2.0.0 ok',
      sentence: 'taken: 250 2.0.0 ok',
    },
  ])
})

test('rule 3: an ending with an old fence changes nothing and writes no attempt; the log says we were replaced', async () => {
  const { id, claims } = await claimed(2)
  const log = memoryLog()
  await using settler = createSettler(store.db, log, createMetrics())
  const [stale, fresh] = claims as [Claim, Claim]
  await Promise.all([settler.settle(endingOf(stale, { fence: '0' })), settler.settle(endingOf(fresh))])
  expect(await states(store.db, id)).toEqual({ sending: 1, sent: 1 })
  expect((await attempts(store.db, id)).map((attempt) => attempt.delivery_id)).toEqual([fresh.recipient.deliveryId])
  expect(log.lines).toMatchObject([
    { level: 'warn', detail: { deliveryId: stale.recipient.deliveryId }, message: expect.stringContaining('replaced') },
  ])
})

test('rule 3: an ending that comes twice counts once', async () => {
  const { id, claims } = await claimed(1)
  const endings = claims.map((claim) => endingOf(claim))
  expect((await recordEndings(store.db, endings)).size).toBe(1)
  expect((await recordEndings(store.db, endings)).size).toBe(0)
  expect((await ledger(store.db, id))[0]).toMatchObject({ state: 'sent', attempt: 1 })
})

test('rule 7: a hard bounce suppresses the address in the same statement, and the consent ledger says so', async () => {
  const { claims } = await claimed(['gone@bounce.example.org'])
  const bounced = {
    state: 'bounced',
    reason: 'no_mailbox',
    suppress: true,
    replyCode: 550,
    replyText: '5.1.1 unknown',
  } as const
  await recordEndings(
    store.db,
    claims.map((claim) => endingOf(claim, bounced)),
  )
  const key = keyOf('gone@bounce.example.org')
  const suppression = await store.db
    .selectFrom('suppression')
    .selectAll()
    .where('address_key', '=', key)
    .executeTakeFirst()
  expect(suppression).toMatchObject({ reason: 'hard_bounce', channel: 'bounce' })
  const events = await store.db
    .selectFrom('consent_event')
    .select(['act', 'basis'])
    .where('address_key', '=', key)
    .execute()
  expect(events).toEqual([{ act: 'suppressed', basis: 'hard_bounce' }])
})

test('rule 7: a released delivery is due again at once and pays nothing', async () => {
  const { id, claims } = await claimed(1)
  const released = {
    state: 'deferred',
    released: true,
    reason: 'transport',
    charged: false,
    nextAt: new Date(Date.now() - 1),
    messageId: null,
    sha256: null,
  } as const
  await recordEndings(
    store.db,
    claims.map((claim) => endingOf(claim, released)),
  )
  expect((await ledger(store.db, id))[0]).toMatchObject({ state: 'deferred', reason: 'transport', attempt: 0 })
  expect(await attempts(store.db, id)).toMatchObject([{ ending: 'released' }])
  const again = await claimDue(store.db, { campaignId: id, shard: 0, transport: 'file', limit: 1, leaseMs: 60_000 })
  expect(again.claims).toMatchObject([{ fence: '2', attempt: 0, released: 1 }])
})

test('rule 2: many endings are written in groups, and each settle resolves when its row is there', async () => {
  const { id, claims } = await claimed(230)
  await using settler = createSettler(store.db, memoryLog(), createMetrics())
  await Promise.all(claims.map((claim) => settler.settle(endingOf(claim))))
  expect(await states(store.db, id)).toEqual({ sent: 230 })
})

test('one ending the database refuses does not keep the others out', async () => {
  const { id, claims } = await claimed(3)
  const log = memoryLog()
  await using settler = createSettler(store.db, log, createMetrics())
  const endings = claims.map((claim, index) => endingOf(claim, index === 1 ? { replyText: 'NUL \0 inside' } : {}))
  await Promise.all(endings.map((ending) => settler.settle(ending)))
  expect(await states(store.db, id)).toEqual({ sent: 2, sending: 1 })
  expect(log.lines).toMatchObject([{ level: 'error', detail: { deliveryId: claims[1]?.recipient.deliveryId } }])
})

test('endings wait while the database drops its connections, and are written once', async () => {
  const { id, claims } = await claimed(40)
  const log = memoryLog()
  await using settler = createSettler(store.db, log, createMetrics())
  const settled = Promise.all(claims.map((claim) => settler.settle(endingOf(claim))))
  const own = await store.pool.connect()
  await own.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
  own.release()
  await settled
  expect(await states(store.db, id)).toEqual({ sent: 40 })
  expect(await attempts(store.db, id)).toHaveLength(40)
})

test('rule 7: the campaign pauses after N failures of its content, once, with the reason', async () => {
  const { id, claims } = await claimed(3)
  const failed = { state: 'failed', reason: 'content' } as const
  await recordEndings(
    store.db,
    claims.slice(0, 2).map((claim) => endingOf(claim, failed)),
  )
  expect(await pauseAfterFailures(store.db, id, ['content'], 3)).toBe(false)
  await recordEndings(
    store.db,
    claims.slice(2).map((claim) => endingOf(claim, failed)),
  )
  expect(await pauseAfterFailures(store.db, id, ['content'], 3)).toBe(true)
  expect(await pauseAfterFailures(store.db, id, ['content'], 3)).toBe(false)
  const campaign = await store.db
    .selectFrom('campaign')
    .select(['state', 'pause_reason'])
    .where('id', '=', id)
    .executeTakeFirst()
  expect(campaign).toEqual({ state: 'paused', pause_reason: '3 messages failed because of their content' })

  // Somebody looked at them and resumed: only what fails from now on counts.
  await sql`UPDATE campaign SET state = 'sending', pause_reason = NULL WHERE id = ${id}`.execute(store.db)
  await sql`INSERT INTO campaign_event (campaign_id, act, actor, at) VALUES (${id}, 'resumed', 'Dana', now())`.execute(
    store.db,
  )
  expect(await pauseAfterFailures(store.db, id, ['content'], 3)).toBe(false)
})
