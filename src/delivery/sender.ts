// What the send loop of one transport in one process works with.
import type { Composer } from '../campaign/composer.ts'
import type { Db } from '../store/connect.ts'
import { createCapacity, type Capacity } from './capacity.ts'
import { DEFAULT_RETRY, type RetryPlan } from './retry.ts'
import { DEFAULT_SETTLE, createSettler, type Log, type SettleOptions, type Settler } from './settle.ts'
import type { Transport } from './transport.ts'

export interface SenderOptions {
  /** How long a claim is ours. It must outlive the transport's own timeouts (10 minutes after the dot). */
  leaseMs: number
  /** A claim older than this is confirmed against the database right before the send. */
  staleMs: number
  /** Messages a second for all workers together; null: no limit. */
  perSecond: number | null
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
  perSecond: null,
  contentFailures: 20,
  sliceMs: 30_000,
  retry: DEFAULT_RETRY,
  settle: DEFAULT_SETTLE,
}

export interface Sender extends AsyncDisposable {
  readonly db: Db
  readonly transport: Transport
  readonly composer: Composer
  readonly capacity: Capacity
  readonly settler: Settler
  readonly log: Log
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
  transport: Transport
  composer: Composer
  log: Log
  options?: Partial<SenderOptions>
  random?: () => number
}

/** Returns a sender with as many places as the transport has; disposing it writes the endings that wait. */
export function createSender({ db, transport, composer, log, options, random = Math.random }: SenderParts): Sender {
  const all = { ...DEFAULT_SENDER, ...options }
  const settler = createSettler(db, log, all.settle)
  return {
    db,
    transport,
    composer,
    log,
    random,
    settler,
    options: all,
    capacity: createCapacity(transport.capacity),
    [Symbol.asyncDispose]: () => settler[Symbol.asyncDispose](),
  }
}
