// One claim from the ledger to the wire and back: compose → confirm → hand over → classify → settle.
import type { Batch, Ready } from './ending.ts'
import { groups, handOver, untilLeaseEnds } from './hand-over.ts'
import { composeAll, confirmAll, rememberBytes } from './ready.ts'
import type { Sender, StopSignals } from './sender.ts'
import { settleHandoff, settleStay } from './settle-batch.ts'

/**
 * Sends the claimed deliveries and settles every one of them; resolves when all are in the ledger.
 * Holds one place of the sender's capacity for each claim and gives each back when its ending is written: what a crash
 * leaves in doubt is never more than the places there are.
 */
export async function sendBatch(sender: Sender, batch: Batch, signals: StopSignals): Promise<void> {
  const composed = await composeAll(sender, batch)
  const allowed = await confirmAll(sender, batch, composed.go, signals)
  const kept = await rememberBytes(sender, batch, allowed.go)
  using lease = untilLeaseEnds(sender.options.leaseMs - batch.ageMs(), signals.cut)
  const stays = [...composed.stays, ...allowed.stays, ...kept.stays]
  await Promise.all([
    ...stays.map((ending) => settleStay(sender, ending)),
    ...groups(kept.go, sender.transport.maxBatch).map((group) => sendGroup(sender, batch, group, lease.signal)),
  ])
}

async function sendGroup(sender: Sender, batch: Batch, group: readonly Ready[], lease: AbortSignal): Promise<void> {
  const handed = await handOver(sender, batch, group, lease)
  await Promise.all(handed.map((each) => settleHandoff(sender, batch, each)))
  sender.capacity.give(group.length)
}
