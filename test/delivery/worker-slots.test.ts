// Connections of a transport shared out among workers: never more than there are, and none for ever with the dead.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { beat, holdSlots, livingWorkers, signOff } from '../../src/delivery/worker-slots.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ max: 12 })
})
afterAll(async () => await store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE worker, connection_slot')
})

async function hold(workerId: string, more: { total?: number; inUse?: number; transport?: string } = {}) {
  await beat(store.db, workerId)
  return await holdSlots(store.db, { workerId, transport: 'smtp', total: 10, inUse: 0, ...more })
}

/** Returns how many slots each worker holds. */
async function held(): Promise<Record<string, number>> {
  const { rows } = await sql<{ id: string; slots: number }>`
    SELECT worker_id AS id, count(*)::int AS slots FROM connection_slot WHERE until > now() AND worker_id IS NOT NULL
    GROUP BY worker_id ORDER BY worker_id`.execute(store.db)
  return Object.fromEntries(rows.map((row) => [row.id, row.slots]))
}

/** As if nothing had been heard of a worker for `seconds`. */
async function silent(workerId: string, seconds: number): Promise<void> {
  await sql`UPDATE worker SET seen_at = seen_at - make_interval(secs => ${seconds}::float8) WHERE id = ${workerId}`.execute(
    store.db,
  )
  await sql`UPDATE connection_slot SET until = until - make_interval(secs => ${seconds}::float8) WHERE worker_id = ${workerId}`.execute(
    store.db,
  )
}

test('one worker has them all; a second gets its share once the first has shrunk', async () => {
  expect(await hold('a')).toBe(10)
  expect(await hold('b')).toBe(0)
  expect(await hold('a')).toBe(5)
  expect(await hold('b')).toBe(5)
  expect(await hold('a')).toBe(5)
})

test.each([
  [10, 3, [4, 3, 3]],
  [10, 6, [2, 2, 2, 2, 1, 1]],
  [4, 4, [1, 1, 1, 1]],
  [2, 3, [1, 1, 0]],
])('%d connections for %d workers: every one has its part, all are used', async (total, workers, shares) => {
  const ids = Array.from({ length: workers }, (_, n) => `w${n}`)
  for (let round = 0; round < 3; round++) for (const id of ids) await hold(id, { total })
  const got: number[] = []
  for (const id of ids) got.push(await hold(id, { total }))
  expect(got).toEqual(shares)
})

test('workers that come, ask at once and go never go by more than there are together, at no moment', async () => {
  const shares = new Map<string, number>()
  let most = 0
  const live = async (id: string, rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      // A worker goes by its old share until it hears the new one, and says so.
      shares.set(id, await hold(id, { inUse: shares.get(id) ?? 0 }))
      most = Math.max(
        most,
        [...shares.values()].reduce((sum, each) => sum + each, 0),
      )
    }
    shares.delete(id)
    await signOff(store.db, id)
  }
  await Promise.all([live('a', 40), live('b', 25), live('c', 30), live('d', 10)])
  expect(most).toBe(10)
  expect(await held()).toEqual({})
})

test('a worker keeps what it has in use until that is done, and is told its share already', async () => {
  await hold('a')
  await hold('b')
  expect(await hold('a', { inUse: 8 })).toBe(5)
  expect(await held()).toEqual({ a: 8 })
  expect(await hold('b')).toBe(2)
  expect(await hold('a', { inUse: 3 })).toBe(5)
  expect(await hold('b')).toBe(5)
})

test('what a dead worker held is free ten seconds after it was last seen, what a stopped one held at once', async () => {
  for (const id of ['a', 'b', 'a', 'b']) await hold(id)
  await silent('a', 9)
  expect(await hold('b')).toBe(5)
  await silent('a', 1.1)
  expect((await livingWorkers(store.db)).map((worker) => worker.id)).toEqual(['b'])
  expect(await hold('b')).toBe(10)
  expect(await hold('a')).toBe(0)
  await signOff(store.db, 'b')
  expect(await hold('a')).toBe(10)
})

test('a worker that came back from a long sleep gets nothing that others hold by now', async () => {
  await hold('a')
  await silent('a', 60)
  expect(await hold('b')).toBe(10)
  expect(await hold('a', { inUse: 10 })).toBe(0)
  expect(await hold('b')).toBe(5)
  expect(await hold('a', { inUse: 10 })).toBe(5)
})

test('transports are shared out apart, and fewer connections in the settings are fewer at once', async () => {
  expect([await hold('a'), await hold('a', { transport: 'smtp-2', total: 3 })]).toEqual([10, 3])
  expect(await hold('a', { total: 4 })).toBe(4)
  expect(await held()).toEqual({ a: 7 })
})

test('who was never heard of again is cleared away', async () => {
  await beat(store.db, 'old')
  await silent('old', 3_700)
  await beat(store.db, 'new')
  expect(await store.db.selectFrom('worker').select('id').execute()).toEqual([{ id: 'new' }])
})
