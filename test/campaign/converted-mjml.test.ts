// The HTML of a template is made once for all processes.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { rememberedConverter } from '../../src/campaign/converted-mjml.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(() => store.pool.query('TRUNCATE converted_mjml'))

const page = (words: string) =>
  `<mjml><mj-body><mj-section><mj-column><mj-text>${words}</mj-text></mj-column></mj-section></mj-body></mjml>`
const kept = async () => (await store.db.selectFrom('converted_mjml').select('html').execute()).map(({ html }) => html)

test('what the first process converted the next one only reads', async () => {
  const first = await rememberedConverter(store.db)(page('Hello'))
  expect(first).toMatchObject({ ok: true, html: expect.stringContaining('Hello') as string })
  await sql`UPDATE converted_mjml SET html = 'as it was kept'`.execute(store.db)
  expect(await rememberedConverter(store.db)(page('Hello'))).toEqual({ ok: true, html: 'as it was kept' })
})

test('another source is converted anew, and two at once keep one result', async () => {
  const convert = rememberedConverter(store.db)
  await Promise.all([convert(page('Alpha')), convert(page('Alpha')), convert(page('Beta'))])
  expect((await kept()).map((html) => (html.includes('Alpha') ? 'Alpha' : 'Beta')).toSorted()).toEqual([
    'Alpha',
    'Beta',
  ])
})

test('nothing is kept of a source with mistakes', async () => {
  const convert = rememberedConverter(store.db)
  expect(await convert('<mjml><mj-body><mj-nonsense/></mj-body></mjml>')).toMatchObject({ ok: false })
  expect(await kept()).toEqual([])
})
