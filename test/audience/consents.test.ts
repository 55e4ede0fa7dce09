// The consent ledger: every event leads to a record that stays.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { consentHistory, consentState, recordConsent } from '../../src/audience/consents.ts'
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

it('derives the state: who joined may be written to, until the consent ends or they leave', async () => {
  const key = keyOf('cy@x.test')
  const at = (day: number) => new Date(Date.UTC(2026, 0, day))
  expect(await consentState(store.db, key)).toBeNull()
  await recordConsent(store.db, { ...event, addressKey: key, wording: 'join 2', ipNetwork: '192.0.2.0/24', at: at(1) })
  expect(await consentState(store.db, key)).toMatchObject({
    act: 'subscribed',
    wording: 'join 2',
    mayBeWrittenTo: true,
  })
  await recordConsent(store.db, { ...event, addressKey: key, act: 'imported', expiresAt: at(2), at: at(1) })
  expect(await consentState(store.db, key)).toMatchObject({ act: 'imported', expiresAt: at(2), mayBeWrittenTo: false })
  await recordConsent(store.db, {
    ...event,
    addressKey: key,
    act: 'imported',
    expiresAt: new Date(Date.now() + 86_400_000),
    at: at(3),
  })
  expect(await consentState(store.db, key)).toMatchObject({ mayBeWrittenTo: true })
  await recordConsent(store.db, { ...event, addressKey: key, act: 'suppressed', basis: 'unsubscribe', at: at(4) })
  expect(await consentState(store.db, key)).toMatchObject({ act: 'suppressed', mayBeWrittenTo: false })
  expect((await consentHistory(store.db, key))[0]).toMatchObject({
    wording: 'join 2',
    ipNetwork: '192.0.2.0/24',
    expiresAt: null,
  })
})
