// API keys: made once, kept as a hash, and never worth more than their owner.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findKey, listKeys, makeKey, revokeKey, type NewKey } from '../../src/access/api-keys.ts'
import type { Role } from '../../src/access/roles.ts'
import { effectiveScopes, grantable, requireScopes } from '../../src/access/scopes.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'

const NOW = new Date('2018-01-03T12:00:00Z')
const LATER = new Date('2018-02-03T12:00:00Z')

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

let accounts = 0
async function owner(role: Role): Promise<{ id: string; role: Role }> {
  const account = {
    email: `k${++accounts}@staff.example`,
    name: 'Kim',
    role,
    password_hash: '-',
    made_at: NOW,
    made_by: 'test',
  }
  const { id } = await store.db.insertInto('account').values(account).returning('id').executeTakeFirstOrThrow()
  return { id, role }
}

async function make(role: Role, more: Partial<NewKey> = {}) {
  const wish = { name: 'nightly', scopes: grantable(role), expiresAt: null, actor: 'Kim #1', now: NOW, ...more }
  return makeKey(store.db, { owner: await owner(role), ...wish })
}

test('a key is 256 random bits behind a prefix, and the database has only its hash', async () => {
  const { key } = await make('viewer')
  expect(key).toMatch(/^rck_[A-Za-z0-9_-]{43}$/)
  expect((await make('viewer')).key).not.toBe(key)
  const { rows } = await store.pool.query(`SELECT 1 FROM api_key k WHERE k::text LIKE '%' || $1 || '%'`, [
    key.slice(4, 30),
  ])
  expect(rows).toEqual([])
})

test('a key leads to its owner and to what both may do', async () => {
  const { key, id } = await make('author', { scopes: ['campaigns.read', 'congress.read'] })
  expect(await findKey(store.db, key, NOW)).toMatchObject({ keyId: id, accountName: 'Kim', role: 'author' })
  expect((await findKey(store.db, key, NOW))?.scopes).toEqual(new Set(['campaigns.read', 'congress.read']))
  expect(await findKey(store.db, `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`, NOW)).toBeNull()
})

test('the day of its last use is noted once a day', async () => {
  const { key, id } = await make('viewer')
  const used = async () => (await listKeys(store.db, NOW)).find((each) => each.id === id)?.lastUsedOn
  expect(await used()).toBeNull()
  await findKey(store.db, key, NOW)
  expect(await used()).toBe('2018-01-03')
  await findKey(store.db, key, LATER)
  expect(await used()).toBe('2018-02-03')
})

test('a key ends on its day, and one that would have ended already is not made', async () => {
  const { key } = await make('viewer', { expiresAt: LATER })
  expect(await findKey(store.db, key, NOW)).not.toBeNull()
  expect(await findKey(store.db, key, LATER)).toBeNull()
  await expect(make('viewer', { expiresAt: NOW })).rejects.toMatchObject({ code: 'bad_expiry' })
})

test('a revoked key ends at once, and who revoked it first stays on record', async () => {
  const { key, id } = await make('viewer')
  await revokeKey(store.db, id, 'Kim #1', NOW)
  await revokeKey(store.db, id, 'Lee #2', LATER)
  expect(await findKey(store.db, key, NOW)).toBeNull()
  const listed = (await listKeys(store.db, LATER)).find((each) => each.id === id)
  expect(listed).toMatchObject({ state: 'revoked', revokedBy: 'Kim #1', revokedAt: NOW })
  await expect(revokeKey(store.db, 'x', 'Kim #1', NOW)).rejects.toMatchObject({ code: 'no_key' })
})

test('T16 nobody gives a key more than their role has, and a key loses what its owner loses', async () => {
  await expect(make('viewer', { scopes: ['campaigns.send'] })).rejects.toMatchObject({ code: 'bad_scope' })
  await expect(make('admin', { scopes: ['everything'] })).rejects.toMatchObject({ code: 'bad_scope' })
  await expect(make('admin', { scopes: [] })).rejects.toMatchObject({ code: 'bad_scope' })
  expect(requireScopes(['congress.read', 'campaigns.read', 'congress.read'], 'viewer')).toEqual([
    'campaigns.read',
    'congress.read',
  ])
  expect(effectiveScopes(['campaigns.read', 'campaigns.send'], 'viewer')).toEqual(new Set(['campaigns.read']))
})

test('making and revoking are in the audit log, without the key', async () => {
  const { id, key } = await make('admin')
  await revokeKey(store.db, id, 'Kim #1', NOW)
  const { rows } = await store.pool.query(
    `SELECT act, actor, e::text AS whole FROM audit_entry e WHERE object = $1 ORDER BY id`,
    [`api-key/${id}`],
  )
  expect(rows).toMatchObject([{ act: 'make API key', actor: 'Kim #1' }, { act: 'revoke API key' }])
  expect(JSON.stringify(rows)).not.toContain(key.slice(4))
})

test.each(['', ' ', 'x'.repeat(81), 'a\nb'])('a key is not called %j', async (name) => {
  await expect(make('viewer', { name })).rejects.toMatchObject({ code: 'bad_key_name' })
})
