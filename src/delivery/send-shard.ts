// Drains one shard of a campaign: as many messages in the air as the transport can carry, never more claimed.
import { setTimeout as sleep } from 'node:timers/promises'
import { claimDue, type Claimed } from './claims.ts'
import type { Batch } from './ending.ts'
import { pauseLane } from './lanes.ts'
import { sendBatch } from './send-batch.ts'
import type { Sender, StopSignals } from './sender.ts'
import { DAY_USED_UP } from './throttles.ts'

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
      const places = await sender.capacity.take(mostPlaces(sender), signals.stop)
      if (places === 0) return 'stopped'
      const claimed = await claim(sender, shard, places)
      if (claimed.batch !== null) flight.add(sendBatch(sender, claimed.batch, signals))
      else if (claimed.waitMs === null) return 'drained'
      else if (!(await waitForRoom(sender, claimed.waitMs, signals.stop)))
        return signals.stop.aborted ? 'stopped' : 'more'
    }
  } finally {
    await flight.landed()
  }
}

/** A lane that failed is tried with one message at a time until it has carried one. */
function mostPlaces(sender: Sender): number {
  return sender.view().failures > 0 ? 1 : Math.max(1, sender.capacity.total())
}

/** So long a shard waits for a throttle with a job in hand; longer waits let other shards have the job's place. */
const MOST_WAIT_MS = 1_000

/** A wait that long is for the next day: the lane rests until then, and others may take over. */
const REST_MS = 10 * 60_000

/** Waits outside of any claim. Returns whether to try again at once. */
async function waitForRoom(sender: Sender, waitMs: number, stop: AbortSignal): Promise<boolean> {
  if (waitMs >= REST_MS) {
    await pauseLane(sender.db, sender.lane, waitMs, DAY_USED_UP)
    return false
  }
  await sleep(Math.min(waitMs, MOST_WAIT_MS), undefined, { signal: stop }).catch(() => undefined) // only the stop cuts it short
  return waitMs <= MOST_WAIT_MS && !stop.aborted
}

interface ClaimedBatch {
  /** Null when nothing was claimed. */
  batch: Batch | null
  /** When more may be claimed of what is due; null when nothing is held back. */
  waitMs: number | null
}

/** Claims for the places it holds and gives back those it does not need. */
async function claim(sender: Sender, { campaignId, shard }: Shard, places: number): Promise<ClaimedBatch> {
  const { db, lane, capacity, options } = sender
  const before = performance.now()
  let needed = 0
  try {
    const claimed = await claimDue(db, {
      campaignId,
      shard,
      transport: lane,
      limit: places,
      leaseMs: options.leaseMs,
      isLimited: sender.view().isLimited,
    })
    needed = claimed.claims.length
    sender.metrics.claimed(lane, needed, (performance.now() - before) / 1000)
    const batch = claimed.at === null ? null : toBatch(campaignId, claimed, claimed.at, before)
    return { batch, waitMs: claimed.waitMs }
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
