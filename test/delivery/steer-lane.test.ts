// What one handoff does to the lane, for all workers, and what the operator hears of it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { classify } from '../../src/delivery/classify.ts'
import { openCircuit, pausedLanes, viewLane } from '../../src/delivery/lanes.ts'
import { createSender, type Sender } from '../../src/delivery/sender.ts'
import { steerLane } from '../../src/delivery/steer-lane.ts'
import { listThrottles } from '../../src/delivery/throttles.ts'
import type { Handoff, Reply } from '../../src/delivery/transport.ts'
import { createFileTransport } from '../../src/delivery/transports/file.ts'
import { connect, type Db, type Store } from '../../src/store/connect.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog, type MemoryLog } from '../support/memory-log.ts'
import { plainComposer } from '../support/plain-composer.ts'

let store: Store
let outbox: string
let log: MemoryLog
beforeAll(async () => {
  store = await testDatabase({ max: 12 })
  outbox = await mkdtemp(path.join(tmpdir(), 'rollcall-outbox-'))
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await rm(outbox, { recursive: true, force: true })
})
beforeEach(async () => {
  await store.pool.query('TRUNCATE lane, throttle, worker CASCADE')
  log = memoryLog()
})

async function sender(db: Db = store.db): Promise<Sender> {
  const made = createSender({
    db,
    lane: 'smtp',
    transport: createFileTransport({ directory: outbox }),
    composer: plainComposer(),
    log,
  })
  await made.look().catch(() => undefined)
  return made
}

async function steer(by: Sender, handoff: Handoff): Promise<void> {
  const verdict = classify(handoff)
  await steerLane(by, verdict, verdict.sentence)
}

const reply = (code: number, enhanced: string, text: string): Reply => ({ code, enhanced, text })
const accepted: Handoff = { kind: 'accepted', reply: reply(250, '2.0.0', 'queued') }
const noMailbox: Handoff = { kind: 'refused', stage: 'rcpt', reply: reply(550, '5.1.1', 'no such user') }
const tooMany: Handoff = { kind: 'refused', stage: 'mail', reply: reply(421, '4.7.0', 'too many messages') }
const blocked: Handoff = { kind: 'refused', stage: 'dot', reply: reply(554, '5.7.1', 'blocked for bad reputation') }
const loginRefused: Handoff = {
  kind: 'lane',
  stage: 'auth',
  reply: reply(535, '5.7.8', 'bad credentials'),
  sentence: 'the relay refused the login',
  retryAfterMs: null,
}
const unreachable: Handoff = { kind: 'broken', stage: 'connect', mayBeDelivered: false, sentence: 'ECONNREFUSED' }
const quota: Handoff = { ...loginRefused, stage: 'http', sentence: 'the quota is used up', retryAfterMs: 90_000 }

const told = (message: string) => log.lines.filter((line) => line.message === message)

test('a message that was taken counts for the pace; one that was refused for its mailbox changes nothing', async () => {
  const by = await sender()
  await steer(by, accepted)
  await steer(by, noMailbox)
  expect(by.pace.perSecond()).toBe(1)
  expect([await pausedLanes(store.db), await listThrottles(store.db), log.lines]).toEqual([[], [], []])
})

test.each([
  ['a refused login', loginRefused],
  ['a relay that cannot be reached', unreachable],
])('%s opens the circuit once, however many connections meet it, and is told once', async (_, handoff) => {
  const by = await sender()
  await Promise.all(Array.from({ length: 10 }, () => steer(by, handoff)))
  expect(by.view().failures).toBe(1)
  expect(await pausedLanes(store.db)).toHaveLength(1)
  expect(told('the lane is paused')).toHaveLength(1)
})

test.each([
  ['a block of us', blocked],
  ['a provider that says when to come back', quota],
])('%s pauses the lane and is no failure of the transport', async (_, handoff) => {
  const by = await sender()
  await Promise.all(Array.from({ length: 10 }, () => steer(by, handoff)))
  expect(by.view().failures).toBe(0)
  expect(await pausedLanes(store.db)).toHaveLength(1)
  expect(told('the lane is paused')).toHaveLength(1)
})

test('the message that proves the transport again closes its circuit for all', async () => {
  const [by, other] = [await sender(), await sender()]
  await openCircuit(store.db, 'smtp', 60_000, 'down')
  for (const each of [by, other]) await each.look()
  await steer(by, accepted)
  expect(by.view().failures).toBe(0)
  expect((await viewLane(store.db, 'smtp')).failures).toBe(0)
  await openCircuit(store.db, 'smtp-2', 60_000, 'down')
  await steer(other, accepted)
  expect((await viewLane(store.db, 'smtp-2')).failures).toBe(1)
})

test('"slow down" on ten connections of two workers halves the rate once, is told once, and both know it', async () => {
  const both = [await sender(), await sender()]
  for (const by of both) for (let sent = 0; sent < 40; sent++) await steer(by, accepted)
  await Promise.all(
    Array.from({ length: 10 }, (_, n) => both[n % 2]).map(async (by) => by && (await steer(by, tooMany))),
  )
  const [throttle, ...others] = await listThrottles(store.db)
  expect(others).toEqual([])
  expect(throttle).toMatchObject({ key: 'transport/smtp', slowReason: expect.stringContaining('too many messages') })
  expect(throttle?.perSecond).toBeGreaterThan(1)
  expect(throttle?.perSecond).toBeLessThanOrEqual(20)
  expect(told('the lane slows down')).toHaveLength(1)
  expect(both.map((by) => by.view().isLimited)).toEqual([true, true])
  expect(await pausedLanes(store.db)).toEqual([])
})

test('a database that is away is told and breaks nothing', async () => {
  await using away = connect('postgres://nobody@127.0.0.1:1/nowhere')
  await steer(await sender(away.db), unreachable)
  expect(told('the state of the lane could not be written')).toHaveLength(1)
})
