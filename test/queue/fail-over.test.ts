// Several transports: the first that fails hands its work to the next, nobody pays for it, and it is tried again with one message.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { pausedLanes, viewLane } from '../../src/delivery/lanes.ts'
import type { RunningWorker } from '../../src/queue/consume.ts'
import type { Store } from '../../src/store/connect.ts'
import { attempts, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog, type MemoryLog } from '../support/memory-log.ts'
import { startWireServer, type WireServer } from '../support/wire-server.ts'
import { campaignOver, carriedBy, chargedInVain, endPause, steeredWorker, until } from './steered-worker.ts'

/** A relay that can be put out of order while it runs. */
interface Relay extends WireServer {
  trouble: 'none' | 'down' | 'silent' | 'login refused'
}

const ENDINGS = {
  none: undefined,
  'login refused': undefined,
  down: { ending: 'drop' },
  silent: { ending: 'hang' },
} as const

async function startRelay(): Promise<Relay> {
  const state: { trouble: Relay['trouble'] } = { trouble: 'none' }
  const server = await startWireServer({
    connect: () => ENDINGS[state.trouble],
    mail: () => (state.trouble === 'down' ? { ending: 'drop' } : undefined),
    auth: () => (state.trouble === 'login refused' ? { say: '535 5.7.8 Bad credentials\r\n' } : undefined),
  })
  return Object.assign(state, { ...server, url: server.url.replace('smtp://', 'smtp://user:secret@') })
}

let store: Store
let log: MemoryLog
let first: Relay
let second: Relay
let running: RunningWorker[] = []

