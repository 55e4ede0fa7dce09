// Who got what, the breakdown it is found by, and the pace: all from a ledger of a few.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { breakdownOf, domainsOf, type Breakdown } from '../../src/delivery/breakdown.ts'
import { cameBack, findDelivery } from '../../src/delivery/came-back.ts'
import { deliveryPage, everyDelivery, troubleReasons, type DeliveryFilter } from '../../src/delivery/delivery-list.ts'
import { liveBoard, recountBoard } from '../../src/delivery/live-board.ts'
import { paceHistory } from '../../src/delivery/pace-history.ts'
import { latestTrouble } from '../../src/delivery/trouble.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { ACT, addSubscribers, approvedCampaign, keyOf } from '../support/reference-campaign.ts'

let store: Store
let id: string
let addresses: string[]
let ranges: Breakdown['ranges']
const ALL: DeliveryFilter = { state: null, outcome: null, place: null, reason: null, id: null }

beforeAll(async () => {
  store = await testDatabase({ reference: true })
  // Portland, Birmingham, the District, a split ZIP of New York, nowhere; five times each.
  const zips = ['97212', '35203', '20001', '10001', null]
  addresses = await addSubscribers(
    store.db,
    Array.from({ length: 25 }, (_, index) => zips[index % zips.length] ?? null),
  )
  id = await approvedCampaign(store.db)
  await launchCampaign(store.db, id, { ...ACT, expect: 25, transports: ['file'] })
  await sql`
    UPDATE delivery SET next_at = NULL, attempt = 1, transport = 'file', sent_at = CASE WHEN id % 5 < 4 THEN now() END,
      state = CASE id % 5 WHEN 3 THEN 'bounced' WHEN 4 THEN 'failed' ELSE 'sent' END,
      reason = CASE id % 5 WHEN 3 THEN 'no_mailbox' WHEN 4 THEN 'content' END,
      reply = '550 nobody here called person3@example.org'`.execute(store.db)
  await sql`
    INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, sentence, started_at, ended_at)
    SELECT campaign_id, id, 1, 1, 'file', state, CASE state WHEN 'sent' THEN 'ok' ELSE 'refused for ' || 'person' || id || '@example.org' END,
      now() - interval '12 seconds', now() - interval '12 seconds' FROM delivery`.execute(store.db)
  ranges = (await breakdownOf(store.db, id, 0)).value.ranges
})
afterAll(() => store[Symbol.asyncDispose]())

async function all(filter: Partial<DeliveryFilter>, limit = 4) {
  const rows = []
  let after: string | undefined
  for (;;) {
    const page = await deliveryPage(store.db, id, { ...ALL, ...filter }, ranges, { after, limit })
    rows.push(...page.rows)
    if (page.next === null) return rows
    after = page.next
  }
}

test('pages hold every delivery once, in order', async () => {
  const ids = (await all({})).map((row) => Number(row.id))
  expect(ids).toHaveLength(25)
  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  expect(new Set(ids).size).toBe(25)
})

test.each([
  ['a state of the country', { place: 'OR' }, 5],
  ['an outcome, wherever it is', { outcome: 'all_champions' as const }, 10],
  ['an outcome and a state of the ledger', { outcome: 'all_champions' as const, state: 'sent' as const }, 6],
  ['a state of the ledger and its reason', { state: 'failed' as const, reason: 'content' }, 5],
  ['a reason that nothing has', { state: 'failed' as const, reason: 'deadline' }, 0],
  ['a place where nobody lives', { place: 'WY' }, 0],
])('filtered by %s', async (_name, filter, count) => {
  const rows = await all(filter)
  expect(rows).toHaveLength(count)
  const full = await all({}, 100)
  expect(full.filter((row) => rows.some((each) => each.id === row.id))).toEqual(rows)
})

