// The people we may write to: SQL for the subscriber table.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'

/** One subscriber as stored. */
export interface Subscriber {
  id: string
  /** The address to send to. */
  address: string
  firstName: string
  lastName: string
  zip: string | null
  plus4: string | null
}

/** Returns how many subscribers there are, and how many of them are suppressed. */
export async function countSubscribers(db: Db): Promise<{ total: number; suppressed: number }> {
  // Counts subscribers, and those with a suppression.
  const found = await sql<{ total: number; suppressed: number }>`
    SELECT count(*)::int AS total, count(suppression.address_key)::int AS suppressed
      FROM subscriber LEFT JOIN suppression USING (address_key)`.execute(db)
  return found.rows[0] ?? { total: 0, suppressed: 0 }
}

/** Returns the subscriber with this address key, or null. */
export async function findSubscriber(db: Db, addressKey: Buffer): Promise<Subscriber | null> {
  // Finds one subscriber by the hash of the address.
  const row = await selectSubscribers(db).where('address_key', '=', addressKey).executeTakeFirst()
  return row ?? null
}

/**
 * Yields every subscriber without a suppression, in the order they were added. Pages of 5,000 rows: the memory
 * does not grow with the list.
 */
export async function* mailableSubscribers(db: Db): AsyncGenerator<Subscriber> {
  let after = '0'
  for (;;) {
    // Reads the next page of subscribers that are not suppressed.
    const page = await selectSubscribers(db)
      .where('id', '>', after)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('suppression')
              .select('set_at')
              .whereRef('suppression.address_key', '=', 'subscriber.address_key'),
          ),
        ),
      )
      .orderBy('id')
      .limit(5000)
      .execute()
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

function selectSubscribers(db: Db) {
  return db
    .selectFrom('subscriber')
    .select(['id', 'address', 'first_name as firstName', 'last_name as lastName', 'zip', 'plus4'])
}

/** Tells the planner what an import has just brought in: until the database looks by itself, it plans for the list as it was. */
export async function refreshStatistics(db: Db): Promise<void> {
  // refresh_statistics: a sample, below a second.
  await sql`ANALYZE subscriber, consent_event`.execute(db)
}
