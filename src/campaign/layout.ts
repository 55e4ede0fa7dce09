// How an audience is laid out in shards: which part of it goes first, and where everybody else comes.

/** A canary is `percent` of the audience, but at least and at most so many; small audiences have none. */
export interface CanaryPlan {
  percent: number
  least: number
  most: number
  /** How long to wait for late bounces before the others follow. */
  waitMinutes: number
}

/** The canary has shards of its own, before all others. */
export interface Layout {
  /** How many go first; 0: there is no canary. */
  canary: number
  canaryShards: number
  /** All shards, those of the canary included. */
  shards: number
}

/** Deliveries of one shard: a shard is what one queue job works through. */
const SHARD_SIZE = 1000
const MAX_SHARDS = 1000

/** A canary of an audience less than so many times its size would be most of the send. */
const WORTH_IT = 10

/** Returns the layout of `audience` subscribers. */
export function layOut(audience: number, plan: CanaryPlan | null): Layout {
  const canary = plan === null ? 0 : canarySize(audience, plan)
  const canaryShards = Math.ceil(canary / SHARD_SIZE)
  const others = Math.min(MAX_SHARDS, Math.max(1, Math.ceil((audience - canary) / SHARD_SIZE)))
  return { canary, canaryShards, shards: canaryShards + others }
}

function canarySize(audience: number, { percent, least, most }: CanaryPlan): number {
  const wanted = Math.ceil((audience * percent) / 100)
  const size = Math.min(most, Math.max(least, wanted))
  return size * WORTH_IT <= audience || size <= wanted ? Math.min(size, audience) : 0
}
