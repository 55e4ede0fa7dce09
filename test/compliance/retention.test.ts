// Data goes when its time has come, and there is proof.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { DATA_CLASSES } from '../../src/compliance/retention.ts'
import { lateClasses, runDueRetention, runRetention } from '../../src/compliance/retention-runs.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE retention_run')
})

const NOW = new Date('2020-06-01T00:00:00Z')
const ago = (days: number) => new Date(NOW.getTime() - days * 86_400_000)

/** Returns the id of a campaign that was over so many days ago, each of its deliveries tried once. */
async function finishedCampaign(days: number): Promise<string> {
  const label = `r${days}`
  const id = await launchedCampaign(store.db, {
    addresses: [`a@${label}.example.org`, `b@${label}.example.org`],
    transport: 'file',
  })
  await sql`
    INSERT INTO attempt (campaign_id, delivery_id, fence, number, transport, ending, sentence, started_at, ended_at)
    SELECT campaign_id, id, 1, 1, 'file', 'sent', 'taken', ${ago(days)}, ${ago(days)} FROM delivery WHERE campaign_id = ${id}`.execute(
    store.db,
  )
  await sql`
    UPDATE delivery SET state = 'sent', next_at = NULL, sent_at = ${ago(days)}, updated_at = ${ago(days)}, zip = '97212' WHERE campaign_id = ${id}`.execute(
    store.db,
  )
  await sql`UPDATE campaign SET state = 'finished', finished_at = ${ago(days)} WHERE id = ${id}`.execute(store.db)
  return id
}
const attempts = async (id: string) =>
  Number(
    (await sql<{ n: string }>`SELECT count(*) AS n FROM attempt WHERE campaign_id = ${id}`.execute(store.db)).rows[0]
      ?.n,
  )
const zips = async (id: string) =>
  Number(
    (await sql<{ n: string }>`SELECT count(zip) AS n FROM delivery WHERE campaign_id = ${id}`.execute(store.db)).rows[0]
      ?.n,
  )

test('what is older than its time goes, what is younger stays, and both are written down', async () => {
  const [old, young] = [await finishedCampaign(400), await finishedCampaign(300)]
  const runs = await runRetention(store.db, NOW, 'ada')
  expect([await attempts(old), await zips(old), await attempts(young), await zips(young)]).toEqual([0, 0, 2, 2])
  expect(runs.filter(({ removed }) => removed > 0).map(({ dataClass, removed }) => [dataClass, removed])).toEqual([
    ['attempts', 2],
    ['zips of deliveries', 2],
  ])
  const proof = await store.db
    .selectFrom('retention_run')
    .select(['data_class', 'removed', 'actor'])
    .orderBy('id')
    .execute()
  expect(proof).toHaveLength(DATA_CLASSES.length)
  expect(proof[0]).toEqual({ data_class: 'attempts', removed: '2', actor: 'ada' })
})

test('the bytes of a returned mail, and of a provider event, go on their day; what was read of them stays', async () => {
  await sql`
    INSERT INTO feedback_mail (sha256, source, envelope_to, raw, raw_until, received_at, applied_at)
    SELECT sha256(n::text::bytea), 'cli', 'b+x@example.org', 'bytes', ${ago(0)}::timestamptz + make_interval(days => n), ${ago(30)}, CASE WHEN n <> -2 THEN ${ago(30)}::timestamptz END
    FROM (VALUES (-2), (-1), (1)) AS mail (n)`.execute(store.db)
  await sql`
    INSERT INTO sendgrid_event (sg_event_id, event, occurred_at, body, body_until, received_at, applied_at, outcome)
    SELECT n::text, 'delivered', ${ago(30)}, '{}', ${ago(0)}::timestamptz + make_interval(days => n), ${ago(30)}, ${ago(30)}, 'applied' FROM (VALUES (-1), (1)) AS event (n)`.execute(
    store.db,
  )
  await runRetention(store.db, NOW, 'ada')
  // The one from before its day that nobody has read yet is kept.
  const { rows } = await sql<{ mails: number; raw: number; events: number; bodies: number }>`
    SELECT (SELECT count(*) FROM feedback_mail)::int AS mails, (SELECT count(raw) FROM feedback_mail)::int AS raw,
      (SELECT count(*) FROM sendgrid_event)::int AS events, (SELECT count(body) FROM sendgrid_event)::int AS bodies`.execute(
    store.db,
  )
  expect(rows[0]).toEqual({ mails: 3, raw: 2, events: 2, bodies: 1 })
})

test('it runs once a day by itself, and is reported when it has not for two', async () => {
  expect(await lateClasses(store.db, new Date())).toHaveLength(DATA_CLASSES.length)
  expect(await runDueRetention(store.db, new Date())).toHaveLength(DATA_CLASSES.length)
  expect(await runDueRetention(store.db, new Date())).toEqual([])
  expect(await lateClasses(store.db, new Date())).toEqual([])
  expect(await lateClasses(store.db, new Date(Date.now() + 3 * 86_400_000))).toHaveLength(DATA_CLASSES.length)
  expect(await runDueRetention(store.db, new Date(Date.now() + 2 * 86_400_000))).toHaveLength(DATA_CLASSES.length)
})

test('the proof cannot be rewritten', async () => {
  await runRetention(store.db, NOW, 'ada')
  await expect(store.pool.query('UPDATE retention_run SET removed = 9')).rejects.toThrow('append-only')
})

test('sessions, links and wrong tries of the console go when they have ended, and not before', async () => {
  await sql`
    INSERT INTO account (id, email, name, role, password_hash, made_at, made_by) OVERRIDING SYSTEM VALUE
    VALUES (1, 'ada@staff.example', 'Ada', 'viewer', 'none', ${ago(900)}, 'test')`.execute(store.db)
  await sql`
    INSERT INTO session (token_sha256, account_id, stage, made_at, seen_at, expires_at)
    SELECT sha256(days::text::bytea), 1, 'whole', ${ago(900)}, ${ago(900)}, ${NOW}::timestamptz - make_interval(days => days)
    FROM unnest(ARRAY[0, 2]) AS days`.execute(store.db)
  await sql`
    INSERT INTO account_link (token_sha256, kind, account_id, made_by, made_at, expires_at)
    SELECT sha256(days::text::bytea), 'reset', 1, 'test', ${ago(900)}, ${NOW}::timestamptz - make_interval(days => days)
    FROM unnest(ARRAY[29, 31]) AS days`.execute(store.db)
  await sql`
    INSERT INTO failed_try (key, failures, last_at)
    SELECT sha256(days::text::bytea), 3, ${NOW}::timestamptz - make_interval(days => days) FROM unnest(ARRAY[1, 3]) AS days`.execute(
    store.db,
  )
  const runs = await runRetention(store.db, NOW, 'ada')
  const removed = new Map(runs.map((run) => [run.dataClass, run.removed]))
  expect(['sessions', 'links of accounts', 'failed tries'].map((name) => removed.get(name))).toEqual([1, 1, 1])
})
