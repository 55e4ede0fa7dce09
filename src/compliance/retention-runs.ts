// Runs the retention of each kind of data once a day, and keeps the proof.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { DATA_CLASSES, type DataClass } from './retention.ts'

export interface RetentionRun {
  dataClass: string
  cutoff: Date
  removed: number
}

const DAY_MS = 86_400_000
const PORTION = 10_000

/** Removes what is too old of every kind, and writes down that it did; a kind of which nothing was old has its line, too. */
export async function runRetention(db: Db, now: Date, actor: string, classes = DATA_CLASSES): Promise<RetentionRun[]> {
  const runs: RetentionRun[] = []
  for (const each of classes) runs.push(await runClass(db, now, actor, each))
  return runs
}

/** Runs the kinds whose last run is a day old; several workers may ask at once, one of them does it. */
export async function runDueRetention(db: Db, now: Date): Promise<RetentionRun[]> {
  const due = new Set((await lastRuns(db)).filter((each) => isDue(each, now)).map((each) => each.dataClass))
  const classes = DATA_CLASSES.filter((each) => due.has(each.name))
  return classes.length === 0 ? [] : await runRetention(db, now, 'retention', classes)
}

async function runClass(db: Db, now: Date, actor: string, each: DataClass): Promise<RetentionRun> {
  const cutoff = new Date(now.getTime() - each.keepDays * DAY_MS)
  return await db.transaction().execute(async (tx) => {
    // One process at a time for each kind; the second finds nothing left.
    await sql`SELECT pg_advisory_xact_lock(hashtext(${`rollcall retention ${each.name}`}))`.execute(tx)
    const startedAt = new Date()
    let removed = 0
    for (;;) {
      const { numAffectedRows = 0n } = await each.remove(cutoff, PORTION).execute(tx)
      removed += Number(numAffectedRows)
      if (numAffectedRows < BigInt(PORTION)) break
    }
    // The proof.
    await tx
      .insertInto('retention_run')
      .values({
        data_class: each.name,
        cutoff,
        removed: String(removed),
        started_at: startedAt,
        finished_at: new Date(),
        actor,
      })
      .execute()
    return { dataClass: each.name, cutoff, removed }
  })
}

export interface KeptRun {
  dataClass: string
  cutoff: Date
  removed: number
  finishedAt: Date
  actor: string
}

/** Returns the newest runs, last first. */
export async function latestRuns(db: Db, limit: number): Promise<KeptRun[]> {
  // latest_runs: by key.
  const rows = await db
    .selectFrom('retention_run')
    .select(['data_class as dataClass', 'cutoff', 'removed', 'finished_at as finishedAt', 'actor'])
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, removed: Number(row.removed) }))
}

export interface LateClass {
  dataClass: string
  /** Null: never. */
  lastRunAt: Date | null
}

/** Returns when each kind of data was last looked through. */
export async function lastRuns(db: Db): Promise<LateClass[]> {
  // last_runs: the newest line of each kind.
  const { rows } = await sql<{ name: string; at: Date | null }>`
    SELECT name, (SELECT max(finished_at) FROM retention_run r WHERE r.data_class = name) AS at
    FROM unnest(${DATA_CLASSES.map((each) => each.name)}::text[]) AS name`.execute(db)
  return rows.map(({ name, at }) => ({ dataClass: name, lastRunAt: at }))
}

/** Returns the kinds of data that were not looked through for two days. */
export async function lateClasses(db: Db, now: Date): Promise<LateClass[]> {
  return (await lastRuns(db)).filter(
    ({ lastRunAt }) => lastRunAt === null || now.getTime() - lastRunAt.getTime() > 2 * DAY_MS,
  )
}

function isDue({ lastRunAt }: LateClass, now: Date): boolean {
  return lastRunAt === null || now.getTime() - lastRunAt.getTime() > DAY_MS
}
