// One person's whole history for the page of staff: what is known, what was sent and what came of it, what was done about them.
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { latestEntries, type AuditEntry } from '../store/audit-entries.ts'
import { personData, type PersonTable } from './person-data.ts'

export interface PersonHistory {
  id: string
  addressKey: Buffer
  /** Rows of each kind, as a request for export gives them. */
  tables: ReadonlyMap<string, Record<string, unknown>[]>
  deliveries: SentDelivery[]
  /** Newest first. */
  audit: AuditEntry[]
}

export interface SentDelivery {
  id: string
  campaignId: string
  campaign: string
  zip: string | null
  outcome: string
  state: string
  reason: string | null
  updatedAt: Date
  attempts: { number: number; transport: string; ending: string; sentence: string; endedAt: Date }[]
}

const ENTRIES = 200

/** Returns everything about the subscriber with this id. Throws `no_subscriber`. */
export async function personHistory(db: Db, id: string): Promise<PersonHistory> {
  // history_key: the key that all the rest goes by.
  const found = /^\d{1,18}$/.test(id)
    ? await db.selectFrom('subscriber').select('address_key').where('id', '=', id).executeTakeFirst()
    : undefined
  if (found === undefined) {
    throw new RollcallError('no_subscriber', 'there is no such subscriber', {
      hint: 'they may have been erased; what had to be kept is on the compliance pages',
    })
  }
  const addressKey = found.address_key
  const data = await personData(db, addressKey)
  const tables = new Map(data.map(({ name, rows }) => [name, rows]))
  return { id, addressKey, tables, deliveries: deliveriesOf(data), audit: await entriesAbout(db, id, addressKey) }
}

function deliveriesOf(data: readonly PersonTable[]): SentDelivery[] {
  const rowsOf = (name: string) => data.find((table) => table.name === name)?.rows ?? []
  const attempts = Map.groupBy(rowsOf('attempts'), (row) => String(row['delivery_id']))
  return rowsOf('deliveries')
    .map((row) => ({
      id: String(row['id']),
      campaignId: String(row['campaign_id']),
      campaign: String(row['campaign']),
      zip: row['zip'] as string | null,
      outcome: String(row['outcome']),
      state: String(row['state']),
      reason: row['reason'] as string | null,
      updatedAt: row['updated_at'] as Date,
      attempts: (attempts.get(String(row['id'])) ?? []).map((each) => ({
        number: Number(each['number']),
        transport: String(each['transport']),
        ending: String(each['ending']),
        sentence: String(each['sentence']),
        endedAt: each['ended_at'] as Date,
      })),
    }))
    .toReversed()
}

async function entriesAbout(db: Db, id: string, addressKey: Buffer): Promise<AuditEntry[]> {
  // requests_of_person: their entries stand under the numbers of the requests.
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM data_request WHERE address_key = ${addressKey} ORDER BY id DESC LIMIT 20`.execute(db)
  const objects = [
    `subscriber/${id}`,
    `address/${addressKey.toString('hex')}`,
    ...rows.map((row) => `data-request/${row.id}`),
  ]
  const entries = await Promise.all(objects.map((object) => latestEntries(db, ENTRIES, object)))
  return entries.flat().toSorted((a, b) => Number(b.id) - Number(a.id))
}