beforeAll(async () => {
  store = await testDatabase({ max: 20 })
})
afterAll(async () => await store[Symbol.asyncDispose]())
beforeEach(async () => {
  await store.pool.query('TRUNCATE lane, throttle, worker CASCADE')
  log = memoryLog()
  first = await startRelay()
  second = await startRelay()
})
afterEach(async () => {
  for (const worker of running) await worker[Symbol.asyncDispose]()
  running = []
  await first[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
})

async function work(): Promise<RunningWorker> {
  const worker = await steeredWorker({ store, log, relays: { smtp: first.url, 'smtp-2': second.url } })
  running.push(worker)
  return worker
}
const BOTH = ['smtp', 'smtp-2'] as const
const sent = async (id: string) => (await states(store.db, id))['sent'] ?? 0
const failures = async (lane: string) => (await viewLane(store.db, lane)).failures

test('while the first transport works, the second has nothing to do', async () => {
  const id = await campaignOver(store.db, BOTH, 60)
  await (await work()).drained()
  expect(await carriedBy(store.db, id)).toEqual({ smtp: 60 })
  expect(second.connections()).toBe(0)
})

test.each(['down', 'login refused'] as const)(
  'the first is %s: all goes by the second, no attempt is charged, the operator is told once',
  async (trouble) => {
    first.trouble = trouble
    const id = await campaignOver(store.db, BOTH, 120)
    await (await work()).drained()
    expect(await states(store.db, id)).toEqual({ sent: 120 })
    expect(await carriedBy(store.db, id)).toEqual({ 'smtp-2': 120 })
    expect([first.dots(), second.dots()]).toEqual([0, 120])
    expect(await chargedInVain(store.db, id)).toBe(0)
    expect(await failures('smtp')).toBe(1)
    expect(await pausedLanes(store.db)).toMatchObject([{ transport: 'smtp' }])
    expect(log.lines.filter((line) => line.message === 'the lane is paused')).toHaveLength(1)
    // What was tried with the first came back uncharged, and no more of it than there are connections.
    const released = (await attempts(store.db, id)).filter((attempt) => attempt.ending === 'released')
    expect(released.length).toBeGreaterThan(0)
    expect(released.length).toBeLessThanOrEqual(4)
  },
)

test('the first fails in mid-send: nothing is lost or doubled, what it had not carried goes by the second', async () => {
  const id = await campaignOver(store.db, BOTH, 300)
  const worker = await work()
  await until('some are sent', async () => (await sent(id)) > 40)
  first.trouble = 'down'
  await worker.drained()
  expect(await states(store.db, id)).toEqual({ sent: 300 })
  const by = await carriedBy(store.db, id)
  expect([by['smtp'], by['smtp-2']]).toEqual([first.dots(), second.dots()])
  expect(first.dots() + second.dots()).toBe(300)
  expect(second.dots()).toBeGreaterThan(0)
})

test('when its pause is over the first is tried with one message; while that fails the second goes on, and the pause doubles', async () => {
  first.trouble = 'down'
  const id = await campaignOver(store.db, BOTH, 4)
  const worker = await work()
  await worker.drained()
  expect(await failures('smtp')).toBe(1)
  const before = first.connections()
  // So slow to fail that whoever else tried would be seen.
  first.trouble = 'silent'
  const more = await campaignOver(store.db, BOTH, 200)
  await endPause(store.db, 'smtp')
  await worker.drained()
  expect(await states(store.db, more)).toEqual({ sent: 200 })
  expect(await carriedBy(store.db, id)).toEqual({ 'smtp-2': 4 })
  expect(first.connections() - before).toBe(1)
  expect(await failures('smtp')).toBe(2)
  const all = await attempts(store.db, more)
  const [probe, ...others] = all.filter((attempt) => attempt.ending === 'released')
  expect(others).toEqual([])
  // All but what is in the probe's own shard went by the second while the probe was waiting for an answer.
  const meanwhile = all.filter((attempt) => attempt.ended_at < (probe?.ended_at ?? new Date(0)))
  expect(meanwhile.length).toBeGreaterThan(100)
})

test('when the first is back, one message proves it and it takes over', async () => {
  first.trouble = 'down'
  await campaignOver(store.db, BOTH, 4)
  const worker = await work()
  await worker.drained()
  first.trouble = 'none'
  await endPause(store.db, 'smtp')
  const id = await campaignOver(store.db, BOTH, 200)
  await worker.drained()
  expect(await states(store.db, id)).toEqual({ sent: 200 })
  expect(first.dots()).toBeGreaterThan(0)
  expect(await failures('smtp')).toBe(0)
  const last = await campaignOver(store.db, BOTH, 50)
  await worker.drained()
  expect(await carriedBy(store.db, last)).toEqual({ smtp: 50 })
})

test('a campaign that is pinned to one transport waits for it', async () => {
  first.trouble = 'login refused'
  const pinned = await campaignOver(store.db, ['smtp'], 40)
  const free = await campaignOver(store.db, BOTH, 40)
  const worker = await work()
  await until('the others are sent', async () => (await sent(free)) === 40)
  const waiting = await states(store.db, pinned)
  expect((waiting['pending'] ?? 0) + (waiting['deferred'] ?? 0)).toBe(40)
  expect(await chargedInVain(store.db, pinned)).toBe(0)
  first.trouble = 'none'
  await endPause(store.db, 'smtp')
  await worker.drained()
  expect(await carriedBy(store.db, pinned)).toEqual({ smtp: 40 })
})

test('both are down: nothing is lost, no attempt is charged, and it goes on by whichever returns', async () => {
  first.trouble = 'down'
  second.trouble = 'down'
  const id = await campaignOver(store.db, BOTH, 80)
  const worker = await work()
  await until('both circuits are open', async () => (await pausedLanes(store.db)).length === 2)
  await until('nothing is in the air', async () => !('sending' in (await states(store.db, id))))
  const { pending = 0, deferred = 0 } = await states(store.db, id)
  expect(pending + deferred).toBe(80)
  expect(await chargedInVain(store.db, id)).toBe(0)
  second.trouble = 'none'
  await endPause(store.db, 'smtp-2')
  await worker.drained()
  expect(await carriedBy(store.db, id)).toEqual({ 'smtp-2': 80 })
})

test('two workers share one circuit: the failure of one is known to both', async () => {
  first.trouble = 'down'
  const id = await campaignOver(store.db, BOTH, 160)
  const workers = [await work(), await work()]
  await Promise.all(workers.map((worker) => worker.drained()))
  expect(await states(store.db, id)).toEqual({ sent: 160 })
  expect(await failures('smtp')).toBe(1)
  // Each may have had its places full when the first failure became known.
  expect(first.connections()).toBeLessThanOrEqual(8)
})
