// What happens to a store whose connections are cut while it uses them.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
let admin: Store
beforeAll(async () => {
  store = await testDatabase({ max: 2 })
  admin = await testDatabase({ max: 1 })
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await admin[Symbol.asyncDispose]()
})

async function cut(pid: number): Promise<void> {
  await admin.pool.query('SELECT pg_terminate_backend($1, 5000)', [pid])
  await sleep(50) // the news travels
}

async function pidOf(client: { query(text: string): Promise<{ rows: { pid: number }[] }> }): Promise<number> {
  return (await client.query('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0
}

test('a connection cut between two queries of its user fails the next query, not the process', async () => {
  const client = await store.pool.connect()
  await cut(await pidOf(client))
  await expect(client.query('SELECT 1')).rejects.toThrow(/connection|terminat|not queryable/i)
  client.release()
  expect(await pidOf(store.pool)).toBeGreaterThan(0)
})

test('a connection cut during a query fails that query, and the store goes on', async () => {
  const client = await store.pool.connect()
  const pid = await pidOf(client)
  const waiting = client.query('SELECT pg_sleep(20)').then(
    () => 'slept',
    (error: Error) => error.message,
  )
  await cut(pid)
  expect(await waiting).toMatch(/terminat/i)
  client.release()
  expect(await pidOf(store.pool)).toBeGreaterThan(0)
})
