// Workers on both queues: the ledger decides, jobs are hints (rules 6 and 9; threats T19, T20, T23).
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pauseCampaign, resumeCampaign } from '../../src/campaign/control.ts'
import { systemClock } from '../../src/core/clock.ts'
import { NO_LIMITS } from '../../src/delivery/throttles.ts'
import { createFileTransport } from '../../src/delivery/transports/file.ts'
import { connectQueues, type Queues } from '../../src/queue/connect.ts'
import { startWorker, type RunningWorker, type WorkerOptions, type WorkerParts } from '../../src/queue/consume.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign, ledger, optOut, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { plainComposer } from '../support/plain-composer.ts'
import { noRedis, testRedis, type TestRedis } from '../support/redis.ts'

const FAST: WorkerOptions = { sweepEveryMs: 150, concurrency: 4, graceMs: 5_000 }
const perSecond = (messages: number) => ({ file: { ...NO_LIMITS, perSecond: messages, connections: null } })
const act = { actor: 'ada', clock: systemClock }

for (const backend of ['postgres', 'redis'] as const) {
  describe.skipIf(backend === 'redis' && noRedis !== null)(`on ${backend}`, () => {
    let store: Store
    let redis: TestRedis | undefined
    let queues: Queues
    let outbox: string
    const log = memoryLog()

    beforeAll(async () => {
      store = await testDatabase({ max: 20 })
      if (backend === 'redis') redis = await testRedis()
      queues = await connectQueues({ redisUrl: redis?.url, databaseUrl: store.url, log })
      outbox = await mkdtemp(path.join(tmpdir(), 'rollcall-outbox-'))
    })
    afterAll(async () => {
      await queues[Symbol.asyncDispose]()
      await redis?.[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      await rm(outbox, { recursive: true, force: true })
    })

    const transport = () => createFileTransport({ directory: outbox })
    function worker(options: WorkerOptions = FAST, parts: Partial<WorkerParts> = {}): RunningWorker {
      const file = transport()
      const transportFor: WorkerParts['transportFor'] = (kind) => (kind === 'file' ? file : null)
      return startWorker(
        { db: store.db, queues, composer: plainComposer(), transportFor, launch: async () => undefined, log, ...parts },
        options,
      )
    }
    const sentFiles = async (id: string) => {
      const ids = new Set((await ledger(store.db, id)).map((row) => `${row.id}.eml`))
      return (await readdir(outbox)).filter((name) => ids.has(name)).length
    }

    test('a launched campaign is sent to everybody once and finishes', async () => {
      const id = await launchedCampaign(store.db, { addresses: 300, shards: 6 })
      await using running = worker()
      await running.drained()
      expect(await states(store.db, id)).toEqual({ sent: 300 })
      expect(await sentFiles(id)).toBe(300)
      expect(
        (await store.db.selectFrom('campaign').select('state').where('id', '=', id).executeTakeFirst())?.state,
      ).toBe('finished')
    })

    test('two workers share the work and nothing is sent twice', async () => {
      const id = await launchedCampaign(store.db, { addresses: 400, shards: 8 })
      await using first = worker()
      await using second = worker()
      await Promise.all([first.drained(), second.drained()])
      expect(await states(store.db, id)).toEqual({ sent: 400 })
      const attempts = await store.db.selectFrom('attempt').select('fence').where('campaign_id', '=', id).execute()
      expect(attempts).toHaveLength(400)
      expect(new Set(attempts.map((attempt) => attempt.fence))).toEqual(new Set(['1']))
    })

    test('T23: a forged job for a campaign nobody approved sends nothing', async () => {
      const id = await launchedCampaign(store.db, { addresses: 5, state: 'draft' })
      await using _running = worker()
      await queues.add('deliver', [{ campaignId: id, shard: 0 }])
      await queues.add('deliver', [{ campaignId: 'no-such-campaign', shard: 0 }])
      await sleep(700)
      expect(await states(store.db, id)).toEqual({ pending: 5 })
      expect(await sentFiles(id)).toBe(0)
    })

    test('rule 6: replayed and doubled jobs change nothing but time', async () => {
      const id = await launchedCampaign(store.db, { addresses: 60, shards: 2 })
      await using running = worker()
      for (let n = 0; n < 20; n++) await queues.add('deliver', [{ campaignId: id, shard: n % 2 }])
      await running.drained()
      for (let n = 0; n < 20; n++) await queues.add('deliver', [{ campaignId: id, shard: n % 2 }])
      await sleep(300)
      expect(await states(store.db, id)).toEqual({ sent: 60 })
      expect(
        (await store.db.selectFrom('attempt').select('fence').where('campaign_id', '=', id).execute()).length,
      ).toBe(60)
    })

    test('rule 9: pause stops within what is in the air, resume goes on, an opt-out in between wins', async () => {
      const id = await launchedCampaign(store.db, { addresses: 500, shards: 4 })
      await using running = worker(FAST, { limits: perSecond(200) })
      await until(async () => ((await states(store.db, id))['sent'] ?? 0) > 20)
      await pauseCampaign(store.db, id, 'a word is wrong', act)
      await until(async () => !('sending' in (await states(store.db, id))))
      const paused = await states(store.db, id)
      await sleep(500)
      expect(await states(store.db, id)).toEqual(paused)
      expect(paused['pending']).toBeGreaterThan(0)
      const waiting = (await ledger(store.db, id)).find((row) => row.state === 'pending')
      await optOut(store.db, waiting?.address ?? '')
      await resumeCampaign(store.db, id, act)
      await running.drained()
      expect(await states(store.db, id)).toEqual({ sent: 499, skipped: 1 })
    })

    test('T19: the kill switch stops everything within what is in the air', async () => {
      const id = await launchedCampaign(store.db, { addresses: 400, shards: 4 })
      await using running = worker(FAST, { limits: perSecond(200) })
      await until(async () => ((await states(store.db, id))['sent'] ?? 0) > 20)
      await store.db.updateTable('kill_switch').set({ engaged: true }).execute()
      await until(async () => !('sending' in (await states(store.db, id))))
      const stopped = await states(store.db, id)
      await sleep(500)
      expect(await states(store.db, id)).toEqual(stopped)
      await store.db.updateTable('kill_switch').set({ engaged: false }).execute()
      await running.drained()
      expect(await states(store.db, id)).toEqual({ sent: 400 })
    })

    test('a scheduled campaign is launched when its hour has come, once', async () => {
      const id = await launchedCampaign(store.db, { addresses: 10, state: 'scheduled' })
      const launched: string[] = []
      const launch = async (campaignId: string): Promise<void> => {
        launched.push(campaignId)
        const now = {
          state: 'sending',
          launched_at: new Date(),
          audience: 10,
          shards: 1,
          open_shards: 1,
          launch_at: null,
        } as const
        await store.db.updateTable('campaign').set(now).where('id', '=', campaignId).execute()
      }
      await using running = worker(FAST, { launch })
      await running.drained()
      expect(launched).toEqual([id])
      expect(await states(store.db, id)).toEqual({ sent: 10 })
    })

    test('a stopped worker leaves nothing in sending, and the next one sends the rest', async () => {
      const id = await launchedCampaign(store.db, { addresses: 400, shards: 4 })
      const first = worker(FAST, { limits: perSecond(300) })
      await until(async () => ((await states(store.db, id))['sent'] ?? 0) > 20)
      await Promise.all([first[Symbol.asyncDispose](), first[Symbol.asyncDispose]()])
      const left = await states(store.db, id)
      expect(left).not.toHaveProperty('sending')
      expect(left).not.toHaveProperty('in_doubt')
      await using second = worker()
      await second.drained()
      expect(await states(store.db, id)).toEqual({ sent: 400 })
    })

    test('a worker without the campaign’s transport says so and sends nothing', async () => {
      const id = await launchedCampaign(store.db, { addresses: 3, transport: 'sendgrid' })
      await using _running = worker()
      await until(async () => log.lines.some((line) => line.message.includes('none of the transports')))
      expect(await states(store.db, id)).toEqual({ pending: 3 })
      await store.db
        .updateTable('campaign')
        .set({ state: 'cancelled', finished_at: new Date() })
        .where('id', '=', id)
        .execute()
    })

    test('T20: no address is in the queue, neither in payloads nor in what is left behind', async () => {
      const id = await launchedCampaign(store.db, { addresses: ['canary@t20.example.org'], state: 'paused' })
      await queues.add('deliver', [{ campaignId: id, shard: 0 }])
      expect(await queueDump()).toContain(id)
      await resumeCampaign(store.db, id, act)
      await using running = worker()
      await running.drained()
      expect(await queueDump()).not.toMatch(/canary|@|example\.org/)
      expect(JSON.stringify(log.lines)).not.toMatch(/canary/)
    })

    if (backend !== 'redis') return

    test('T23, rule 6: FLUSHALL in mid-campaign loses and doubles nothing', async () => {
      const id = await launchedCampaign(store.db, { addresses: 600, shards: 6 })
      await using running = worker(FAST, { limits: perSecond(400) })
      for (let n = 0; n < 4; n++) {
        await sleep(250)
        await redis?.client.flushall()
      }
      await running.drained()
      expect(await states(store.db, id)).toEqual({ sent: 600 })
      expect(
        (await store.db.selectFrom('attempt').select('fence').where('campaign_id', '=', id).execute()).length,
      ).toBe(600)
    })

    test('rule 6: Redis killed and back, empty, in mid-campaign loses and doubles nothing', async () => {
      const id = await launchedCampaign(store.db, { addresses: 300, shards: 6 })
      await using running = worker(FAST, { limits: perSecond(200) })
      await until(async () => ((await states(store.db, id))['sent'] ?? 0) > 20)
      await redis?.restart()
      await running.drained()
      expect(await states(store.db, id)).toEqual({ sent: 300 })
    })

    /** Everything the queue holds, as text. */
    async function queueDump(): Promise<string> {
      if (redis !== undefined) {
        const { client } = redis
        const keys = await client.keys('*')
        return JSON.stringify(await Promise.all(keys.map(async (key) => [key, await readKey(client, key)])))
      }
      const { rows: tables } = await store.pool.query<{ name: string }>(
        `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq'`,
      )
      const rows = await Promise.all(
        tables.map(async ({ name }) => (await store.pool.query(`SELECT t::text FROM bullmq.${name} t`)).rows),
      )
      return JSON.stringify(rows)
    }
  })
}

/** DUMP would compress: an address could hide in it. */
async function readKey(client: Redis, key: string): Promise<unknown> {
  switch (await client.type(key)) {
    case 'hash':
      return await client.hgetall(key)
    case 'list':
      return await client.lrange(key, '0', '-1')
    case 'set':
      return await client.smembers(key)
    case 'zset':
      return await client.zrange(key, '0', '-1')
    case 'stream':
      return await client.xrange(key, '-', '+')
    default:
      return await client.get(key)
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 400; n++) {
    if (await holds()) return
    await sleep(25)
  }
  throw new Error('it did not come to pass within ten seconds')
}
