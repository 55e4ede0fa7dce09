// What the ledger and the queue tell Prometheus when it asks: deliveries by state, lanes, throttles, jobs.
import { collectDefaultMetrics, Gauge, type GaugeConfiguration, type Registry } from 'prom-client'
import { readKillSwitch } from '../delivery/kill-switch.ts'
import { pausedLanes } from '../delivery/lanes.ts'
import { openTallies } from '../delivery/tallies.ts'
import { listThrottles } from '../delivery/throttles.ts'
import { livingWorkers } from '../delivery/worker-slots.ts'
import type { Db } from '../store/connect.ts'
import type { Queues } from './connect.ts'
import { JOBS, type JobName } from './jobs.ts'

/**
 * Adds the process's own figures, and gauges that are read from the database at each scrape: every worker tells the same
 * there, so take their maximum and not their sum.
 */
export function addLedgerMetrics(registry: Registry, db: Db, queues: Queues): void {
  collectDefaultMetrics({ register: registry })
  const gauge = <Label extends string>(configuration: GaugeConfiguration<Label>): void =>
    registry.registerMetric(new Gauge({ ...configuration, registers: [] }))
  gauge({
    name: 'rollcall_campaign_deliveries',
    help: 'Deliveries of campaigns that are sending or paused, by state',
    labelNames: ['campaign', 'state'],
    async collect() {
      this.reset()
      for (const { campaignId, state, count } of await openTallies(db)) this.set({ campaign: campaignId, state }, count)
    },
  })
  gauge({
    name: 'rollcall_lane_paused_seconds',
    help: 'How long a paused transport stays paused',
    labelNames: ['transport'],
    async collect() {
      this.reset()
      for (const { transport, until } of await pausedLanes(db))
        this.set({ transport }, (until.getTime() - Date.now()) / 1000)
    },
  })
  gauge({
    name: 'rollcall_throttle_per_second',
    help: 'Messages a second that a throttle lets through now',
    labelNames: ['key'],
    async collect() {
      this.reset()
      for (const { key, perSecond } of await listThrottles(db)) if (perSecond !== null) this.set({ key }, perSecond)
    },
  })
  gauge({
    name: 'rollcall_kill_switch',
    help: '1 while the kill switch stops every campaign',
    async collect() {
      this.set((await readKillSwitch(db)).isEngaged ? 1 : 0)
    },
  })
  gauge({
    name: 'rollcall_workers',
    help: 'Workers that are alive',
    async collect() {
      this.set((await livingWorkers(db)).length)
    },
  })
  gauge({
    name: 'rollcall_jobs_waiting',
    help: 'Jobs that wait for a worker',
    labelNames: ['queue'],
    async collect() {
      for (const queue of Object.keys(JOBS) as JobName[]) this.set({ queue }, await queues.waiting(queue))
    },
  })
}
