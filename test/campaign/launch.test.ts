// Launch: one frozen audience, one send, whatever changes or clicks around it.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findCampaign } from '../../src/campaign/campaigns.ts'
import { createComposer } from '../../src/campaign/composer.ts'
import { overrideStance } from '../../src/campaign/create.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import {
  ACT,
  SENDER,
  addSubscribers,
  approvedCampaign,
  draftCampaign,
  keyOf,
  replaced,
} from '../support/reference-campaign.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ reference: true })
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE subscriber, suppression, consent_event, campaign, delivery, attempt CASCADE')
})

const LAUNCH = { ...ACT, expect: null, transports: ['file'] } as const

interface LedgerRow {
  zip: string | null
  state: string
  reason: string | null
  outcome: string
  candidates: string
}

async function ledger(id: string): Promise<LedgerRow[]> {
  const { rows } = await sql<LedgerRow>`
    SELECT d.zip, d.state, d.reason, v.outcome, v.candidates FROM delivery d
    JOIN campaign_variant v ON v.campaign_id = d.campaign_id AND v.variant = d.variant
    WHERE d.campaign_id = ${id} ORDER BY d.subscriber_id`.execute(store.db)
  return rows
}

test('every subscriber gets one row, with the outcome of their ZIP', async () => {
  await addSubscribers(store.db, ['97212', '92373', '20001', '09001', '35203', '10118', null])
  const id = await approvedCampaign(store.db)
  expect(await launchCampaign(store.db, id, LAUNCH)).toEqual({
    audience: 7,
    skipped: 0,
    shards: 1,
    canary: 0,
    openShards: 1,
  })
  expect((await ledger(id)).map((row) => [row.zip, row.state, row.outcome])).toEqual([
    ['97212', 'pending', 'all_champions'],
    ['92373', 'pending', 'ambiguous'],
    ['20001', 'pending', 'no_vote'],
    ['09001', 'pending', 'unresolved'],
    ['35203', 'pending', 'all_opponents'],
    ['10118', 'pending', 'ambiguous'],
    [null, 'pending', 'unresolved'],
  ])
  expect((await findCampaign(store.db, id)).state).toBe('sending')
})

test('the suppressed are in the ledger as skipped, so that the sum of the states is the audience', async () => {
  const [first] = await addSubscribers(store.db, ['97212', '97212'])
  await store.db
    .insertInto('suppression')
    .values({
      address_key: keyOf(first ?? ''),
      reason: 'unsubscribe',
      channel: 'page',
      set_by: 'x',
      set_at: new Date(),
    })
    .execute()
  const id = await approvedCampaign(store.db)
  expect(await launchCampaign(store.db, id, LAUNCH)).toMatchObject({ audience: 2, skipped: 1 })
  expect((await ledger(id)).map((row) => [row.state, row.reason])).toEqual([
    ['skipped', 'suppressed'],
    ['pending', null],
  ])
})

test('the policies skip writes nobody whose seats are open or unknown', async () => {
  await addSubscribers(store.db, ['92373', '09001', '97212'])
  const id = await approvedCampaign(store.db, (files) => {
    files['campaign.yaml'] = replaced(
      replaced(files['campaign.yaml'], /^ambiguous: \w+/m, 'ambiguous: skip'),
      /^unresolved: \w+/m,
      'unresolved: skip',
    )
  })
  await launchCampaign(store.db, id, LAUNCH)
  expect((await ledger(id)).map((row) => [row.state, row.reason])).toEqual([
    ['skipped', 'ambiguous'],
    ['skipped', 'unresolved'],
    ['pending', null],
  ])
})

test('a seat that a person has chosen replaces what their ZIP leaves open', async () => {
  await addSubscribers(store.db, ['92373', '92373'])
  await sql`
    INSERT INTO subscriber_seat (subscriber_id, map_id, seat_id, basis, resolved_at)
    SELECT min(id), '115', 'US-H-CA-31', 'manual', now() FROM subscriber`.execute(store.db)
  const id = await approvedCampaign(store.db)
  await launchCampaign(store.db, id, LAUNCH)
  expect((await ledger(id)).map((row) => [row.outcome, row.candidates])).toEqual([
    ['all_champions', 'US-H-CA-31'],
    ['ambiguous', 'US-H-CA-08,US-H-CA-31,US-H-CA-36,US-H-CA-41,US-H-CA-42'],
  ])
})

