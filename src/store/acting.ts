// Who acts in a transaction, for the audit entries that triggers write.
import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** Says who acts until the end of the transaction `tx`. */
export async function actAs(tx: Db, actor: string): Promise<void> {
  // act_as: what the audit triggers read.
  await sql`SELECT set_config('rollcall.actor', ${actor}, true)`.execute(tx)
}
