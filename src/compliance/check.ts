// Does everything hold that an auditor would ask for? Each answer with its figures.
import { verifyAudit, sealAudit, type ChainCheck } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import { overdueRequests } from './data-requests.ts'
import { lateSends, optOutLatency, type LateSend, type Latency } from './opt-outs.ts'
import { lateClasses, type LateClass } from './retention-runs.ts'

export interface ComplianceCheck {
  isSound: boolean
  /** Messages that left after the wish had taken effect: must be 0. */
  sendsAfterOptOut: number
  /** Messages that were already on their way when the wish came. */
  inTheAir: number
  /** The first of the former. */
  examples: LateSend[]
  latency: Latency
  audit: ChainCheck
  overdueRequests: number
  /** Kinds of data whose deletion has not run for two days. */
  lateRetention: LateClass[]
}

const EXAMPLES = 20

/** Looks through the whole ledger; changes nothing but to seal what was just written. */
export async function checkCompliance(db: Db, now: Date): Promise<ComplianceCheck> {
  await sealAudit(db)
  const late = await lateSends(db)
  const wrong = late.filter((each) => !each.wasInTheAir)
  const audit = await verifyAudit(db)
  const overdue = await overdueRequests(db, now)
  const lateRetention = await lateClasses(db, now)
  return {
    isSound: wrong.length === 0 && audit.broken === null && overdue === 0,
    sendsAfterOptOut: wrong.length,
    inTheAir: late.length - wrong.length,
    examples: wrong.slice(0, EXAMPLES),
    latency: await optOutLatency(db, new Date(0)),
    audit,
    overdueRequests: overdue,
    lateRetention,
  }
}
