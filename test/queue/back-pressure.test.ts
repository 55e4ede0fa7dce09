// A relay that wants us slower, on a real worker: the lane slows down and nobody pays for it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listThrottles } from '../../src/delivery/throttles.ts'
import type { Store } from '../../src/store/connect.ts'
import { attempts, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'
import { campaignOver, carriedBy, chargedInVain, hurryWaits, steeredWorker, until } from './steered-worker.ts'

let store: Store
beforeAll(async () => {
  store = await testDatabase({ max: 20 })
})
afterAll(async () => await store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE lane, throttle, worker CASCADE')
})

test.each([
  [421, '4.7.0 Too many messages, slow down'],
  [421, '4.3.2 Service shutting down'],
  [451, '4.7.1 Rate limit exceeded, too many messages'],
])(
  'a relay that says "%i %s" above a rate slows the lane: no attempt is charged, it gets faster again, everybody is sent',
  async (code, words) => {
    const allowed = 60
    const seconds: number[] = []
    await using relay = await startSmtpSink({
      onMailFrom(_address, _session, callback) {
        const now = performance.now()
        while ((seconds[0] ?? now) < now - 1_000) seconds.shift()
        if (seconds.length >= allowed) return callback(Object.assign(new Error(words), { responseCode: code }))
        seconds.push(now)
        callback(null)
      },
    })
    const id = await campaignOver(store.db, ['smtp'], 400)
    const log = memoryLog()
    await using worker = await steeredWorker({
      store,
      log,
      relays: { smtp: relay.url },
      sweep: { ease: { everyMs: 500, factor: 1.3, freeAtPerSecond: 2_000 } },
    })
    const rates: number[] = []
    const look = async (): Promise<void> => {
      for (const { key, perSecond, slowedAt } of await listThrottles(store.db)) {
        if (key !== 'transport/smtp' || slowedAt === null || perSecond === null) continue
        if (rates.at(-1) !== perSecond) rates.push(perSecond)
      }
    }
    await until('all is sent', async () => {
      await look()
      await hurryWaits(store.db, id)
      return (await states(store.db, id))['sent'] === 400
    })
    await worker.drained()
    expect(await chargedInVain(store.db, id)).toBe(0)
    expect(await carriedBy(store.db, id)).toEqual({ smtp: 400 })
    const refused = (await attempts(store.db, id)).filter((attempt) => attempt.ending === 'released')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.every((attempt) => attempt.reply_code === code)).toBe(true)
    const faster = rates.filter((rate, n) => rate > (rates[n - 1] ?? Infinity))
    const slower = rates.filter((rate, n) => rate < (rates[n - 1] ?? 0))
    expect(rates.length).toBeGreaterThan(1)
    expect(faster.length).toBeGreaterThan(0)
    // However many were refused, the rate is halved at most once in five seconds.
    expect(slower.length).toBeLessThan(refused.length)
    const told = log.lines.filter((line) => line.message === 'the lane slows down')
    expect(told.length).toBe(slower.length + 1)
  },
)