test('the page before a page is the one that was seen', async () => {
  const first = await deliveryPage(store.db, id, { ...ALL, outcome: 'all_champions' }, ranges, { limit: 4 })
  const second = await deliveryPage(store.db, id, { ...ALL, outcome: 'all_champions' }, ranges, {
    limit: 4,
    after: first.next ?? '',
  })
  const back = await deliveryPage(store.db, id, { ...ALL, outcome: 'all_champions' }, ranges, {
    limit: 4,
    before: second.previous ?? '',
  })
  expect(back.rows).toEqual(first.rows)
  expect(back.previous).toBeNull()
})

test('one address is found by its key, and what the receiver said is shown without addresses', async () => {
  const delivery = await findDelivery(store.db, id, keyOf(addresses[3] ?? ''))
  const [row, ...others] = await all({ id: delivery })
  expect(others).toEqual([])
  expect(row?.address).toBe(addresses[3])
  expect(row?.reply).not.toContain('@')
  expect(await findDelivery(store.db, id, keyOf('nobody@example.org'))).toBeNull()
})

test('the whole list streams', async () => {
  const seen = []
  for await (const row of everyDelivery(store.db, id, { ...ALL, state: 'bounced' }, ranges)) seen.push(row.state)
  expect(seen).toEqual(Array.from({ length: 5 }, () => 'bounced'))
})

test('the breakdown adds up in every direction, and says of each legislator what was said', async () => {
  const { value } = await breakdownOf(store.db, id, 0)
  const sent = (rows: { counts: { sent?: number } }[]) => rows.reduce((sum, { counts }) => sum + (counts.sent ?? 0), 0)
  expect([sent(value.outcomes), sent(value.places), sent((await domainsOf(store.db, id, 0)).value)]).toEqual([
    15, 15, 15,
  ])
  expect(value.places.map(({ code }) => code).toSorted()).toEqual(['', 'AL', 'DC', 'NY', 'OR'])
  const wyden = value.legislators.find(({ name }) => name === 'Ron Wyden')
  expect(wyden).toMatchObject({ party: 'D', stance: 'champion', sent: 3 })
  expect(value.legislators.filter(({ stance }) => stance === 'opponent').length).toBeGreaterThan(0)
})

test('a breakdown is kept until it is too old, or from before the campaign ended', async () => {
  const first = await breakdownOf(store.db, id, 60_000)
  expect((await breakdownOf(store.db, id, 60_000)).takenAt).toEqual(first.takenAt)
  expect((await breakdownOf(store.db, id, 60_000, new Date())).takenAt.getTime()).toBeGreaterThan(
    first.takenAt.getTime(),
  )
})

test('reasons, late bounces and the last trouble are told without addresses, each once', async () => {
  expect(await troubleReasons(store.db, id)).toEqual([
    { state: 'bounced', reason: 'no_mailbox', count: 5 },
    { state: 'failed', reason: 'content', count: 5 },
  ])
  expect(await cameBack(store.db, id)).toMatchObject({ lateBounces: 5, optOuts: 0, complaints: 0 })
  const trouble = await latestTrouble(store.db, id, 8)
  expect(trouble).toHaveLength(2)
  expect(trouble).toContainEqual(expect.objectContaining({ ending: 'bounced', count: 5 }))
  expect(trouble).toContainEqual(expect.objectContaining({ ending: 'failed', count: 5 }))
  expect(JSON.stringify(trouble)).not.toContain('@')
})

test('the pace is counted by interval, and the board of a campaign is counted once for all who look', async () => {
  const { sent } = await paceHistory(store.db, id, { intervals: 4, everySeconds: 3600 })
  expect(sent).toEqual([0, 0, 0, 15])
  const board = await liveBoard(store.db, id)
  expect(board.status.deliveries).toMatchObject({ sent: 15, bounced: 5, failed: 5 })
  expect(board.providers).toEqual([{ provider: 'other', total: 25, states: { sent: 15, bounced: 5, failed: 5 } }])
  expect(await liveBoard(store.db, id)).toBe(board)
  recountBoard(store.db, id)
  expect(await liveBoard(store.db, id)).not.toBe(board)
})
