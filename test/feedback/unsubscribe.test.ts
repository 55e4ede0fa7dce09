// A wish to be left alone holds from the moment it is answered.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { claimDue } from '../../src/delivery/claims.ts'
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

interface Row {
  id: string
  subscriber_id: string
  address_key: Buffer
}

async function firstDelivery(): Promise<Row & { capability: { deliveryId: bigint; subscriberId: bigint } }> {
  const { rows } =
    await sql<Row>`SELECT id, subscriber_id, address_key FROM delivery WHERE campaign_id = ${id} ORDER BY id LIMIT 1`.execute(
      store.db,
    )
  const row = rows[0] as Row
  return { ...row, capability: { deliveryId: BigInt(row.id), subscriberId: BigInt(row.subscriber_id) } }
}

const ask = async (capability: { deliveryId: bigint; subscriberId: bigint }, requestedAt = new Date()) =>
  await unsubscribe(store.db, { capability, channel: 'one_click', requestedAt })
const suppressed = async () =>
  await store.db.selectFrom('suppression').select(['address_key', 'reason', 'channel']).execute()
const log = async () => await store.db.selectFrom('opt_out').selectAll().orderBy('id').execute()

test('the next claim of a running campaign skips who unsubscribed', async () => {
  const { capability, address_key } = await firstDelivery()
  expect(await ask(capability)).toBe('done')
  expect(await suppressed()).toEqual([{ address_key, reason: 'unsubscribe', channel: 'one_click' }])
  const claimed = await claimDue(store.db, { campaignId: id, shard: 0, transport: 'file', limit: 10, leaseMs: 60_000 })
  expect(claimed.claims.map((claim) => claim.recipient.address)).toEqual(['two@example.org'])
  expect(claimed.ended).toBe(1)
})

test('asking twice is fine: one suppression, two lines in the log', async () => {
  const { capability } = await firstDelivery()
  expect([await ask(capability), await ask(capability)]).toEqual(['done', 'already'])
  expect(await suppressed()).toHaveLength(1)
  expect((await log()).map((line) => line.effective_at >= line.requested_at)).toEqual([true, true])
})

test('an address that was changed since the message is suppressed under both names', async () => {
  const { capability, address_key } = await firstDelivery()
  await sql`UPDATE subscriber SET address = 'new@example.org', address_key = sha256('new'::bytea) WHERE id = ${String(capability.subscriberId)}`.execute(
    store.db,
  )
  expect(await ask(capability)).toBe('done')
  const keys = (await suppressed()).map((row) => row.address_key.toString('hex'))
  expect(keys).toHaveLength(2)
  expect(keys).toContain(address_key.toString('hex'))
})

test('a message that was for somebody else suppresses nobody but the person of the token', async () => {
  const { capability } = await firstDelivery()
  const { rows } =
    await sql<Row>`SELECT id, subscriber_id, address_key FROM delivery WHERE campaign_id = ${id} ORDER BY id DESC LIMIT 1`.execute(
      store.db,
    )
  const other = rows[0] as Row
  await ask({ deliveryId: BigInt(other.id), subscriberId: capability.subscriberId })
  expect((await suppressed()).some((row) => row.address_key.equals(other.address_key))).toBe(false)
})

test('a preview, or a person who is gone, changes nothing', async () => {
  expect(await ask({ deliveryId: 0n, subscriberId: 0n })).toBe('unknown')
  expect(await suppressed()).toEqual([])
  expect(await log()).toEqual([])
})

test('the log of wishes is append-only', async () => {
  await ask((await firstDelivery()).capability)
  await expect(store.pool.query('DELETE FROM opt_out')).rejects.toThrow('append-only')
})
