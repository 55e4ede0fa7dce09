// Claim and settle alone: the product's send loop with messages made beforehand and a receiver that says yes at once.
import process from 'node:process'
import { findCampaign } from '../../src/campaign/campaigns.ts'
import { drainShard } from '../../src/delivery/send-shard.ts'
import { createSender } from '../../src/delivery/sender.ts'
import type { Handoff, Transport } from '../../src/delivery/transport.ts'
import type { Lab } from './lab.ts'
import type { Specimen } from './specimen.ts'

export interface LedgerCost {
  nodeMicros: number
  postgresMicros: number
}

/** A worker drains so many shards at once. */
const LANES = [1, 2, 3, 4]
const NEVER = new AbortController().signal
const ACCEPTED: Handoff = { kind: 'accepted', reply: { code: 250, enhanced: '2.0.0', text: 'Ok' } }

/** Settles about `count` deliveries of the specimen, four shards at a time as a worker does; the first half warms up. */
export async function settleAll(
  lab: Lab,
  { app, campaignId, composer, neighbours }: Specimen,
  count: number,
): Promise<LedgerCost> {
  const [first] = await neighbours(1)
  if (first === undefined) throw new Error('the specimen has no recipients')
  const message = await composer.compose(first)
  const raw = Buffer.from('ready')
  let settled = 0
  let whenHandedOver = (): unknown => undefined
  const transport = accepting(lab.options.connections, (many) => {
    settled += many
    whenHandedOver()
  })
  await using sender = createSender({
    db: app.db,
    transport,
    composer: {
      compose: (recipient) => Promise.resolve({ ...message, deliveryId: recipient.deliveryId, raw: () => raw }),
    },
    log: app.log,
  })
  const { shards } = await findCampaign(app.db, campaignId)
  const settleUntil = async (target: number): Promise<void> => {
    const enough = new AbortController()
    whenHandedOver = () => settled >= target && enough.abort()
    const next = Array.from({ length: shards ?? 0 }, (_, shard) => shard).values()
    const signals = { stop: enough.signal, cut: NEVER }
    const lanes = LANES.map(async () => {
      for (const shard of next) {
        if (enough.signal.aborted) return
        await drainShard(sender, { campaignId, shard }, signals)
      }
    })
    await Promise.all(lanes)
  }
  await settleUntil(count / 2)
  const start = settled
  const postgresBefore = await lab.cluster.cpuMs()
  const before = process.cpuUsage()
  await settleUntil(start + count / 2)
  const spent = process.cpuUsage(before)
  const postgresMs = (await lab.cluster.cpuMs()) - postgresBefore
  const done = settled - start
  if (done === 0) throw new Error(`${start} deliveries are too few to measure claim and settle`)
  return { nodeMicros: (spent.user + spent.system) / done, postgresMicros: (postgresMs * 1000) / done }
}

function accepting(capacity: number, count: (many: number) => void): Transport {
  return {
    kind: 'smtp',
    capacity,
    maxBatch: 1,
    send(messages) {
      count(messages.length)
      return Promise.resolve(messages.map(() => ACCEPTED))
    },
    verify: () => Promise.resolve('accepts everything'),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