test('another audience than expected refuses the launch and leaves nothing behind', async () => {
  await addSubscribers(store.db, ['97212', '97212'])
  const id = await approvedCampaign(store.db)
  await expect(launchCampaign(store.db, id, { ...LAUNCH, expect: 3 })).rejects.toMatchObject({
    code: 'audience_differs',
    message: expect.stringContaining('2 subscribers, not to the 3'),
  })
  expect(await ledger(id)).toEqual([])
  expect((await findCampaign(store.db, id)).state).toBe('approved')
  expect((await launchCampaign(store.db, id, { ...LAUNCH, expect: 2 })).audience).toBe(2)
})

test('T19: of two launches at the same moment one starts the send and the other is refused', async () => {
  await addSubscribers(store.db, ['97212', '20001'])
  const id = await approvedCampaign(store.db)
  const ends = await Promise.allSettled([launchCampaign(store.db, id, LAUNCH), launchCampaign(store.db, id, LAUNCH)])
  expect(ends.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected'])
  const refused = ends.find((end) => end.status === 'rejected')
  expect(refused?.reason).toMatchObject({ code: 'already_launched' })
  expect(await ledger(id)).toHaveLength(2)
})

test('T19: what nobody approved is not launched', async () => {
  await addSubscribers(store.db, ['97212'])
  const id = await draftCampaign(store.db)
  await expect(launchCampaign(store.db, id, LAUNCH)).rejects.toMatchObject({
    code: 'bad_transition',
    message: expect.stringContaining('is draft'),
  })
})

test('T19: an override after the approval voids it', async () => {
  await addSubscribers(store.db, ['97212'])
  const id = await approvedCampaign(store.db)
  await overrideStance(store.db, id, { bioguide: 'W000779', stance: 'neutral', reason: 'asked us' }, ACT)
  expect((await findCampaign(store.db, id)).state).toBe('draft')
  await expect(launchCampaign(store.db, id, LAUNCH)).rejects.toMatchObject({ code: 'bad_transition' })
})

test('T19: an override beside a launch either comes first and voids it, or is refused', async () => {
  await addSubscribers(store.db, ['97212'])
  const override = { bioguide: 'W000779', stance: 'neutral', reason: 'asked us' } as const
  for (let round = 0; round < 5; round++) {
    const id = await approvedCampaign(store.db)
    const [launched, overridden] = await Promise.allSettled([
      launchCampaign(store.db, id, LAUNCH),
      overrideStance(store.db, id, override, ACT),
    ])
    expect([launched.status, overridden.status].sort()).toEqual(['fulfilled', 'rejected'])
    const { state } = await findCampaign(store.db, id)
    expect(state).toBe(launched.status === 'fulfilled' ? 'sending' : 'draft')
    expect(await ledger(id)).toHaveLength(launched.status === 'fulfilled' ? 1 : 0)
  }
})

test('T19: a roll call that changed after the approval voids it', async () => {
  await addSubscribers(store.db, ['97212'])
  const id = await approvedCampaign(store.db)
  await sql`UPDATE roll_call SET content_sha256 = reverse(content_sha256) WHERE id = 's325-115.2017'`.execute(store.db)
  try {
    await expect(launchCampaign(store.db, id, LAUNCH)).rejects.toMatchObject({
      code: 'approval_void',
      message: expect.stringContaining('tester'),
    })
  } finally {
    await sql`UPDATE roll_call SET content_sha256 = reverse(content_sha256) WHERE id = 's325-115.2017'`.execute(
      store.db,
    )
  }
})

test('a blocking import issue that came up after the approval stops the launch', async () => {
  await addSubscribers(store.db, ['97212'])
  const id = await approvedCampaign(store.db)
  const detail = JSON.stringify({ subject: 'X000000', sentence: 'X000000 is in no legislators file.' })
  const issue = { roll_call_id: 'h708-115.2017', code: 'unknown_id', severity: 'blocking', detail } as const
  await store.db.insertInto('import_issue').values(issue).execute()
  try {
    await expect(launchCampaign(store.db, id, LAUNCH)).rejects.toMatchObject({
      code: 'blocked',
      message: expect.stringContaining('X000000 is in no legislators file'),
    })
    expect((await findCampaign(store.db, id)).state).toBe('approved')
  } finally {
    await store.db.deleteFrom('import_issue').where('code', '=', 'unknown_id').execute()
  }
})

test('whose implied consent has ended is skipped, until a later one; others are not', async () => {
  await addSubscribers(store.db, ['97212', '92373', '20001'])
  // Gives the first two of them a consent that has ended, and the second a new one.
  await sql`
    INSERT INTO consent_event (address_key, act, basis, at, expires_at)
    SELECT address_key, 'imported', 'donation', now() - interval '2 years', now() - interval '1 day' FROM subscriber WHERE zip IN ('97212', '92373')`.execute(
    store.db,
  )
  await sql`
    INSERT INTO consent_event (address_key, act, basis, at, expires_at)
    SELECT address_key, 'imported', 'donation', now(), now() + interval '2 years' FROM subscriber WHERE zip = '92373'`.execute(
    store.db,
  )
  const id = await approvedCampaign(store.db)
  await launchCampaign(store.db, id, LAUNCH)
  expect(
    (await ledger(id))
      .filter(({ zip }) => zip !== '20001')
      .map(({ zip, state, reason }) => [zip, state, reason])
      .toSorted(([a], [b]) => String(a).localeCompare(String(b))),
  ).toEqual([
    ['92373', 'pending', null],
    ['97212', 'skipped', 'consent_expired'],
  ])
})

test('who left the topic of the campaign, or takes a break, is skipped; other topics and breaks that are over are not', async () => {
  await addSubscribers(store.db, ['97212', '92373', '20001', '10001'])
  await sql`
    INSERT INTO subscriber_wish (subscriber_id, topics_off, paused_until, changed_at)
    SELECT s.id, w.topics_off, w.paused_until, now() FROM (VALUES
      ('97212', '{advocacy}'::text[], NULL::timestamptz), ('92373', '{}', now() + interval '1 day'),
      ('20001', '{fundraising,commercial}', NULL), ('10001', '{}', now() - interval '1 day')
    ) AS w (zip, topics_off, paused_until) JOIN subscriber s USING (zip)`.execute(store.db)
  const id = await approvedCampaign(store.db)
  await launchCampaign(store.db, id, LAUNCH)
  const found = Object.fromEntries((await ledger(id)).map(({ zip, reason }) => [zip, reason]))
  expect(found).toEqual({ '97212': 'topic_off', '92373': 'on_pause', '20001': null, '10001': null })
})

test('who subscribes after the launch is not in it, and a changed position changes no frozen message', async () => {
  await addSubscribers(store.db, ['97212'])
  const id = await approvedCampaign(store.db)
  await launchCampaign(store.db, id, LAUNCH)
  await addSubscribers(store.db, ['97212'], 'late')
  const recipient = await firstRecipient(id)
  const before = (await createComposer(store.db, SENDER).compose(recipient)).raw()
  await sql`UPDATE position SET option = 'yea', option_raw = 'Yea' WHERE roll_call_id = 'h708-115.2017' AND seat_id = 'US-H-OR-03'`.execute(
    store.db,
  )
  try {
    const after = (await createComposer(store.db, SENDER).compose(recipient)).raw()
    expect(after.equals(before)).toBe(true)
    expect(after.toString()).toContain('Blumenauer')
  } finally {
    await sql`UPDATE position SET option = 'nay', option_raw = 'Nay' WHERE roll_call_id = 'h708-115.2017' AND seat_id = 'US-H-OR-03'`.execute(
      store.db,
    )
  }
  expect(await ledger(id)).toHaveLength(1)
})

test('people of one variant have neighbouring rows, and shards of about one size', async () => {
  const zips = Array.from({ length: 3200 }, (_, index) => ['97212', '20001', '35203', '01001'][index % 4] ?? null)
  await addSubscribers(store.db, zips)
  const id = await approvedCampaign(store.db)
  expect((await launchCampaign(store.db, id, LAUNCH)).shards).toBe(4)
  const { rows } = await sql<{ shard: number; size: number; variants: number }>`
    SELECT shard, count(*)::int AS size, count(DISTINCT variant)::int AS variants FROM delivery WHERE campaign_id = ${id} GROUP BY shard ORDER BY shard`.execute(
    store.db,
  )
  expect(rows).toEqual([0, 1, 2, 3].map((shard) => ({ shard, size: 800, variants: 1 })))
})

test('nobody to write to is said and not launched', async () => {
  await addSubscribers(store.db, ['97212'])
  const id = await approvedCampaign(store.db)
  await store.pool.query('TRUNCATE subscriber CASCADE')
  await expect(launchCampaign(store.db, id, LAUNCH)).rejects.toMatchObject({ code: 'no_audience' })
})

async function firstRecipient(id: string) {
  const { rows } = await sql<{
    deliveryId: string
    subscriberId: string
    address: string
    variant: number
    zip: string
  }>`
    SELECT d.id AS "deliveryId", s.id AS "subscriberId", s.address, d.variant, d.zip FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id
    WHERE d.campaign_id = ${id} ORDER BY d.id LIMIT 1`.execute(store.db)
  const row = rows[0]
  if (!row) throw new Error('the ledger is empty')
  return { ...row, campaignId: id, firstName: 'Sam', lastName: 'Sample', needsSmtpUtf8: false }
}
