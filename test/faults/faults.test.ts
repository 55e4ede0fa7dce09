// A short selection of the fault program, played by the same code: npm run faults plays all of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noRedis } from '../support/redis.ts'
import { startCluster, type Cluster } from './cluster.ts'
import { play } from './play.ts'
import type { Scenario } from './scenario.ts'
import { killTwice } from './scenarios/kill.ts'
import { postgresRestarted } from './scenarios/outage.ts'
import { steering } from './scenarios/steering.ts'
import { asked, frozen } from './scenarios/stop.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(false)
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
})

async function brokenPromises(scenario: Scenario, seed: string): Promise<string[]> {
  const size = { messages: 2_000, hasRedis: noRedis === null }
  const { violations } = await play(cluster, scenario, seed, size, new AbortController().signal)
  return violations
}

// A few at a time: each waits most of the time, for leases and for locks of the queue.
describe('whatever breaks, audience, ledger and sink agree', { timeout: 240_000 }, () => {
  test.concurrent('kill -9 in mid-DATA and between 250 and settle, HOLD, the queue on PostgreSQL', async ({
    expect,
  }) => {
    expect(await brokenPromises(killTwice('hold', false), 'test/hold')).toEqual([])
  })

  test.concurrent('SIGTERM in mid-send leaves nothing in doubt', async ({ expect }) => {
    expect(await brokenPromises(asked, 'test/asked')).toEqual([])
  })
})

describe('whatever breaks, audience, ledger and sink still agree', { timeout: 240_000 }, () => {
  test.concurrent('the same kills, RESEND, the queue on Redis', async ({ expect }) => {
    expect(await brokenPromises(killTwice('resend', true), 'test/resend')).toEqual([])
  })

  test.concurrent('a worker frozen past its lease writes nothing over what was judged', async ({ expect }) => {
    expect(await brokenPromises(frozen, 'test/frozen')).toEqual([])
  })

  test.concurrent('pause, kill switch, opt-outs and cancel at random times', async ({ expect }) => {
    expect(await brokenPromises(steering, 'test/steering')).toEqual([])
  })
})

// Alone, for the others share the server.
test('PostgreSQL restarted in mid-send', { timeout: 240_000 }, async () => {
  expect(await brokenPromises(postgresRestarted([0.3]), 'test/postgres')).toEqual([])
})
