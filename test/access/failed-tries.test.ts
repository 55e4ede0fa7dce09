// T17: how long the next try has to wait, and that nobody can keep the owner out for ever.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { countTry, forgetTries, triedKey } from '../../src/access/failed-tries.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

const KEY = Buffer.alloc(32, 7)
const START = new Date('2026-01-01T00:00:00Z')
const after = (seconds: number) => new Date(START.getTime() + seconds * 1000)
let store: Store

beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

async function waits(name: string, times: readonly number[]): Promise<number[]> {
  const found = []
  for (const seconds of times) found.push(await countTry(store.db, triedKey(KEY, 'account', name), after(seconds)))
  return found
}

it('T17 five tries are free, then each failure doubles the wait', async () => {
  expect(await waits('doubling', [0, 0, 0, 0, 0, 0])).toEqual([0, 0, 0, 0, 0, 1])
  // A second later it may be tried once, and then two seconds have to pass, then four.
  expect(await waits('doubling', [1, 1, 3, 3, 7])).toEqual([0, 2, 0, 4, 0])
})

it('T17 the wait never grows beyond a quarter of an hour', async () => {
  let now = 0
  let longest = 0
  for (let failures = 0; failures < 30; failures++) {
    const wait = await countTry(store.db, triedKey(KEY, 'account', 'stubborn'), after(now))
    longest = Math.max(longest, wait)
    now += Math.max(wait, 1)
  }
  expect(longest).toBe(899)
})

it('T17 a hundred tries at one moment are a hundred failures', async () => {
  const tried = triedKey(KEY, 'account', 'crowd')
  const found = await Promise.all(Array.from({ length: 100 }, () => countTry(store.db, tried, START)))
  expect(found.filter((wait) => wait === 0)).toHaveLength(5)
})

it('T17 the right password forgets the wrong ones, and so does a day', async () => {
  await waits('forgiven', [0, 0, 0, 0, 0, 0])
  await forgetTries(store.db, [triedKey(KEY, 'account', 'forgiven')])
  expect(await waits('forgiven', [0])).toEqual([0])
  await waits('rested', [0, 0, 0, 0, 0, 0])
  expect(await waits('rested', [86_401])).toEqual([0])
})

it('T17 an account, a browser and a network count apart, and the table names none of them', async () => {
  await waits('someone@example.org', [0, 0, 0, 0, 0, 0])
  expect(await countTry(store.db, triedKey(KEY, 'browser', 'someone@example.org'), START)).toBe(0)
  const { rows } = await store.pool.query<{ text: string }>(`SELECT string_agg(t::text, ' ') AS text FROM failed_try t`)
  expect(rows[0]?.text).not.toContain('someone')
})
