// A campaign that is already launched, made by SQL alone: what the delivery code finds in the ledger.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { randomWord } from '../../src/core/ids.ts'
import type { TransportKind } from '../../src/delivery/transport.ts'
import type { Db } from '../../src/store/connect.ts'

export interface CampaignFixture {
  /** One subscriber for each, in order; made up when only a number is given. */
  addresses: readonly string[] | number
  state?: 'draft' | 'scheduled' | 'sending' | 'paused'
  transport?: TransportKind
  doubtPolicy?: 'hold' | 'resend'
  shards?: number
  /** Milliseconds from now. */
  expiresInMs?: number
}

/** Returns the id of a campaign whose deliveries are pending and due. */
export async function launchedCampaign(db: Db, fixture: CampaignFixture): Promise<string> {
  const { state = 'sending', transport = 'file', doubtPolicy = 'hold', shards = 1, expiresInMs = 3_600_000 } = fixture
  const id = `test-${randomWord(10)}`
  const addresses =
    typeof fixture.addresses === 'number'
      ? Array.from({ length: fixture.addresses }, (_, n) => `${id}-n${n}@example.org`)
      : fixture.addresses
  const approved = state === 'draft' ? null : new Date()
  const launched = state === 'sending' || state === 'paused' ? new Date() : null
  await db
    .insertInto('campaign')
    .values({
      id,
      name: id,
      state,
      revision: 1,
      created_at: new Date(),
      approved_at: approved,
      approved_by: approved && 'test',
      approved_hash: approved && 'hash',
      launch_at: state === 'scheduled' ? new Date() : null,
      launched_at: launched,
      audience: launched && addresses.length,
      shards: launched && shards,
      open_shards: launched && shards,
      transports: [transport],
      doubt_policy: doubtPolicy,
      expires_at: new Date(Date.now() + expiresInMs),
    })
    .execute()
  await db
    .insertInto('campaign_variant')
    .values({ campaign_id: id, variant: 0, candidates: '', outcome: 'unresolved', match: '{}' })
    .execute()
  await addSubscribers(db, addresses)
  await sql`
    INSERT INTO delivery (campaign_id, subscriber_id, address_key, zip, variant, shard, state, next_at, updated_at)
    SELECT ${id}, s.id, s.address_key, s.zip, 0, (a.place - 1) % ${shards}::int, 'pending', now(), now()
    FROM unnest(${addresses}::text[]) WITH ORDINALITY AS a (address, place) JOIN subscriber s ON s.address = a.address
    ORDER BY a.place`.execute(db)
  return id
}

/** The tests' own key for an address: any 32 bytes do, as long as they are the same each time. */
export function keyOf(address: string): Buffer {
  return createHash('sha256').update(address.toLowerCase()).digest()
}

async function addSubscribers(db: Db, addresses: readonly string[]): Promise<void> {
  await sql`
    INSERT INTO subscriber (address, address_key, domain, first_name, zip, created_at, updated_at)
    SELECT address, key, split_part(address, '@', 2), 'Ada', '97212', now(), now()
    FROM unnest(${addresses}::text[], ${addresses.map(keyOf)}::bytea[]) AS a (address, key)
    ON CONFLICT (address_key) DO NOTHING`.execute(db)
}

/** Records an opt-out, as the pages and the feedback will. */
export async function optOut(db: Db, address: string): Promise<void> {
  await db
    .insertInto('suppression')
    .values({
      address_key: keyOf(address),
      reason: 'unsubscribe',
      channel: 'one_click',
      set_by: 'test',
      set_at: new Date(),
    })
    .execute()
}

export interface LedgerRow {
  id: string
  address: string
  state: string
  reason: string | null
  attempt: number
  fence: string
  message_id: string | null
  raw_sha256: Buffer | null
}

/** Returns the deliveries of a campaign in order. */
export async function ledger(db: Db, campaignId: string): Promise<LedgerRow[]> {
  const { rows } = await sql<LedgerRow>`
    SELECT d.id, s.address, d.state, d.reason, d.attempt, d.fence, d.message_id, d.raw_sha256
    FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id WHERE d.campaign_id = ${campaignId} ORDER BY d.id`.execute(
    db,
  )
  return rows
}

/** Returns how many deliveries are in each state, only those that occur. */
export async function states(db: Db, campaignId: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ state: string; count: number }>`
    SELECT state, count(*)::int AS count FROM delivery WHERE campaign_id = ${campaignId} GROUP BY state`.execute(db)
  return Object.fromEntries(rows.map((row) => [row.state, row.count]))
}

/** Returns the attempts of a campaign, by delivery and time. */
export async function attempts(db: Db, campaignId: string) {
  return await db
    .selectFrom('attempt')
    .selectAll()
    .where('campaign_id', '=', campaignId)
    .orderBy('delivery_id')
    .orderBy('fence')
    .execute()
}
