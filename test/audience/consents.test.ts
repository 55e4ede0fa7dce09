// The consent ledger: every event leads to a record that stays.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { consentHistory, recordConsent } from '../../src/audience/consents.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { clock, importText, keyOf } from './importing.ts'

let store: Store
const event = {
  addressKey: keyOf('ann@x.test'),
  act: 'subscribed',
  basis: 'own request',
  evidence: { page: 'join' },
  at: clock.now(),
} as const

beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

it('keeps the acts of one address in order, imported and asked for', async () => {
  const { importId } = await importText(store, 'Email\nann@x.test\n')
  await recordConsent(store.db, event)
  expect(await consentHistory(store.db, event.addressKey)).toMatchObject([
    { act: 'imported', importId, evidence: { line: 2 } },
    { act: 'subscribed', importId: null },
  ])
})

it('refuses an event of an import that does not exist', async () => {
  await expect(recordConsent(store.db, { ...event, importId: '999' })).rejects.toMatchObject({
    code: '23503',
    message: 'there is no import 999',
  })
})

it('keeps the record of an import that its events name', async () => {
  await importText(store, 'Email\nbo@x.test\n')
  await expect(store.pool.query('DELETE FROM subscriber_import')).rejects.toThrow('subscriber_import is append-only')
})
