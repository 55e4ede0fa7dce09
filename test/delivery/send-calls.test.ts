// Many messages in one call of a provider: a lost reply puts the whole call in doubt, and nothing else (rule 5).
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSender } from '../../src/delivery/sender.ts'
import { drainShard } from '../../src/delivery/send-shard.ts'
import { createSendGridTransport } from '../../src/delivery/transports/sendgrid.ts'
import type { Store } from '../../src/store/connect.ts'
import { launchedCampaign, ledger, states } from '../support/campaign.ts'
import { testDatabase } from '../support/database.ts'
import { memoryLog } from '../support/memory-log.ts'
import { plainComposer } from '../support/plain-composer.ts'
import { startSendGridStandIn, type SendGridStandIn } from '../support/sendgrid-stand-in.ts'

let store: Store
let provider: SendGridStandIn
beforeAll(async () => {
  store = await testDatabase()
  provider = await startSendGridStandIn()
})
afterAll(async () => {
  await provider[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

async function drain(campaignId: string): Promise<void> {
  const signal = new AbortController().signal
  await using transport = createSendGridTransport({ apiKey: provider.apiKey, baseUrl: provider.url, batch: 20 })
  await using sender = createSender({ db: store.db, transport, composer: plainComposer(), log: memoryLog() })
  await drainShard(sender, { campaignId, shard: 0 }, { stop: signal, cut: signal })
}

test('messages of one variant share calls, and each delivery is taken once', async () => {
  const id = await launchedCampaign(store.db, { addresses: 70, transport: 'sendgrid' })
  await drain(id)
  expect(provider.problems).toEqual([])
  expect(await states(store.db, id)).toEqual({ sent: 70 })
  const taken = provider.taken.map((message) => message.delivery)
  expect(taken.sort()).toEqual((await ledger(store.db, id)).map((row) => row.id).sort())
  expect(provider.calls.length).toBeLessThan(20)
})

test('rule 5: a lost 202 leaves every delivery of that call in doubt; the others are sent', async () => {
  const id = await launchedCampaign(store.db, { addresses: 40, transport: 'sendgrid' })
  provider.mischief.push('lost')
  await drain(id)
  const byState = await states(store.db, id)
  expect(byState['in_doubt']).toBeGreaterThan(0)
  expect((byState['in_doubt'] ?? 0) + (byState['sent'] ?? 0)).toBe(40)
  expect(byState['in_doubt']).toBeLessThanOrEqual(20)
})

test('rule 7: a 429 pauses the lane, sends nothing and charges nobody', async () => {
  const id = await launchedCampaign(store.db, { addresses: 3, transport: 'sendgrid' })
  provider.mischief.push({ status: 429 })
  await drain(id)
  const rows = await ledger(store.db, id)
  expect(rows.map((row) => row.state)).not.toContain('sent')
  expect(rows.map((row) => row.attempt)).toEqual([0, 0, 0])
})
