// Two worker processes send the reference campaign to Postfix's sink: ledger, sink and audience agree.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { campaignStatus, type Status } from '../../src/delivery/report.ts'
import type { Store } from '../../src/store/connect.ts'
import { ended, startCli } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { noPostfixSink, startPostfixSink } from '../support/postfix-sink.ts'
import { noRedis, testRedis } from '../support/redis.ts'
import { ACT, SECRET, approvedCampaign, keyOf } from '../support/reference-campaign.ts'

const AUDIENCE = 20_000
let store: Store
let home: string

beforeAll(async () => {
  store = await testDatabase({ reference: true })
  home = await mkdtemp(path.join(tmpdir(), 'rollcall-two-'))
  await subscribeEverywhere(AUDIENCE)
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

/** Spreads people over all ZIPs of the map. */
async function subscribeEverywhere(count: number): Promise<void> {
  const addresses = Array.from({ length: count }, (_, index) => `person.${index}@example.org`)
  await sql`
    WITH zips AS (SELECT zip, row_number() OVER (ORDER BY md5(zip)) AS place FROM (SELECT DISTINCT zip FROM zip_seat) AS each)
    INSERT INTO subscriber (address, address_key, domain, first_name, last_name, zip, created_at, updated_at)
    SELECT address, key, 'example.org', 'Sam', 'Sample', zips.zip, now(), now()
    FROM unnest(${addresses}::text[], ${addresses.map(keyOf)}::bytea[]) WITH ORDINALITY AS given (address, key, place) JOIN zips USING (place)`.execute(
    store.db,
  )
}

/** What the three sides say after the send. */
interface Account {
  exitCodes: (number | null)[]
  status: Status
  /** Messages the sink accepted. */
  accepted: number
  attempts: number
  messageIds: number
}

async function sendWithTwoWorkers(redisUrl: string | null): Promise<Account> {
  await using sink = await startPostfixSink()
  const id = await approvedCampaign(store.db)
  await launchCampaign(store.db, id, { ...ACT, expect: AUDIENCE, transports: ['smtp'] })
  const settings = {
    DATABASE_URL: store.url,
    ROLLCALL_HOME: home,
    ROLLCALL_SECRET: SECRET,
    SMTP_URL: sink.url,
    LOG_LEVEL: 'error',
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
  }
  const workers = [startCli(['work'], settings), startCli(['work'], settings)]
  const ends = workers.map(ended)
  try {
    while ((await campaignStatus(store.db, id)).state === 'sending') await sleep(250)
  } finally {
    for (const worker of workers) worker.kill('SIGTERM')
  }
  const exitCodes = (await Promise.all(ends)).map((run) => run.code)
  const status = await campaignStatus(store.db, id)
  console.log(`${redisUrl === null ? 'PostgreSQL' : 'Redis'} queue: ${Math.round(status.perSecond)} messages a second`)
  const { rows } = await sql<{ attempts: number; messageIds: number }>`
    SELECT (SELECT count(*)::int FROM attempt WHERE campaign_id = ${id}) AS attempts,
      (SELECT count(DISTINCT message_id)::int FROM delivery WHERE campaign_id = ${id}) AS "messageIds"`.execute(
    store.db,
  )
  return { exitCodes, status, accepted: sink.messages(), attempts: 0, messageIds: 0, ...rows[0] }
}

const AGREED = {
  exitCodes: [0, 0],
  status: {
    state: 'finished',
    audience: AUDIENCE,
    deliveries: { sent: AUDIENCE, pending: 0, sending: 0, deferred: 0, bounced: 0, failed: 0, in_doubt: 0, skipped: 0 },
  },
  accepted: AUDIENCE,
  attempts: AUDIENCE,
  messageIds: AUDIENCE,
}

describe.skipIf(noPostfixSink !== null)('20,000 messages by two worker processes', () => {
  test.skipIf(noRedis !== null)('with the queue on Redis', { timeout: 600_000 }, async () => {
    await using redis = await testRedis()
    expect(await sendWithTwoWorkers(redis.url)).toMatchObject(AGREED)
  })

  test('with the queue in PostgreSQL', { timeout: 600_000 }, async () => {
    expect(await sendWithTwoWorkers(null)).toMatchObject(AGREED)
  })
})
