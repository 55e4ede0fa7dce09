// What a worker tells Prometheus: counters of its own work, and how the lanes stand. Labels never hold an address.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** From a fast relay on the same machine to a receiver that thinks for minutes. */
const HANDOFF_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]
const STATEMENT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

export interface Metrics {
  readonly registry: Registry
  /** Claims by transport: statements, and the deliveries they brought. */
  claimed(transport: string, deliveries: number, seconds: number): void
  /** One message was handed over and answered. */
  handedOver(transport: string, seconds: number): void
  /** An ending was written: by transport, state and reason. */
  ended(transport: string, state: string, reason: string | null): void
  /** A group of endings was written. */
  settled(rows: number, seconds: number): void
  /** How a lane stands in this worker's eyes. */
  lane(transport: string, standing: { places: number; inUse: number; failures: number; isLimited: boolean }): void
}

/** Returns metrics with a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const claims = new Histogram({
    name: 'rollcall_claim_seconds',
    help: 'Time of a claim statement',
    labelNames: ['transport'],
    buckets: STATEMENT_SECONDS,
    registers,
  })
  const claimedDeliveries = new Counter({
    name: 'rollcall_claimed_deliveries_total',
    help: 'Deliveries claimed',
    labelNames: ['transport'],
    registers,
  })
  const handoffs = new Histogram({
    name: 'rollcall_handoff_seconds',
    help: 'Time from handing a message over to the receiver’s answer',
    labelNames: ['transport'],
    buckets: HANDOFF_SECONDS,
    registers,
  })
  const endings = new Counter({
    name: 'rollcall_endings_total',
    help: 'Endings of claims, by the state the delivery took and the reason',
    labelNames: ['transport', 'state', 'reason'],
    registers,
  })
  const settles = new Histogram({
    name: 'rollcall_settle_seconds',
    help: 'Time of writing a group of endings',
    buckets: STATEMENT_SECONDS,
    registers,
  })
  const settledRows = new Counter({ name: 'rollcall_settled_rows_total', help: 'Endings written', registers })
  const places = laneGauge('rollcall_lane_places', 'Messages that may be in the air at once in this worker')
  const inUse = laneGauge('rollcall_lane_places_in_use', 'Messages that are claimed and not settled in this worker')
  const failures = laneGauge('rollcall_lane_failures', 'Failures of the transport since it last carried a message')
  const limited = laneGauge('rollcall_lane_limited', '1 when a throttle may hold the transport back')

  function laneGauge(name: string, help: string): Gauge<'transport'> {
    return new Gauge({ name, help, labelNames: ['transport'], registers })
  }

  return {
    registry,
    claimed(transport, deliveries, seconds) {
      claims.observe({ transport }, seconds)
      claimedDeliveries.inc({ transport }, deliveries)
    },
    handedOver: (transport, seconds) => handoffs.observe({ transport }, seconds),
    ended: (transport, state, reason) => endings.inc({ transport, state, reason: reason ?? 'accepted' }),
    settled(rows, seconds) {
      settles.observe(seconds)
      settledRows.inc(rows)
    },
    lane(transport, standing) {
      places.set({ transport }, standing.places)
      inUse.set({ transport }, standing.inUse)
      failures.set({ transport }, standing.failures)
      limited.set({ transport }, standing.isLimited ? 1 : 0)
    },
  }
}
