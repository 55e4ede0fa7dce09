// Data requests: export, rectify and erase leave what they must and take the rest.
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { checkCompliance } from '../../src/compliance/check.ts'
import { listRequests } from '../../src/compliance/data-requests.ts'
import { answerErase, answerExport, answerRectify } from '../../src/compliance/desk.ts'
import { claimDue } from '../../src/delivery/claims.ts'
import { latestEntries } from '../../src/store/audit-entries.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'

let store: Store
let folder = ''
let id = ''
beforeAll(async () => {
  store = await testDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'desk-'))
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  await store.pool.query(
    'TRUNCATE subscriber, suppression, campaign, delivery, attempt, opt_out, consent_event, data_request CASCADE',
  )
  id = await launchedCampaign(store.db, { addresses: ['one@example.org', 'two@example.org'], transport: 'file' })
  await sql`UPDATE subscriber SET first_name = '=1+1', zip = '97212' WHERE address = 'one@example.org'`.execute(
    store.db,
  )
})

async function deskFor(address: string) {
  const { address_key: addressKey } = await store.db
    .selectFrom('subscriber')
    .select('address_key')
    .where('address', '=', address)
    .executeTakeFirstOrThrow()
  return { addressKey, requestedAt: new Date(), now: new Date(), note: 'by letter', by: 'ada' }
}

test('an export holds everything, as JSON and as CSV that no spreadsheet runs, readable by its owner alone', async () => {
  const directory = path.join(folder, 'export')
  const { files } = await answerExport(store.db, { ...(await deskFor('one@example.org')), directory })
  expect((await readdir(directory)).toSorted()).toEqual(files.toSorted())
  const everything = JSON.parse(await readFile(path.join(directory, 'everything.json'), 'utf8')) as Record<
    string,
    object[]
  >
  expect(everything.profile).toMatchObject([{ address: 'one@example.org', first_name: '=1+1', zip: '97212' }])
  expect(everything.deliveries).toMatchObject([{ campaign_id: id, state: 'pending' }])
  expect(await readFile(path.join(directory, 'profile.csv'), 'utf8')).toContain(`,'=1+1,`)
  expect((await stat(path.join(directory, 'everything.json'))).mode & 0o777).toBe(0o600)
  expect(JSON.stringify(everything)).not.toContain('two@example.org')
})

test('an export never writes over another one, and then nothing is closed', async () => {
  const directory = path.join(folder, 'twice')
  const desk = await deskFor('one@example.org')
  await answerExport(store.db, { ...desk, directory })
  await expect(answerExport(store.db, { ...desk, directory })).rejects.toMatchObject({ code: 'export_unwritable' })
  expect(await listRequests(store.db, 10)).toHaveLength(1)
})

test('a corrected ZIP is in the profile, and the seat chosen for the former one is gone', async () => {
  const desk = await deskFor('one@example.org')
  const { changed } = await answerRectify(store.db, {
    ...desk,
    change: { firstName: 'Ada', lastName: undefined, zip: '92373-1234' },
  })
  expect(changed).toEqual(['first_name', 'zip', 'plus4'])
  expect(
    await store.db
      .selectFrom('subscriber')
      .select(['first_name', 'zip', 'plus4'])
      .where('address', '=', 'one@example.org')
      .execute(),
  ).toEqual([{ first_name: 'Ada', zip: '92373', plus4: '1234' }])
  await expect(
    answerRectify(store.db, { ...desk, change: { firstName: undefined, lastName: undefined, zip: '9721' } }),
  ).rejects.toMatchObject({ code: 'bad_zip' })
})

test('who is erased is gone from the tables, stays suppressed by hash, and a running campaign skips them', async () => {
  const desk = await deskFor('one@example.org')
  const { removed } = await answerErase(store.db, desk)
  expect(removed).toMatchObject({ profiles: 1, deliveries: 1, suppressed: 1 })
  const claimed = await claimDue(store.db, { campaignId: id, shard: 0, transport: 'file', limit: 10, leaseMs: 60_000 })
  expect(claimed.claims.map((claim) => claim.recipient.address)).toEqual(['two@example.org'])
  const { rows } = await sql<{
    name: string
  }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`.execute(
    store.db,
  )
  const holding: string[] = []
  for (const { name } of rows) {
    const found = await store.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM "${name}" t WHERE t::text LIKE '%one@example.org%'`,
    )
    if (found.rows[0]?.count) holding.push(name)
  }
  expect(holding).toEqual([])
  expect(
    await store.db.selectFrom('suppression').select('reason').where('address_key', '=', desk.addressKey).execute(),
  ).toEqual([{ reason: 'legal' }])
})

test('each request has a due date, an answer and its lines in the audit log', async () => {
  await answerErase(store.db, await deskFor('one@example.org'))
  const [request] = await listRequests(store.db, 10)
  expect(request).toMatchObject({ kind: 'erase', takenBy: 'ada', note: 'by letter' })
  expect((request?.dueAt.getTime() ?? 0) - (request?.requestedAt.getTime() ?? 0)).toBe(30 * 86_400_000)
  expect(request?.doneAt).toBeInstanceOf(Date)
  const acts = (await latestEntries(store.db, 2)).map(({ act, object }) => ({ act, object }))
  expect(acts[0]).toEqual({ act: 'answer request', object: `data-request/${request?.id}` })
})

test('a request that nobody answered in time makes the check fail', async () => {
  await sql`
    INSERT INTO data_request (kind, address_key, requested_at, due_at, taken_by)
    VALUES ('export', sha256('x'::bytea), now() - interval '40 days', now() - interval '10 days', 'ada')`.execute(
    store.db,
  )
  expect(await checkCompliance(store.db, new Date())).toMatchObject({ isSound: false, overdueRequests: 1 })
})
