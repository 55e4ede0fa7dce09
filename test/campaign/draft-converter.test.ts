// MJML that is not saved: converted a few at a time, within a limit, remembered in memory and never in the database.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rememberedConverter } from '../../src/campaign/converted-mjml.ts'
import { createDraftConverter } from '../../src/campaign/draft-converter.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

const mjml = (words: string) =>
  `<mjml><mj-body><mj-section><mj-column><mj-text>${words}</mj-text></mj-column></mj-section></mj-body></mjml>`

test('T1: what takes too long ends in a sentence', async () => {
  const convert = createDraftConverter(1)
  expect(await convert(store.db, mjml('slow'))).toEqual({
    ok: false,
    complaints: [{ message: 'MJML took longer than 1 ms', line: null }],
  })
})

test('many at once all come, each converted once, and nothing of them stays in the database', async () => {
  const convert = createDraftConverter()
  const sources = ['one', 'two', 'three', 'four', 'one']
  const replies = await Promise.all(sources.map((words) => convert(store.db, mjml(words))))
  expect(replies.map((reply) => reply.ok)).toEqual(sources.map(() => true))
  expect(replies[0]).toBe(replies[4])
  const { rows } = await store.pool.query('SELECT FROM converted_mjml')
  expect(rows).toHaveLength(0)
})

test('what a check has converted before is taken from the database', async () => {
  await rememberedConverter(store.db)(mjml('checked'))
  await store.pool.query(`UPDATE converted_mjml SET html = 'as it was stored'`)
  expect(await createDraftConverter()(store.db, mjml('checked'))).toEqual({ ok: true, html: 'as it was stored' })
})
