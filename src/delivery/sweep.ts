// What time alone moves on in the ledger, in the order that lets each step see the one before.
import type { Db } from '../store/connect.ts'
import { expireLeases, failOverdue, finishCampaigns, resendDoubts, skipCancelled } from './deliveries.ts'

export interface Swept {
  /** Claims whose worker vanished. */
  doubted: number
  resent: number
  overdue: number
  cancelled: number
  /** Ids of the campaigns that finished. */
  finished: string[]
}

/** A receiver that left us in doubt gets a minute to recover before a copy, as before any first retry (mail-rules 13). */
const RESEND_AFTER_MS = 60_000

/** Moves the ledger on and says what it did. Any number of workers may sweep at once: every step locks the rows it moves. */
export async function sweep(db: Db, { resendAfterMs = RESEND_AFTER_MS } = {}): Promise<Swept> {
  return {
    doubted: await expireLeases(db),
    resent: await resendDoubts(db, resendAfterMs),
    overdue: await failOverdue(db),
    cancelled: await skipCancelled(db),
    finished: await finishCampaigns(db),
  }
}
