// The whole list as CSV for staff: who took it is in the audit log before the first row goes out.
import { recordAct } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import { exportSubscribers } from './export-csv.ts'

/** Returns the pieces of the file: everybody who is not suppressed. */
export async function exportForStaff(db: Db, actor: string): Promise<AsyncGenerator<string>> {
  await recordAct(db, { actor, act: 'export subscribers', object: 'subscribers/all' })
  return exportSubscribers(db)
}
