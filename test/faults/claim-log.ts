// A trigger in the program's own database writes down who claimed what and when: the product has no hook for it.
import { sql } from 'kysely'
import type { Db } from '../../src/store/connect.ts'

/** Adds the table `fault_claim` and the trigger that fills it; `claimed_at` is the time the claim looked at the world. */
export async function watchClaims(db: Db): Promise<void> {
  // claim_log: one row a claim; it commits or vanishes together with the claim.
  await sql`
    CREATE TABLE fault_claim (
      campaign_id text NOT NULL, delivery_id bigint NOT NULL, fence bigint NOT NULL, worker text NOT NULL,
      claimed_at timestamptz NOT NULL, PRIMARY KEY (delivery_id, fence)
    )`.execute(db)
  // claim_log_note: the worker is told by the name of its connection.
  await sql`
    CREATE FUNCTION fault_note_claim() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      INSERT INTO fault_claim VALUES (NEW.campaign_id, NEW.id, NEW.fence, current_setting('application_name'), now());
      RETURN NULL;
    END $body$`.execute(db)
  // claim_log_trigger: fires for every delivery that becomes `sending`.
  await sql`
    CREATE TRIGGER fault_note_claim AFTER UPDATE OF state ON delivery
    FOR EACH ROW WHEN (NEW.state = 'sending' AND OLD.state <> 'sending') EXECUTE FUNCTION fault_note_claim()`.execute(
    db,
  )
}

/** Returns the deliveries a worker has claimed and not settled. */
export async function openClaims(db: Db, worker: string): Promise<string[]> {
  // open_claims: what nobody will settle any more, once the worker is dead.
  const { rows } = await sql<{ id: string }>`
    SELECT d.id FROM delivery d JOIN fault_claim c ON c.delivery_id = d.id AND c.fence = d.fence
    WHERE d.state = 'sending' AND c.worker = ${worker}`.execute(db)
  return rows.map((row) => row.id)
}

/** Returns how many deliveries that a worker claimed are settled as sent. */
export async function settledBy(db: Db, worker: string): Promise<number> {
  // settled_by: looks at the worker's own claims alone.
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM attempt a JOIN fault_claim c ON c.delivery_id = a.delivery_id AND c.fence = a.fence
    WHERE c.worker = ${worker} AND a.ending = 'sent'`.execute(db)
  return rows[0]?.count ?? 0
}

/** Returns the database's time, to compare with the times of claims. */
export async function databaseTime(db: Db): Promise<Date> {
  // database_time: not the start of a transaction, but this moment.
  const { rows } = await sql<{ at: Date }>`SELECT clock_timestamp() AS at`.execute(db)
  const at = rows[0]?.at
  if (at === undefined) throw new Error('the database has no time')
  return at
}

/** Returns the claims that a campaign made between two moments, the ends excluded; `until` null: to the end of time. */
export async function claimsBetween(db: Db, campaignId: string, from: Date, until: Date | null): Promise<number> {
  // claims_between: a claim that began its look later than a commit has seen it.
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM fault_claim
    WHERE campaign_id = ${campaignId} AND claimed_at > ${from} AND (${until}::timestamptz IS NULL OR claimed_at < ${until})`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}
