// Worker processes die in mid-send: the sink's log, the ledger and the audience still agree (rules 2, 3, 4 and 6).
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCampaigns } from '../../src/delivery/deliveries.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign, ledger, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { noRedis, testRedis, type TestRedis } from '../support/redis.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { startWorkerProcess, type WorkerSettings } from '../support/workers.ts'

const AUDIENCE = 2_000
const SMALL = 600
const CONNECTIONS = 5
/** What a killed worker may leave open: its connections, the endings in one settle, those that wait for the next. */
const MOST_IN_DOUBT = CONNECTIONS + 50

for (const backend of ['postgres', 'redis'] as const) {
  describe.skipIf(backend === 'redis' && noRedis !== null)(`on ${backend}`, () => {
    let store: Store
    let sink: SmtpSink
    let redis: TestRedis | undefined

    beforeAll(async () => {
      store = await testDatabase()
      sink = await startSmtpSink()
      if (backend === 'redis') redis = await testRedis()
    })
    afterAll(async () => {
      await redis?.[Symbol.asyncDispose]()
      await sink[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    })

    const settings = (): WorkerSettings => ({
      databaseUrl: store.url,
      redisUrl: redis?.url,
      smtpUrl: sink.url,
      connections: CONNECTIONS,
      leaseMs: 4_000,
    })
    const sent = async (id: string) => (await states(store.db, id))['sent'] ?? 0

    async function finished(): Promise<void> {
      for (let n = 0; n < 600 && (await openCampaigns(store.db)) > 0; n++) await sleep(100)
    }

    /** Every row against the sink's own log. */
    async function reconcile(id: string): Promise<{ copies: Map<string, number>; byState: Record<string, number> }> {
      const rows = await ledger(store.db, id)
      const copies = new Map(rows.map((row) => [row.address, 0]))
      for (const { recipient } of sink.accepted)
        if (copies.has(recipient)) copies.set(recipient, (copies.get(recipient) ?? 0) + 1)
      const least = new Map([['sent', 1]])
      const most = new Map([
        ['sent', 2],
        ['in_doubt', 2],
      ])
      const wrong = rows.filter(({ address, state }) => {
        const count = copies.get(address) ?? 0
        return count < (least.get(state) ?? 0) || count > (most.get(state) ?? 0)
      })
      expect(wrong).toEqual([])
      return { copies, byState: await states(store.db, id) }
    }

    test('HOLD: after kill -9 of two workers nobody is lost, nobody got two, and only what was open is in doubt', async () => {
      const id = await launchedCampaign(store.db, { addresses: AUDIENCE, transport: 'smtp', shards: 8 })
      for (const until of [AUDIENCE * 0.2, AUDIENCE * 0.5]) {
        await using worker = await startWorkerProcess(settings())
        while ((await sent(id)) < until) await sleep(20)
        await worker.kill()
      }
      await using last = await startWorkerProcess(settings())
      await finished()
      const { copies, byState } = await reconcile(id)
      expect(byState['sent']! + (byState['in_doubt'] ?? 0)).toBe(AUDIENCE)
      expect(byState['in_doubt'] ?? 0).toBeLessThanOrEqual(2 * MOST_IN_DOUBT)
      expect(Math.max(...copies.values())).toBe(1)
      console.log(`${backend}: in doubt after two kills: ${byState['in_doubt'] ?? 0}`)
      expect(await last.stop()).toBe(0)
    }, 120_000)

    // What follows is about the ledger, not about the queue: once is enough.
    if (backend !== 'postgres') return

    test('RESEND: after kill -9 everybody has it, and who has it twice has the same bytes and was in doubt', async () => {
      const id = await launchedCampaign(store.db, {
        addresses: SMALL,
        transport: 'smtp',
        shards: 4,
        doubtPolicy: 'resend',
      })
      const first = await startWorkerProcess(settings())
      while ((await sent(id)) < SMALL / 4) await sleep(20)
      await first.kill()
      await using _last = await startWorkerProcess(settings())
      await finished()
      const { copies, byState } = await reconcile(id)
      expect(byState).toEqual({ sent: SMALL })
      const doubted = await store.db
        .selectFrom('attempt')
        .select('delivery_id')
        .where('campaign_id', '=', id)
        .where('ending', '=', 'in_doubt')
        .execute()
      const ids = new Set(doubted.map((attempt) => attempt.delivery_id))
      for (const row of await ledger(store.db, id)) {
        expect(copies.get(row.address)).toBeLessThanOrEqual(ids.has(row.id) ? 2 : 1)
        const bytes = sink.accepted
          .filter((message) => message.recipient === row.address)
          .map((message) => `${message.messageId} ${message.sha256}`)
        expect(new Set(bytes).size).toBe(1)
      }
    }, 120_000)

    test('SIGTERM in mid-send leaves nothing in doubt', async () => {
      const id = await launchedCampaign(store.db, { addresses: SMALL, transport: 'smtp', shards: 4 })
      await using worker = await startWorkerProcess(settings())
      while ((await sent(id)) < SMALL / 4) await sleep(20)
      expect(await worker.stop()).toBe(0)
      const left = await states(store.db, id)
      expect(left).not.toHaveProperty('sending')
      expect(left).not.toHaveProperty('in_doubt')
      await using _next = await startWorkerProcess(settings())
      await finished()
      expect((await reconcile(id)).byState).toEqual({ sent: SMALL })
    }, 120_000)

    test('a worker stopped past its lease and woken again writes nothing over what was judged meanwhile', async () => {
      const id = await launchedCampaign(store.db, { addresses: SMALL, transport: 'smtp', shards: 4 })
      await using sleeper = await startWorkerProcess({ ...settings(), leaseMs: 1_500 })
      while ((await sent(id)) < SMALL / 6) await sleep(20)
      sleeper.signal('SIGSTOP')
      await using _other = await startWorkerProcess(settings())
      await finished()
      const judged = await ledger(store.db, id)
      sleeper.signal('SIGCONT')
      await sleep(2_500)
      expect(await ledger(store.db, id)).toEqual(judged)
      const { copies, byState } = await reconcile(id)
      expect(byState['sent']! + (byState['in_doubt'] ?? 0)).toBe(SMALL)
      expect(Math.max(...copies.values())).toBe(1)
    }, 120_000)
  })
}
