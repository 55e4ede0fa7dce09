// Paging by key: forward and back over a list that changes meanwhile, and cursors that are none.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/connect.ts'
import { keysetPage, type Keyset, type PageWish } from '../../src/store/keyset.ts'
import { testDatabase } from '../support/database.ts'

interface Row {
  id: string
  name: string
  at: string
}

let store: Store

beforeAll(async () => {
  store = await testDatabase()
  await sql`CREATE TABLE listed (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL)`.execute(store.db)
  // Names that come twice, moments a microsecond apart.
  await sql`
    INSERT INTO listed SELECT n, 'name ' || (n / 2), timestamptz '2026-01-01T00:00:00Z' + make_interval(secs => (n / 3) * 0.000001)
    FROM generate_series(0, 24) AS n`.execute(store.db)
})
afterAll(() => store[Symbol.asyncDispose]())

const byName: Keyset<Row> = {
  parts: [
    { expression: sql`name`, type: 'text' },
    { expression: sql`id`, type: 'bigint' },
  ],
  keyOf: ({ name, id }) => [name, id],
}

const newestFirst: Keyset<Row> = {
  parts: [
    { expression: sql`at`, type: 'timestamptz', isDescending: true },
    { expression: sql`id`, type: 'bigint', isDescending: true },
  ],
  keyOf: ({ at, id }) => [at, id],
}

function pageOf(keyset: Keyset<Row>, wish: PageWish) {
  return keysetPage(keyset, wish, async ({ where, orderBy, limit }) => {
    const { rows } = await sql<Row>`
      SELECT id, name, at::text AS at FROM listed WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`.execute(store.db)
    return rows
  })
}

async function walk(keyset: Keyset<Row>): Promise<{ ids: string[]; pages: number; last: PageWish }> {
  const ids: string[] = []
  let wish: PageWish = { limit: 7 }
  for (let pages = 1; ; pages++) {
    const { rows, next } = await pageOf(keyset, wish)
    ids.push(...rows.map(({ id }) => id))
    if (next === null) return { ids, pages, last: wish }
    wish = { limit: 7, after: next }
  }
}

describe.each([
  ['by name', byName],
  ['newest first', newestFirst],
])('%s', (_, keyset) => {
  it('visits every row once, in order', async () => {
    const { ids, pages } = await walk(keyset)
    expect(pages).toBe(4)
    expect(new Set(ids).size).toBe(25)
    const { rows } = await pageOf(keyset, { limit: 100 })
    expect(ids).toEqual(rows.map(({ id }) => id))
  })

  it('goes back the way it came', async () => {
    const { ids, last } = await walk(keyset)
    const found: string[] = []
    let page = await pageOf(keyset, last)
    for (;;) {
      found.unshift(...page.rows.map(({ id }) => id))
      if (page.previous === null) break
      page = await pageOf(keyset, { limit: 7, before: page.previous })
    }
    expect(found).toEqual(ids)
  })
})

it('shows on the next page what follows, whatever was added before it', async () => {
  const first = await pageOf(newestFirst, { limit: 5 })
  await sql`INSERT INTO listed VALUES (1000, 'late', '2030-01-01')`.execute(store.db)
  const second = await pageOf(newestFirst, { limit: 5, after: first.next ?? '' })
  expect(second.rows.map(({ id }) => id)).toEqual(['19', '18', '17', '16', '15'])
  await sql`DELETE FROM listed WHERE id = 1000`.execute(store.db)
})

it('says that a list is empty, and one page a whole one', async () => {
  const all = await pageOf(byName, { limit: 25 })
  expect([all.previous, all.next]).toEqual([null, null])
  const beyond = await pageOf(byName, { limit: 5, after: Buffer.from('["zzz","9"]').toString('base64url') })
  expect(beyond).toEqual({ rows: [], previous: null, next: null })
})

it.each([
  '',
  'x',
  'W10',
  'eyJhIjoxfQ',
  Buffer.from('["a","b"]').toString('base64url'),
  Buffer.from('["a"]').toString('base64url'),
  Buffer.from(`["a","1'; DROP TABLE listed"]`).toString('base64url'),
])('refuses the cursor "%s" in a sentence', async (after) => {
  await expect(pageOf(byName, { limit: 5, after })).rejects.toMatchObject({ code: 'bad_cursor' })
})
