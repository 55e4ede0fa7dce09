// Drains one shard of a campaign: as many messages in the air as the transport can carry, never more claimed.
import { setTimeout as sleep } from 'node:timers/promises'
import { claimDue, type Claimed } from './claims.ts'
import type { Batch } from './ending.ts'
import { reserveSlots } from './lanes.ts'
import { sendBatch } from './send-batch.ts'
import type { Sender, StopSignals } from './sender.ts'

export interface Shard {
  campaignId: string
  shard: number
}

/** Nothing more to claim; or told to stop; or the slice of time is over and others should have their turn. */
export type DrainEnd = 'drained' | 'stopped' | 'more'

/**
 * Claims and sends until nothing of the shard may be claimed: it is empty, or the campaign is paused, the kill switch is on,
 * the lane is paused. Resolves when everything it claimed is settled. Throws when the database is away: the ledger keeps the rest.
 */
export async function drainShard(sender: Sender, shard: Shard, signals: StopSignals): Promise<DrainEnd> {
  const flight = createFlight()
  const until = performance.now() + sender.options.sliceMs
  try {
    for (;;) {
      flight.assertSound()
      if (performance.now() > until) return 'more'
      const places = await waitForTurn(sender, signals.stop)
      if (places === 0) return 'stopped'
      const claimed = await claim(sender, shard, places)
      if (claimed === null) return 'drained'
      if (claimed.batch.claims.length > 0) flight.add(sendBatch(sender, claimed.batch, signals))
    }
  } finally {
    await flight.landed()
  }
}

/** Returns how many messages may leave now; 0 when told to stop. The throttle waits here, before anything is claimed. */
async function waitForTurn({ db, capacity, transport, options }: Sender, stop: AbortSignal): Promise<number> {
  const most =
    options.perSecond === null
      ? capacity.total
      : Math.min(capacity.total, Math.max(1, Math.floor(options.perSecond / 4)))
  const places = await capacity.take(most, stop)
  if (places === 0 || options.perSecond === null) return places
  try {
    const waitMs = await reserveSlots(db, transport.kind, places, options.perSecond)
    await sleep(waitMs, undefined, { signal: stop })
    return places
  } catch (error) {
    capacity.give(places)
    if (stop.aborted) return 0
    throw error
  }
}

/** Claims for the places it holds and gives back those it does not need; null when nothing was due. */
async function claim(sender: Sender, { campaignId, shard }: Shard, places: number): Promise<{ batch: Batch } | null> {
  const { db, capacity, transport, options } = sender
  const before = performance.now()
  let needed = 0
  try {
    const claimed = await claimDue(db, {
      campaignId,
      shard,
      transport: transport.kind,
      limit: places,
      leaseMs: options.leaseMs,
    })
    needed = claimed.claims.length
    return claimed.at === null ? null : { batch: toBatch(campaignId, claimed, claimed.at, before) }
  } finally {
    capacity.give(places - needed)
  }
}

/** Ages count from before the statement was sent, so that our idea of the lease never outlives the database's. */
function toBatch(campaignId: string, claimed: Claimed, at: Date, before: number): Batch {
  const ageMs = (): number => performance.now() - before
  return {
    campaignId,
    claims: claimed.claims,
    expiresAt: claimed.expiresAt,
    resends: claimed.resends,
    ageMs,
    now: () => new Date(at.getTime() + ageMs()),
  }
}

interface Flight {
  add(sending: Promise<void>): void
  /** Throws the first error of a batch, which is a lost database or a bug, so that nothing more is claimed. */
  assertSound(): void
  /** Resolves when all batches are settled. */
  landed(): Promise<void>
}

function createFlight(): Flight {
  const sending = new Set<Promise<void>>()
  const errors: unknown[] = []
  return {
    add(batch) {
      const tracked = batch.catch((error: unknown) => void errors.push(error)).finally(() => sending.delete(tracked))
      sending.add(tracked)
    },
    assertSound() {
      if (errors.length > 0) throw errors[0]
    },
    async landed() {
      await Promise.all(sending)
    },
  }
}
