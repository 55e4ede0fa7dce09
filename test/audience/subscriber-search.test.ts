// Subscribers are found by how things begin, in each order, page by page in both directions.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countMatches, searchSubscribers, SORTS, type SubscriberSearch } from '../../src/audience/subscriber-search.ts'
import { addSuppression } from '../../src/audience/suppressions.ts'
import { saveWish } from '../../src/audience/wishes.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { keyOf } from '../support/reference-campaign.ts'

const PEOPLE = [
  ['ann.smith@example.org', 'Ann', 'Smith', '97212'],
  ['smithy@post.example', 'Bo', 'Adams', '92373'],
  ['cy@smithfield.example', 'Cy', 'Baker', '00801'],
  ['Dee@example.org', 'Dee', 'smithson', '10118'],
  ['eve@example.org', 'Eve', '', null],
  ['100%_sure@example.org', 'Flo', 'Ünal', '97213'],
] as const

let store: Store
beforeAll(async () => {
  store = await testDatabase({ reference: true })
  for (const [address, first, last, zip] of PEOPLE) {
    await sql`
      INSERT INTO subscriber (address, address_key, domain, first_name, last_name, zip, created_at, updated_at)
      VALUES (${address}, ${keyOf(address.toLowerCase())}, split_part(lower(${address}), '@', 2), ${first}, ${last}, ${zip}, now(), now())`.execute(
      store.db,
    )
  }
})
afterAll(() => store?.[Symbol.asyncDispose]())

const EVERYBODY: SubscriberSearch = { text: '', zip: '', state: '', standing: null, sort: 'newest' }

async function found(search: Partial<SubscriberSearch>): Promise<string[]> {
  const page = await searchSubscribers(store.db, { ...EVERYBODY, ...search }, { limit: 50 })
  const matches = await countMatches(store.db, { ...EVERYBODY, ...search })
  expect(matches).toEqual({ count: page.rows.length, isExact: true })
  return page.rows.map(({ firstName }) => firstName)
}

test('a text begins an address, a domain or a last name, in capitals or not', async () => {
  expect(await found({ text: 'SMITH', sort: 'last_name' })).toEqual(['Bo', 'Cy', 'Ann', 'Dee'])
  expect(await found({ text: 'smith', sort: 'address' })).toEqual(['Ann', 'Cy', 'Dee', 'Bo'])
  expect(await found({ text: 'smith' })).toEqual(['Dee', 'Cy', 'Bo', 'Ann'])
  expect(await found({ text: '@post' })).toEqual(['Bo'])
  expect(await found({ text: 'dee@exam' })).toEqual(['Dee'])
  expect(await found({ text: '100%_' })).toEqual(['Flo'])
  expect(await found({ text: '%' })).toEqual([])
  expect(await found({ text: 'ünal' })).toEqual(['Flo'])
})

test('places: the beginning of a ZIP, a state, also where the ZIP has no area', async () => {
  expect(await found({ zip: '9721', sort: 'last_name' })).toEqual(['Ann', 'Flo'])
  expect(await found({ state: 'OR', text: 'smith' })).toEqual(['Ann'])
  expect(await found({ state: 'NY' })).toEqual(['Dee'])
  expect(await found({ state: 'WY' })).toEqual([])
})

test('standing: suppressed, on a break, or neither', async () => {
  const [, bo, cy] = PEOPLE
  await addSuppression(store.db, {
    addressKey: keyOf(bo[0]),
    reason: 'unsubscribe',
    channel: 'page',
    note: '',
    setBy: 'subscriber',
    setAt: new Date(),
  })
  const { rows } = await sql<{ id: string }>`SELECT id FROM subscriber WHERE address = ${cy[0]}`.execute(store.db)
  await saveWish(
    store.db,
    rows[0]?.id ?? '',
    { topicsOff: [], pausedUntil: new Date(Date.now() + 86_400_000) },
    new Date(),
  )
  expect(await found({ standing: 'suppressed' })).toEqual(['Bo'])
  expect(await found({ standing: 'on_break' })).toEqual(['Cy'])
  expect(await found({ standing: 'mailable', sort: 'address' })).toEqual(['Flo', 'Ann', 'Dee', 'Eve'])
})

test.each(SORTS)('pages in the order %s meet each person once, forth and back', async (sort) => {
  const forth: string[] = []
  let after: string | undefined
  const pages: string[][] = []
  do {
    const page = await searchSubscribers(store.db, { ...EVERYBODY, sort }, { after, limit: 2 })
    pages.push(page.rows.map(({ id }) => id))
    forth.push(...page.rows.map(({ id }) => id))
    after = page.next ?? undefined
  } while (after !== undefined)
  expect(new Set(forth).size).toBe(PEOPLE.length)
  const last = pages.at(-1)?.[0]
  const back = await searchSubscribers(store.db, { ...EVERYBODY, sort }, { before: last, limit: 2 })
  expect(back.rows.map(({ id }) => id)).toEqual(pages.at(-2))
  const first = await searchSubscribers(store.db, { ...EVERYBODY, sort }, { before: pages[1]?.[0], limit: 2 })
  expect(first.previous).toBeNull()
  expect(first.rows.map(({ id }) => id)).toEqual(pages[0])
})

test('a place that is lost, or was made up, starts the list again', async () => {
  for (const after of ['999999', "1' OR true", '']) {
    const page = await searchSubscribers(store.db, EVERYBODY, { after, limit: 2 })
    expect(page.rows).toHaveLength(2)
    expect(page.previous).toBeNull()
  }
})
