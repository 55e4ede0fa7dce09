// From the settings to what a worker goes by: limits of each transport, and when a campaign stops by itself.
import type { Config } from '../config/load.ts'
import type { SweepPlan } from '../delivery/sweep.ts'
import type { LaneLimits } from './senders.ts'

/** Returns what the settings allow one transport, all workers together. Files have no limits. */
export function limitsOf(config: Config, transport: string): LaneLimits {
  if (transport === 'file') return { perSecond: null, perDay: null, providers: {}, connections: null }
  return {
    perSecond: config.ROLLCALL_MESSAGES_PER_SECOND ?? null,
    perDay: config.ROLLCALL_MESSAGES_PER_DAY ?? null,
    providers: config.ROLLCALL_PROVIDER_LIMITS,
    connections: transport.startsWith('smtp') ? (config.ROLLCALL_SMTP_CONNECTIONS_TOTAL ?? null) : null,
  }
}

/** Returns when a campaign stops by itself; a share of 0 means never. */
export function sweepPlanOf(config: Config): Partial<SweepPlan> {
  const share = (percent: number): number | null => (percent > 0 ? percent : null)
  return {
    stop: {
      bounced: share(config.ROLLCALL_STOP_BOUNCED_PERCENT),
      blocked: share(config.ROLLCALL_STOP_BLOCKED_PERCENT),
      complained: share(config.ROLLCALL_STOP_COMPLAINED_PERCENT),
    },
  }
}
