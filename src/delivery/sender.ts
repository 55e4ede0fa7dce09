// What the send loop of one transport in one process works with.
import type { Composer } from '../campaign/composer.ts'
import type { Db } from '../store/connect.ts'
import { createCapacity, type Capacity } from './capacity.ts'
import { viewLane, type LaneView } from './lanes.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createPace, type Pace } from './pace.ts'
import { DEFAULT_RETRY, type RetryPlan } from './retry.ts'
import { DEFAULT_SETTLE, createSettler, type Log, type SettleOptions, type Settler } from './settle.ts'
import type { Transport } from './transport.ts'

export interface SenderOptions {
  /** How long a claim is ours. It must outlive the transport's own timeouts (10 minutes after the dot). */
  leaseMs: number
  /** A claim older than this is confirmed against the database right before the send. */
  staleMs: number
  /** Failures of one reason, caused by the message itself, after which the campaign pauses. */
  contentFailures: number
  /** How long a worker stays with one shard before others get their turn. */
  sliceMs: number
  retry: RetryPlan
  settle: SettleOptions
}

const DEFAULT_SENDER: SenderOptions = {
  leaseMs: 15 * 60_000,
  staleMs: 250,
  contentFailures: 20,
  sliceMs: 30_000,
  retry: DEFAULT_RETRY,
  settle: DEFAULT_SETTLE,
}

export interface Sender extends AsyncDisposable {
  readonly db: Db
  /** The name of the transport, under which all workers share its throttles and its circuit breaker. */
  readonly lane: string
  readonly transport: Transport
  readonly composer: Composer
  readonly capacity: Capacity
  readonly settler: Settler
  /** How fast this process has sent of late. */
  readonly pace: Pace
  /** Returns how the lane stood when it was last looked at. */
  view(): LaneView
  /** Looks at the lane again. */
  look(): Promise<void>
  readonly log: Log
  readonly metrics: Metrics
  readonly options: SenderOptions
  /** A number from 0 up to 1, for the jitter of retries. */
  readonly random: () => number
}

/** When to stop. */
export interface StopSignals {
  /** No new claims, no new hand-overs; what is in the air may land. */
  stop: AbortSignal
  /** End what is in the air, too. */
  cut: AbortSignal
}

interface SenderParts {
  db: Db
  /** The transport's name; its kind unless told. */
  lane?: string
  transport: Transport
  composer: Composer
  log: Log
  /** Kept to itself unless told. */
  metrics?: Metrics
  options?: Partial<SenderOptions>
  random?: () => number
}

/** Returns a sender with as many places as the transport has; disposing it writes the endings that wait. */
export function createSender(parts: SenderParts): Sender {
  const {
    db,
    transport,
    composer,
    log,
    metrics = createMetrics(),
    options,
    random = Math.random,
    lane = transport.kind,
  } = parts
  const all = { ...DEFAULT_SENDER, ...options }
  const settler = createSettler(db, log, metrics, all.settle)
  // Until the first look it could be limited: that costs a little, never a message too many.
  let view: LaneView = { isLimited: true, failures: 0 }
  return {
    db,
    lane,
    transport,
    composer,
    log,
    metrics,
    random,
    settler,
    options: all,
    capacity: createCapacity(transport.capacity),
    pace: createPace(() => performance.now()),
    view: () => view,
    async look() {
      view = await viewLane(db, lane)
    },
    [Symbol.asyncDispose]: () => settler[Symbol.asyncDispose](),
  }
}
