// Proofs over the whole ledger that somebody ran, and the figures that are quick enough for every look at the desk.
import { sql } from 'kysely'
import { recordAct } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import { checkCompliance, type ComplianceCheck } from './check.ts'
import type { Latency } from './opt-outs.ts'

/** What is kept of a proof: figures, and the ids of examples. */
type KeptResult = Omit<ComplianceCheck, 'examples' | 'lateRetention'> & {
  examples: { campaignId: string; deliveryId: string; reason: string; suppressedAt: string; startedAt: string }[]
}

export interface KeptCheck {
  id: string
  actor: string
  startedAt: Date
  tookMs: number
  isSound: boolean
  result: KeptResult
}

/** Runs the proof over the whole ledger and keeps it. */
export async function runCheck(db: Db, actor: string, now: Date): Promise<ComplianceCheck> {
  const begun = performance.now()
  const result = await checkCompliance(db, now)
  await db.transaction().execute(async (tx) => {
    // keep_check: with its date, for the desk and for an auditor.
    const { id } = await tx
      .insertInto('compliance_check')
      .values({
        actor,
        started_at: now,
        took_ms: Math.round(performance.now() - begun),
        is_sound: result.isSound,
        result: JSON.stringify(result),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await recordAct(tx, {
      actor,
      act: 'check compliance',
      object: `compliance-check/${id}`,
      after: JSON.stringify(result),
    })
  })
  return result
}

/** Returns the newest proof, or null. */
export async function latestCheck(db: Db): Promise<KeptCheck | null> {
  // latest_check: by key.
  const row = await db.selectFrom('compliance_check').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst()
  if (row === undefined) return null
  return {
    id: row.id,
    actor: row.actor,
    startedAt: row.started_at,
    tookMs: row.took_ms,
    isSound: row.is_sound,
    result: row.result as KeptResult,
  }
}

/** Returns how fast wishes took effect, all there ever were; by the index of how long each took. */
export async function latencyOfAll(db: Db): Promise<Omit<Latency, 'p50Ms'>> {
  // latency_of_all: the slowest hundredth is read from its end.
  const { rows } = await sql<Omit<Latency, 'p50Ms'>>`
    WITH log AS (SELECT count(*)::int AS wishes FROM opt_out),
    places AS (SELECT wishes, greatest(ceil(wishes * 0.01)::int - 1, 0) AS p99 FROM log)
    SELECT wishes,
      (SELECT extract(epoch FROM took)::float8 * 1000 FROM opt_out
        ORDER BY took DESC OFFSET (SELECT p99 FROM places) LIMIT 1) AS "p99Ms",
      (SELECT extract(epoch FROM took)::float8 * 1000 FROM opt_out
        ORDER BY took DESC LIMIT 1) AS "maxMs"
    FROM places`.execute(db)
  return rows[0] ?? { wishes: 0, p99Ms: null, maxMs: null }
}
