// Workers that are alive, and how many connections of a transport each may hold open when all together have a limit.
import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../store/connect.ts'

/** A worker that has not been seen for so long is gone; what it held is free. */
const GONE_AFTER_S = 10

/** SQL: whether a worker is alive. `w` is the worker. */
export const isAlive: RawBuilder<boolean> = sql`w.seen_at > now() - make_interval(secs => ${sql.lit(GONE_AFTER_S)})`

/** Says that a worker is alive. */
export async function beat(db: Db, workerId: string): Promise<void> {
  // beat: also clears away those that were never heard of again.
  await sql`
    WITH gone AS (DELETE FROM worker WHERE seen_at < now() - interval '1 hour')
    INSERT INTO worker (id, started_at, seen_at) VALUES (${workerId}, now(), now())
    ON CONFLICT (id) DO UPDATE SET seen_at = now()`.execute(db)
}

/** Says that a worker has stopped: its connections are free at once. */
export async function signOff(db: Db, workerId: string): Promise<void> {
  // sign_off: the foreign key lets go of its slots.
  await sql`DELETE FROM worker WHERE id = ${workerId}`.execute(db)
}

/**
 * Renews a worker's share of the connections of a transport and returns it: `total` divided by the workers that are
 * alive, one more for the eldest where that leaves a rest, and never a slot that another worker still holds.
 * `inUse` are those it cannot let go of yet.
 */
export async function holdSlots(
  db: Db,
  { workerId, transport, total, inUse }: { workerId: string; transport: string; total: number; inUse: number },
): Promise<number> {
  return await db.transaction().execute(async (tx) => {
    // hold_slots: one worker at a time for a transport, or two would count the same free slots.
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`connection slots of ${transport}`}, 0))`.execute(tx)
    // A slot for each connection the settings allow.
    await sql`
      INSERT INTO connection_slot (transport, slot, until)
      SELECT ${transport}, slot, '-infinity' FROM generate_series(1, ${total}::int) AS s (slot) ON CONFLICT DO NOTHING`.execute(
      tx,
    )
    // The share: those who are already here keep theirs, so that it moves as little as can be.
    const { rows } = await sql<{ slots: number }>`
      WITH crew AS (
        SELECT w.id, row_number() OVER (ORDER BY w.started_at, w.id) AS place, count(*) OVER () AS size FROM worker w WHERE ${isAlive}
      ), share AS (
        SELECT (${total}::int / size + CASE WHEN place <= ${total}::int % size THEN 1 ELSE 0 END)::int AS slots FROM crew WHERE id = ${workerId}
      ), kept AS (
        SELECT slot FROM connection_slot
        WHERE transport = ${transport} AND slot <= ${total}::int
          AND (worker_id = ${workerId} OR worker_id IS NULL OR until <= now())
        ORDER BY worker_id IS NOT DISTINCT FROM ${workerId} DESC, slot
        LIMIT greatest((SELECT slots FROM share), ${inUse}::int)
      ), renewed AS (
        UPDATE connection_slot s SET
          worker_id = CASE WHEN k.slot IS NULL THEN NULL ELSE ${workerId} END,
          until = CASE WHEN k.slot IS NULL THEN '-infinity' ELSE now() + make_interval(secs => ${GONE_AFTER_S}) END
        FROM connection_slot all_of LEFT JOIN kept k ON k.slot = all_of.slot
        WHERE s.transport = ${transport} AND all_of.transport = s.transport AND all_of.slot = s.slot
          AND (k.slot IS NOT NULL OR s.worker_id = ${workerId})
        RETURNING k.slot
      )
      SELECT least(count(slot), coalesce((SELECT slots FROM share), 0))::int AS slots FROM renewed`.execute(tx)
    return rows[0]?.slots ?? 0
  })
}

export interface LivingWorker {
  id: string
  startedAt: Date
  seenAt: Date
}

/** Returns the workers that are alive. */
export async function livingWorkers(db: Db): Promise<LivingWorker[]> {
  // living_workers: for the operator.
  const { rows } = await sql<LivingWorker>`
    SELECT w.id, w.started_at AS "startedAt", w.seen_at AS "seenAt" FROM worker w WHERE ${isAlive} ORDER BY w.started_at, w.id`.execute(
    db,
  )
  return rows
}
