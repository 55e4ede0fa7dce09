// One-use links: one of many clicks gets through, none when it is late, and nothing can be read back from the table.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { takeAllowance } from '../../src/audience/allowances.ts'
import { findLink, issueLink, spendLink } from '../../src/audience/page-links.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store?.[Symbol.asyncDispose]())

const NOW = new Date('2018-01-03T12:00:00Z')
const KEY = Buffer.alloc(32, 1)
const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000)
const JOIN = { act: 'join', addressKey: KEY, subscriberId: null, detail: { address: 'ana@example.org' } } as const

test('of ten clicks at once one gets the link, and what it carried is gone afterwards', async () => {
  const token = await issueLink(store.db, JOIN, NOW)
  expect(await findLink(store.db, token, later(1))).toEqual({ ...JOIN })
  const clicks = await Promise.all(Array.from({ length: 10 }, () => spendLink(store.db, token, later(1))))
  expect(clicks.filter((each) => each !== null)).toEqual([{ ...JOIN }])
  expect(await findLink(store.db, token, later(2))).toBeNull()
  const rows = await store.pool.query<{ detail: object; token: Buffer }>(
    'SELECT detail, token_sha256 AS token FROM page_link',
  )
  expect(rows.rows.map(({ detail }) => detail)).toEqual([{}])
  expect(rows.rows[0]?.token.equals(Buffer.from(token, 'base64url'))).toBe(false)
})

test('a link works until its time is over, not a moment longer', async () => {
  const token = await issueLink(store.db, JOIN, NOW)
  expect(await findLink(store.db, token, later(24 * 60 - 1))).not.toBeNull()
  expect(await findLink(store.db, token, later(24 * 60))).toBeNull()
  expect(await spendLink(store.db, token, later(24 * 60))).toBeNull()
  expect(await spendLink(store.db, token, later(24 * 60 - 1))).not.toBeNull()
})

test('a link that refuses works for ever and as often as it is pressed: an opt-out does not lapse', async () => {
  const token = await issueLink(store.db, { act: 'refuse_forwards', addressKey: KEY, subscriberId: null }, NOW)
  for (const years of [0, 1, 10]) expect(await spendLink(store.db, token, later(years * 525_600 + 1))).not.toBeNull()
})

test.each(['', 'x', 'a'.repeat(5_000), "' OR true --", '\u0000'])('the token %j is nobody’s', async (token) => {
  expect(await findLink(store.db, token, NOW)).toBeNull()
  expect(await spendLink(store.db, token, NOW)).toBeNull()
})

test('an allowance counts each kind, address and day apart', async () => {
  const other = Buffer.alloc(32, 2)
  expect(await takeAllowance(store.db, 'join', KEY, NOW)).toBe(true)
  expect(await takeAllowance(store.db, 'join', KEY, NOW)).toBe(false)
  expect(await takeAllowance(store.db, 'join', other, NOW)).toBe(true)
  expect(await takeAllowance(store.db, 'undo', KEY, NOW)).toBe(true)
  expect(await takeAllowance(store.db, 'join', KEY, later(24 * 60))).toBe(true)
})
