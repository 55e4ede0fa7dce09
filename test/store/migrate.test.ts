// Migrations: plain files, applied once, whoever starts first.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate, pendingMigrations } from '../../src/store/migrate.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

test('a migrated database has nothing to apply', async () => {
  expect(await pendingMigrations(store)).toEqual([])
  expect(await migrate(store)).toEqual([])
})

test('two processes that migrate an empty database at once apply each file once', async () => {
  await store.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  const [first, second] = await Promise.all([migrate(store), migrate(store)])
  const applied = [...first, ...second].sort()
  expect(applied.length).toBeGreaterThan(3)
  expect(new Set(applied).size).toBe(applied.length)
  expect([first.length, second.length]).toContain(0)
})

test('a migration whose file changed after it was applied is refused by name', async () => {
  await store.pool.query(`UPDATE migration SET sha256 = reverse(sha256) WHERE name = '0002_audience.sql'`)
  await expect(migrate(store)).rejects.toThrow(/0002_audience\.sql is applied, but its file has changed/)
  await store.pool.query(`UPDATE migration SET sha256 = reverse(sha256) WHERE name = '0002_audience.sql'`)
})

test('a database of a newer version is refused', async () => {
  await store.pool.query(`INSERT INTO migration (name, sha256) VALUES ('9999_future.sql', 'x')`)
  await expect(migrate(store)).rejects.toMatchObject({
    code: 'migration_unknown',
    hint: expect.stringContaining('upgrade'),
  })
})
