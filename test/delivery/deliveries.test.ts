// What time moves on in the ledger, and what the operator may set right (rules 4, 8, 9 and 11, threat T26).
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancelCampaign } from '../../src/campaign/control.ts'
import { systemClock } from '../../src/core/clock.ts'
import { claimDue, recordBytes } from '../../src/delivery/claims.ts'
import { dueLaunches, dueShards, finishCampaigns, resolveDoubt, retryFailed } from '../../src/delivery/deliveries.ts'
import { recordEndings } from '../../src/delivery/endings.ts'
import { headline, progressOf } from '../../src/delivery/progress.ts'
import { sweep } from '../../src/delivery/sweep.ts'
import { tallyDeliveries } from '../../src/delivery/tallies.ts'
import type { Store } from '../../src/store/connect.ts'
import { attempts, launchedCampaign, ledger, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { endingOf } from '../support/ending.ts'

const AT_ONCE = { resendAfterMs: 0 }

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(async () => await store[Symbol.asyncDispose]())

const claim = async (campaignId: string, limit: number, leaseMs = 60_000) =>
  await claimDue(store.db, { campaignId, shard: 0, transport: 'file', limit, leaseMs })

test('rule 4: a lease that ends puts the delivery in doubt, never back to pending, and pays an attempt', async () => {
  const id = await launchedCampaign(store.db, { addresses: 2 })
  await claim(id, 1, -1)
  await claim(id, 1)
  await sweep(store.db, AT_ONCE)
  expect((await ledger(store.db, id)).map((row) => `${row.state} ${row.reason}`)).toEqual([
    'in_doubt lease_expired',
    'sending null',
  ])
  expect(await attempts(store.db, id)).toMatchObject([
    { ending: 'in_doubt', number: 1, transport: 'file', sentence: expect.stringContaining('vanished') },
  ])
})

test('rule 4: policy RESEND makes doubt due again and asks for the very same bytes', async () => {
  const id = await launchedCampaign(store.db, { addresses: 1, doubtPolicy: 'resend' })
  const first = await claim(id, 1, 50)
  const sha256 = Buffer.alloc(32, 9)
  expect(first.resends).toBe(true)
  await recordBytes(
    store.db,
    id,
    first.claims.map(({ recipient, fence }) => ({
      deliveryId: recipient.deliveryId,
      fence,
      messageId: 'one@example.org',
      sha256,
    })),
  )
  await sql`UPDATE delivery SET lease_until = now() - interval '1 second' WHERE campaign_id = ${id}`.execute(store.db)
  await sweep(store.db, AT_ONCE)
  expect((await ledger(store.db, id))[0]).toMatchObject({
    state: 'pending',
    reason: 'resend',
    message_id: 'one@example.org',
  })
  const [again] = (await claim(id, 1)).claims
  expect(again).toMatchObject({ fence: '2', attempt: 1, mustMatch: sha256 })
})

test('rule 4: a delivery that ends in doubt again and again is not sent for ever', async () => {
  const id = await launchedCampaign(store.db, { addresses: 1, doubtPolicy: 'resend' })
  for (let n = 0; n < 10; n++) {
    await claim(id, 1, -1)
    await sweep(store.db, AT_ONCE)
  }
  expect((await ledger(store.db, id))[0]).toMatchObject({ state: 'in_doubt', attempt: 6 })
})

test('rule 8: finished means nothing is pending, sending or deferred; the headline says what went wrong', async () => {
  const id = await launchedCampaign(store.db, { addresses: 4 })
  const { claims } = await claim(id, 3)
  const [a, b, c] = claims
  await recordEndings(store.db, [endingOf(a!), endingOf(b!, { state: 'failed', reason: 'content' })])
  await finishCampaigns(store.db)
  expect(await stateOf(id)).toBe('sending')
  await recordEndings(store.db, [endingOf(c!, { state: 'in_doubt', reason: 'no_reply' })])
  const last = await claim(id, 1)
  await finishCampaigns(store.db)
  expect(await stateOf(id)).toBe('sending')
  await recordEndings(
    store.db,
    last.claims.map((each) => endingOf(each)),
  )
  expect(await finishCampaigns(store.db)).toContain(id)
  const progress = progressOf(await tallyDeliveries(store.db, id))
  expect(headline(await stateOf(id), progress)).toBe('finished, 1 failed, 1 in doubt')
  expect(progress).toMatchObject({ total: 4, remainingMs: 0, outcomes: [{ outcome: 'unresolved', count: 4, sent: 2 }] })
  expect(progress.reasons).toContainEqual({ state: 'failed', reason: 'content', count: 1 })
})

test('rule 8: retry-failed makes failed deliveries due again and the campaign sending, with fresh attempts', async () => {
  const id = await launchedCampaign(store.db, { addresses: 2 })
  const { claims } = await claim(id, 2)
  await recordEndings(
    store.db,
    claims.map((each, n) => endingOf(each, n === 0 ? { state: 'failed', reason: 'content' } : {})),
  )
  await sweep(store.db, AT_ONCE)
  expect(await retryFailed(store.db, id, 'ada', 'unsendable')).toBe(0)
  expect(await retryFailed(store.db, id, 'ada')).toBe(1)
  expect(await stateOf(id)).toBe('sending')
  expect((await claim(id, 2)).claims).toMatchObject([{ attempt: 0, fence: '2' }])
})

test('the operator resolves doubt either way', async () => {
  const id = await launchedCampaign(store.db, { addresses: 1 })
  await claim(id, 1, -1)
  await sweep(store.db, AT_ONCE)
  expect(await stateOf(id)).toBe('finished')
  expect(await resolveDoubt(store.db, id, 'resend', 'ada')).toBe(1)
  expect(await stateOf(id)).toBe('sending')
  await claim(id, 1, -1)
  await sweep(store.db, AT_ONCE)
  expect(await resolveDoubt(store.db, id, 'sent', 'ada')).toBe(1)
  expect(await states(store.db, id)).toEqual({ sent: 1 })
})

test('rule 9: cancel turns the rest into skipped(cancelled), also what comes back deferred later', async () => {
  const id = await launchedCampaign(store.db, { addresses: 3 })
  const { claims } = await claim(id, 1)
  await cancelCampaign(store.db, id, { actor: 'ada', clock: systemClock })
  await sweep(store.db, AT_ONCE)
  expect(await states(store.db, id)).toEqual({ sending: 1, skipped: 2 })
  await recordEndings(
    store.db,
    claims.map((each) => endingOf(each, { state: 'deferred', reason: 'transient', nextAt: new Date() })),
  )
  expect((await claim(id, 1)).claims).toEqual([])
  await sweep(store.db, AT_ONCE)
  expect((await ledger(store.db, id)).map((row) => `${row.state} ${row.reason}`)).toEqual(
    Array(3).fill('skipped cancelled'),
  )
})

test('T26: after the deadline the sweep ends even what is deferred to a later hour as failed(deadline)', async () => {
  const id = await launchedCampaign(store.db, { addresses: 1, expiresInMs: -1 })
  await sql`UPDATE delivery SET state = 'deferred', reason = 'transient', next_at = now() + interval '1 day' WHERE campaign_id = ${id}`.execute(
    store.db,
  )
  await sweep(store.db, AT_ONCE)
  expect((await ledger(store.db, id))[0]).toMatchObject({ state: 'failed', reason: 'deadline' })
  expect(await stateOf(id)).toBe('finished')
})

test('rule 6: the ledger alone says which shards and launches are due', async () => {
  const id = await launchedCampaign(store.db, { addresses: 5, shards: 7 })
  const scheduled = await launchedCampaign(store.db, { addresses: 1, state: 'scheduled' })
  await launchedCampaign(store.db, { addresses: 1, state: 'paused' })
  const due = (await dueShards(store.db, 1000)).filter((each) => each.campaignId === id)
  expect(due.map((each) => each.shard)).toEqual([0, 1, 2, 3, 4])
  expect(await dueLaunches(store.db)).toEqual([scheduled])
})

test('rule 11: the sum of the states is always the audience', async () => {
  const id = await launchedCampaign(store.db, { addresses: 50 })
  const endings = ['sent', 'bounced', 'failed', 'in_doubt'] as const
  for (let n = 0; n < 12; n++) {
    const { claims } = await claim(id, 4, n % 3 === 0 ? -1 : 60_000)
    const some = claims
      .slice(0, n % 5)
      .map((each, place) => endingOf(each, { state: endings[(n + place) % 4]!, reason: 'test' }))
    await recordEndings(store.db, some)
    await sweep(store.db, AT_ONCE)
    expect(progressOf(await tallyDeliveries(store.db, id)).total).toBe(50)
  }
})

test('any number of sweeps at once do each thing once', async () => {
  const id = await launchedCampaign(store.db, { addresses: 30 })
  await claim(id, 30, -1)
  const swept = await Promise.all(Array.from({ length: 6 }, () => sweep(store.db, AT_ONCE)))
  expect(swept.reduce((sum, each) => sum + each.doubted, 0)).toBe(30)
  expect(swept.flatMap((each) => each.finished).filter((each) => each === id)).toHaveLength(1)
})

async function stateOf(id: string): Promise<string> {
  const campaign = await store.db.selectFrom('campaign').select('state').where('id', '=', id).executeTakeFirstOrThrow()
  return campaign.state
}
