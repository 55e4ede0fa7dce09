// The audit log: what is done is in it, and what is done to it shows.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addSuppression, removeSuppression } from '../../src/audience/suppressions.ts'
import { pauseCampaign } from '../../src/campaign/control.ts'
import { systemClock } from '../../src/core/clock.ts'
import { setKillSwitch } from '../../src/delivery/kill-switch.ts'
import { latestEntries, recordAct, sealAudit, verifyAudit } from '../../src/store/audit-entries.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

const key = (text: string) => Buffer.alloc(32, text)
const acts = async () =>
  (await latestEntries(store.db, 100)).map(({ actor, act, object, reason }) => ({ actor, act, object, reason }))

test('acts are written down by the tables they change, with who and why, and without an address', async () => {
  const id = await launchedCampaign(store.db, { addresses: ['canary-person@example.org'], transport: 'file' })
  await pauseCampaign(store.db, id, 'a mistake in the text', { actor: 'ada', clock: systemClock })
  await setKillSwitch(store.db, true, 'wrong list', 'grace')
  await setKillSwitch(store.db, false, 'found', 'grace')
  const at = new Date()
  await addSuppression(store.db, {
    addressKey: key('a'),
    reason: 'manual',
    channel: 'cli',
    note: '',
    setBy: 'ada',
    setAt: at,
  })
  await removeSuppression(store.db, { addressKey: key('a'), why: 'asked by phone', by: 'grace', at })
  await recordAct(store.db, { actor: 'ada', act: 'pause lane', object: 'lane/smtp', reason: 'maintenance' })
  const object = `address/${key('a').toString('hex')}`
  expect(await acts()).toEqual([
    { actor: 'ada', act: 'pause lane', object: 'lane/smtp', reason: 'maintenance' },
    { actor: 'grace', act: 'release suppression', object, reason: 'asked by phone' },
    { actor: 'ada', act: 'suppress', object, reason: 'manual' },
    { actor: 'grace', act: 'release kill switch', object: 'kill-switch', reason: 'found' },
    { actor: 'grace', act: 'engage kill switch', object: 'kill-switch', reason: 'wrong list' },
    { actor: 'ada', act: 'campaign paused', object: `campaign/${id}`, reason: 'a mistake in the text' },
  ])
  const { rows } = await sql<{ text: string }>`SELECT e::text AS text FROM audit_entry e`.execute(store.db)
  expect(rows.filter(({ text }) => text.includes('canary-person'))).toEqual([])
})

test('what subscribers and receivers cause is no act of staff', async () => {
  const before = (await acts()).length
  await addSuppression(store.db, {
    addressKey: key('b'),
    reason: 'unsubscribe',
    channel: 'page',
    note: '',
    setBy: 'subscriber',
    setAt: new Date(),
  })
  expect(await acts()).toHaveLength(before)
})

test('sealing puts every entry into one chain, whoever seals, and only once', async () => {
  for (let n = 0; n < 20; n += 1) await recordAct(store.db, { actor: 'ada', act: `act ${n}`, object: 'test/1' })
  const sealed = await Promise.all([sealAudit(store.db), sealAudit(store.db), sealAudit(store.db)])
  const { rows } = await sql<{ all: number; placed: number; last: number }>`
    SELECT count(*)::int AS all, count(place)::int AS placed, max(place)::int AS last FROM audit_entry`.execute(
    store.db,
  )
  expect(rows[0]).toEqual({ all: rows[0]?.all, placed: rows[0]?.all, last: rows[0]?.all })
  expect(sealed.reduce((sum, each) => sum + each, 0)).toBe(rows[0]?.all)
  expect(await sealAudit(store.db)).toBe(0)
  expect(await verifyAudit(store.db)).toMatchObject({ sound: rows[0]?.all, broken: null })
})

test('entries cannot be changed, deleted or truncated by a statement', async () => {
  for (const statement of [
    `UPDATE audit_entry SET actor = 'nobody'`,
    'DELETE FROM audit_entry',
    'TRUNCATE audit_entry',
  ])
    await expect(store.pool.query(statement)).rejects.toThrow('append-only')
})

/** Does what the triggers refuse, as somebody who owns the database could, and takes it back. */
async function tampered(statement: string): Promise<Awaited<ReturnType<typeof verifyAudit>>> {
  const tx = await store.db.startTransaction().execute()
  try {
    await sql`ALTER TABLE audit_entry DISABLE TRIGGER USER`.execute(tx)
    await sql.raw(statement).execute(tx)
    return await verifyAudit(tx, head)
  } finally {
    await tx.rollback().execute()
  }
}
let head: string | null = null

test.each([
  [`UPDATE audit_entry SET reason = 'another' WHERE place = 7`, { sound: 6, broken: { place: '7' } }],
  [`UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE place = 7`, { sound: 6, broken: { place: '7' } }],
  [`UPDATE audit_entry SET actor = actor || act, act = '-' WHERE place = 3`, { sound: 2, broken: { place: '3' } }],
  [
    `DELETE FROM audit_entry WHERE place = 5`,
    { sound: 4, broken: { place: '6', why: 'the entries from 5 to 5 are missing' } },
  ],
])('%s is found', async (statement, found) => {
  head = null
  expect(await tampered(statement)).toMatchObject(found)
})

test('entries cut off the end are missed by who wrote the head down', async () => {
  head = (await verifyAudit(store.db)).head
  expect(await tampered('DELETE FROM audit_entry WHERE place > 10')).toMatchObject({
    sound: 10,
    broken: { why: `no entry has the hash ${head}: entries were cut off the end, or all were written anew` },
  })
  expect(await verifyAudit(store.db, head)).toMatchObject({ broken: null })
})
