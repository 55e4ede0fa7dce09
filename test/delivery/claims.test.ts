// Who may be claimed, decided by the database in one statement (rules 1 and 9, threats T19 and T26).
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimDue, confirmClaims, type ClaimRequest } from '../../src/delivery/claims.ts'
import { pauseLane, resumeLane } from '../../src/delivery/lanes.ts'
import type { Store } from '../../src/store/connect.ts'
import { attempts, launchedCampaign, ledger, optOut, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(async () => await store[Symbol.asyncDispose]())

function request(campaignId: string, more: Partial<ClaimRequest> = {}): ClaimRequest {
  return { campaignId, shard: 0, transport: 'file', limit: 100, leaseMs: 60_000, ...more }
}

test('rule 1: a claim moves what is due to sending, with a new fence, and returns what the send needs', async () => {
  const id = await launchedCampaign(store.db, { addresses: ['ada@example.org'] })
  const claimed = await claimDue(store.db, request(id))
  const [row] = await ledger(store.db, id)
  expect(claimed.claims).toEqual([
    {
      recipient: {
        campaignId: id,
        deliveryId: row?.id,
        subscriberId: expect.stringMatching(/^\d+$/),
        address: 'ada@example.org',
        firstName: 'Ada',
        lastName: '',
        zip: '97212',
        variant: 0,
        needsSmtpUtf8: false,
      },
      fence: '1',
      attempt: 0,
      released: 0,
      mustMatch: null,
    },
  ])
  expect(row).toMatchObject({ state: 'sending', fence: '1' })
  expect((await claimDue(store.db, request(id))).claims).toEqual([])
})

test('rule 1: an opt-out committed before the claim wins, in the same statement, with its attempt row', async () => {
  const id = await launchedCampaign(store.db, { addresses: ['leaver@example.org', 'stayer@example.org'] })
  await optOut(store.db, 'leaver@example.org')
  const claimed = await claimDue(store.db, request(id))
  expect(claimed.claims.map((claim) => claim.recipient.address)).toEqual(['stayer@example.org'])
  expect(claimed.ended).toBe(1)
  expect((await ledger(store.db, id))[0]).toMatchObject({ state: 'skipped', reason: 'opted_out' })
  expect(await attempts(store.db, id)).toMatchObject([
    { ending: 'skipped', sentence: expect.stringContaining('opted out') },
  ])
})

test('rule 1: a subscriber who was erased after the launch is skipped', async () => {
  const id = await launchedCampaign(store.db, { addresses: ['gone@example.org'] })
  await store.db.deleteFrom('subscriber').where('address', '=', 'gone@example.org').execute()
  expect(await claimDue(store.db, request(id))).toMatchObject({ claims: [], ended: 1 })
  expect(await states(store.db, id)).toEqual({ skipped: 1 })
})

test('rule 1: two claims at the same moment never get the same delivery', async () => {
  const id = await launchedCampaign(store.db, { addresses: 60 })
  const all = await Promise.all(Array.from({ length: 8 }, () => claimDue(store.db, request(id, { limit: 10 }))))
  const ids = all.flatMap((claimed) => claimed.claims.map((claim) => claim.recipient.deliveryId))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeGreaterThanOrEqual(50)
})

test('rule 1: a deferred delivery is claimed when its time has come, not before', async () => {
  const id = await launchedCampaign(store.db, { addresses: 2 })
  await sql`UPDATE delivery SET state = 'deferred', reason = 'transient',
    next_at = now() + (CASE WHEN id = (SELECT min(id) FROM delivery WHERE campaign_id = ${id}) THEN -1 ELSE 60 END) * interval '1 second'
    WHERE campaign_id = ${id}`.execute(store.db)
  expect((await claimDue(store.db, request(id))).claims).toHaveLength(1)
})

for (const state of ['draft', 'scheduled', 'paused'] as const) {
  test(`rules 1 and 9, T23: nothing of a campaign that is ${state} is claimed`, async () => {
    const id = await launchedCampaign(store.db, { addresses: 3, state })
    expect(await claimDue(store.db, request(id))).toEqual({
      claims: [],
      ended: 0,
      at: null,
      expiresAt: null,
      resends: false,
      waitMs: null,
    })
    expect(await states(store.db, id)).toEqual({ pending: 3 })
  })
}

test('T23: a job that names another transport than the launch did gets nothing', async () => {
  const id = await launchedCampaign(store.db, { addresses: 1 })
  expect((await claimDue(store.db, request(id, { transport: 'smtp' }))).claims).toEqual([])
})

test('T19: the kill switch stops every claim, and what was claimed a moment ago is not confirmed', async () => {
  const id = await launchedCampaign(store.db, { addresses: 2 })
  const before = await claimDue(store.db, request(id, { limit: 1 }))
  expect(await confirmClaims(store.db, id, before.claims)).toEqual(new Set([before.claims[0]?.recipient.deliveryId]))
  await store.db.updateTable('kill_switch').set({ engaged: true }).execute()
  try {
    expect((await claimDue(store.db, request(id))).claims).toEqual([])
    expect(await confirmClaims(store.db, id, before.claims)).toEqual(new Set())
  } finally {
    await store.db.updateTable('kill_switch').set({ engaged: false }).execute()
  }
  expect((await claimDue(store.db, request(id))).claims).toHaveLength(1)
})

test('a claim that was held up is not confirmed after an opt-out, a pause or the end of its lease', async () => {
  const addresses = ['a@held.example.org', 'b@held.example.org']
  const id = await launchedCampaign(store.db, { addresses })
  const { claims } = await claimDue(store.db, request(id))
  await optOut(store.db, 'a@held.example.org')
  expect((await confirmClaims(store.db, id, claims)).size).toBe(1)
  await sql`UPDATE delivery SET lease_until = now() - interval '1 second' WHERE campaign_id = ${id}`.execute(store.db)
  expect((await confirmClaims(store.db, id, claims)).size).toBe(0)
})

test('rule 7: a paused lane gives nothing until it is resumed', async () => {
  const id = await launchedCampaign(store.db, { addresses: 1 })
  await pauseLane(store.db, 'file', 60_000, 'the disk is full')
  expect((await claimDue(store.db, request(id))).claims).toEqual([])
  await resumeLane(store.db, 'file')
  expect((await claimDue(store.db, request(id))).claims).toHaveLength(1)
})

test('T26: a deadline is read at claim time by the database clock; what is overdue ends as failed(deadline)', async () => {
  const id = await launchedCampaign(store.db, { addresses: 2, expiresInMs: -1 })
  expect(await claimDue(store.db, request(id))).toMatchObject({ claims: [], ended: 2 })
  expect((await ledger(store.db, id)).map((row) => `${row.state} ${row.reason}`)).toEqual([
    'failed deadline',
    'failed deadline',
  ])
  expect((await attempts(store.db, id)).map((attempt) => attempt.ending)).toEqual(['failed', 'failed'])
})

test('rule 1: who left the topic of a running campaign, or takes a break, is skipped at the claim and at the last look', async () => {
  const id = await launchedCampaign(store.db, {
    addresses: ['topic@example.org', 'pause@example.org', 'stays@example.org', 'later@example.org'],
  })
  const wish = (address: string, topics: string[], until: string | null) =>
    sql`
    INSERT INTO subscriber_wish (subscriber_id, topics_off, paused_until, changed_at)
    SELECT id, ${topics}::text[], now() + ${until}::interval, now() FROM subscriber WHERE address = ${address}`.execute(
      store.db,
    )
  await wish('topic@example.org', ['advocacy'], null)
  await wish('pause@example.org', [], '1 day')
  await wish('stays@example.org', ['fundraising'], '-1 day')
  const { claims } = await claimDue(store.db, request(id))
  expect(claims.map((claim) => claim.recipient.address)).toEqual(['stays@example.org', 'later@example.org'])
  expect((await ledger(store.db, id)).map((row) => row.reason)).toEqual(['not_wanted', 'not_wanted', null, null])
  await wish('later@example.org', ['advocacy'], null)
  expect(await confirmClaims(store.db, id, claims)).toEqual(new Set([claims[0]?.recipient.deliveryId]))
})

test('an opt-out counts before the deadline: the ledger says why nobody was written to', async () => {
  const id = await launchedCampaign(store.db, { addresses: ['late@leaver.example.org'], expiresInMs: -1 })
  await optOut(store.db, 'late@leaver.example.org')
  await claimDue(store.db, request(id))
  expect((await ledger(store.db, id))[0]).toMatchObject({ state: 'skipped', reason: 'opted_out' })
})
