// What time alone moves on in the ledger, in the order that lets each step see the one before.
import type { Db } from '../store/connect.ts'
import { DEFAULT_STOP, judgeCanaries, type StopLimits } from './canaries.ts'
import { expireLeases, failOverdue, finishCampaigns, resendDoubts, skipCancelled } from './deliveries.ts'
import { DEFAULT_EASE, easeTransports, type EasePlan } from './throttles.ts'

export interface Swept {
  /** Claims whose worker vanished. */
  doubted: number
  resent: number
  overdue: number
  cancelled: number
  /** Ids of the campaigns that stopped by themselves. */
  stopped: string[]
  /** Ids of the campaigns whose canary went well. */
  opened: string[]
  /** Ids of the campaigns that finished. */
  finished: string[]
}

export interface SweepPlan {
  /** How long a delivery in doubt waits for its RESEND, in milliseconds. */
  resendAfterMs: number
  /** When a campaign stops by itself. */
  stop: StopLimits
  /** How a transport that was slowed down gets faster again. */
  ease: EasePlan
}

/** A receiver that left us in doubt gets a minute to recover before a copy, as before any first retry (mail-rules 13). */
const DEFAULT_PLAN: SweepPlan = { resendAfterMs: 60_000, stop: DEFAULT_STOP, ease: DEFAULT_EASE }

/** Moves the ledger on and says what it did. Any number of workers may sweep at once: every step locks the rows it moves. */
export async function sweep(db: Db, plan: Partial<SweepPlan> = {}): Promise<Swept> {
  const { resendAfterMs, stop, ease } = { ...DEFAULT_PLAN, ...plan }
  await easeTransports(db, ease)
  const doubted = await expireLeases(db)
  const resent = await resendDoubts(db, resendAfterMs)
  const overdue = await failOverdue(db)
  const cancelled = await skipCancelled(db)
  const judged = await judgeCanaries(db, stop)
  return { doubted, resent, overdue, cancelled, ...judged, finished: await finishCampaigns(db) }
}
