// The proof over the whole ledger while it runs: minutes on a large ledger, so that nobody's page waits for its end.
import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '../store/connect.ts'
import type { ComplianceCheck } from './check.ts'
import { runCheck } from './checks.ts'

export interface RunningCheck {
  actor: string
  startedAt: Date
  /** Ends with the proof, or with null when it broke; it never rejects. */
  ended: Promise<ComplianceCheck | null>
}

/** One at a time for each database that this process has open. */
const RUNNING = new WeakMap<Db, RunningCheck>()

/** Returns the proof that this process is running, or null. */
export function runningCheck(db: Db): RunningCheck | null {
  return RUNNING.get(db) ?? null
}

/** Starts the proof, or returns the one that runs already. `onError` is told when it breaks. */
export function startCheck(db: Db, actor: string, now: Date, onError: (error: unknown) => void): RunningCheck {
  const known = RUNNING.get(db)
  if (known !== undefined) return known
  const ended = runCheck(db, actor, now)
    .catch((error: unknown) => {
      onError(error)
      return null
    })
    .finally(() => RUNNING.delete(db))
  const run = { actor, startedAt: now, ended }
  RUNNING.set(db, run)
  return run
}

/** Returns the proof if it ends within this time: small ledgers take no longer than a page. `running` when not. */
export async function endedWithin(run: RunningCheck, ms: number): Promise<ComplianceCheck | null | 'running'> {
  const impatience = new AbortController()
  try {
    return await Promise.race([run.ended, wait(ms, 'running' as const, { signal: impatience.signal })])
  } finally {
    impatience.abort()
  }
}
