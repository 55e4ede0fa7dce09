// A short selection of the fault program, played by the same code: npm run faults plays all of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noRedis } from '../support/redis.ts'
import { startCluster, type Cluster } from './cluster.ts'
import { play } from './play.ts'
import type { Scenario } from './scenario.ts'
import { killAtTheLedger, killOnTheWire } from './scenarios/kill.ts'
import { postgresRestarted } from './scenarios/outage.ts'
import { everyFault } from './scenarios/smtp.ts'
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

describe.concurrent('whatever breaks, audience, ledger and sink agree', { timeout: 180_000 }, () => {
  test('kill -9 at every point of the SMTP conversation', async ({ expect }) => {
    expect(await brokenPromises(killOnTheWire, 'test/wire')).toEqual([])
  })

  test('kill -9 before a claim, between 250 and settle, and after the settle', async ({ expect }) => {
    expect(await brokenPromises(killAtTheLedger, 'test/ledger')).toEqual([])
  })

  test('a worker frozen past its lease writes nothing over what was judged meanwhile', async ({ expect }) => {
    expect(await brokenPromises(frozen, 'test/frozen')).toEqual([])
  })

  test('SIGTERM in mid-send leaves nothing in doubt', async ({ expect }) => {
    expect(await brokenPromises(asked, 'test/asked')).toEqual([])
  })

  test('every SMTP fault at every stage', async ({ expect }) => {
    expect(await brokenPromises(everyFault, 'test/smtp')).toEqual([])
  })

  test('pause, kill switch, opt-outs and cancel at random times', async ({ expect }) => {
    expect(await brokenPromises(steering, 'test/steering')).toEqual([])
  })
})

// After the others, for they share the server.
test('PostgreSQL restarted in mid-send', { timeout: 120_000 }, async () => {
  expect(await brokenPromises(postgresRestarted, 'test/postgres')).toEqual([])
})
