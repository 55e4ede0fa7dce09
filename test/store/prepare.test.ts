// Statements that name themselves are planned once a connection and answer like any other.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ max: 1 })
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
})

async function preparedNames(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM pg_prepared_statements ORDER BY name`.execute(store.db)
  return rows.map((row) => row.name)
}

async function plus(a: number, b: number): Promise<number | undefined> {
  const { rows } = await sql<{ sum: number }>`/* prepared: plus */
    SELECT ${a}::int + ${b}::int AS sum`.execute(store.db)
  return rows[0]?.sum
}

test('a statement that names itself is prepared once and takes new values each time', async () => {
  expect([await plus(1, 2), await plus(30, 4), await plus(-5, 5)]).toEqual([3, 34, 0])
  expect(await preparedNames()).toEqual(['plus'])
})

test('a statement without a name leaves nothing behind, and a refused one does not break the next', async () => {
  await expect(sql`/* prepared: wrong */ SELECT ${'x'}::int`.execute(store.db)).rejects.toThrow('invalid input syntax')
  expect(await plus(2, 2)).toBe(4)
  expect(await preparedNames()).not.toContain('')
})

test('transactions keep their connection', async () => {
  const sum = await store.db.transaction().execute(async (trx) => {
    await sql`CREATE TEMPORARY TABLE held (n int) ON COMMIT DROP`.execute(trx)
    await sql`/* prepared: hold */ INSERT INTO held VALUES (${7})`.execute(trx)
    return (await sql<{ n: number }>`SELECT n FROM held`.execute(trx)).rows
  })
  expect(sum).toEqual([{ n: 7 }])
})
