// What the ledger refers to exists and stays, although no foreign key says so.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
let id = ''
beforeAll(async () => {
  store = await testDatabase()
  id = await launchedCampaign(store.db, { addresses: ['one@example.org', 'two@example.org'], transport: 'file' })
})
afterAll(() => store[Symbol.asyncDispose]())

const FOREIGN_KEY_VIOLATION = { code: '23503' }

const copy = (campaign: string, variant: number) =>
  sql`
  INSERT INTO delivery (campaign_id, subscriber_id, address_key, variant, shard, state, next_at, updated_at)
  SELECT ${campaign}, 77, sha256(gen_random_uuid()::text::bytea), ${variant}::int, 0, 'pending', now(), now()`.execute(
    store.db,
  )

const tried = (campaign: string, delivery: string) =>
  sql`
  INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, sentence, started_at, ended_at)
  VALUES (${campaign}, ${delivery}::bigint, 1, 1, 'file', 'sent', 'taken', now(), now())`.execute(store.db)

const first = async () =>
  await store.db
    .selectFrom('delivery')
    .select(['id', 'variant'])
    .where('campaign_id', '=', id)
    .orderBy('id')
    .executeTakeFirstOrThrow()

test('a delivery is of a known variant of a known campaign', async () => {
  const { variant } = await first()
  await expect(copy(id, 9_999)).rejects.toMatchObject(FOREIGN_KEY_VIOLATION)
  await expect(copy('no-such-campaign', variant)).rejects.toThrow(/no variant .* of a campaign no-such-campaign/)
})

test('an attempt is of a known delivery of its campaign', async () => {
  const { id: delivery } = await first()
  await expect(tried(id, '999999999')).rejects.toMatchObject(FOREIGN_KEY_VIOLATION)
  await expect(tried('another-one', delivery)).rejects.toThrow(/no delivery .* of a campaign another-one/)
  await expect(tried(id, delivery)).resolves.toBeDefined()
  await expect(sql`DELETE FROM delivery WHERE id = ${delivery}`.execute(store.db)).rejects.toMatchObject(
    FOREIGN_KEY_VIOLATION,
  )
})

test('a launched campaign keeps its variants, and its rows their keys', async () => {
  const refused = [
    sql`DELETE FROM campaign_variant WHERE campaign_id = ${id}`,
    sql`UPDATE campaign_variant SET variant = variant + 50 WHERE campaign_id = ${id}`,
    sql`DELETE FROM campaign WHERE id = ${id}`,
    sql`UPDATE delivery SET variant = variant + 1 WHERE campaign_id = ${id}`,
    sql`UPDATE attempt SET fence = fence + 1 WHERE campaign_id = ${id}`,
  ]
  for (const statement of refused)
    await expect(statement.execute(store.db)).rejects.toThrow(/stay as they are|keeps the key/)
})
