// Reads the ledger for the reconciliation: every delivery of a campaign with its attempts.
import { sql } from 'kysely'
import type { Db } from '../../src/store/connect.ts'

export interface Row {
  id: string
  address: string
  state: string
  reason: string | null
  /** Attempts charged. */
  attempt: number
  messageId: string | null
  /** Hex. */
  sha256: string | null
  /** How its attempts ended, in the order of their fences. */
  endings: string[]
}

export interface Account {
  id: string
  /** Of the campaign. */
  state: string
  audience: number
  resends: boolean
  rows: Row[]
}

/** Returns a campaign with all its deliveries. */
export async function readAccount(db: Db, id: string): Promise<Account> {
  // read_campaign: what was promised.
  const { rows: campaigns } = await sql<Omit<Account, 'rows'>>`
    SELECT id, state, audience, doubt_policy = 'resend' AS resends FROM campaign WHERE id = ${id}`.execute(db)
  const campaign = campaigns[0]
  if (campaign === undefined) throw new Error(`there is no campaign ${id}`)
  // read_deliveries: what became of it.
  const { rows } = await sql<Row>`
    SELECT d.id, s.address, d.state, d.reason, d.attempt, d.message_id AS "messageId", encode(d.raw_sha256, 'hex') AS sha256,
      coalesce(a.endings, '{}') AS endings
    FROM delivery d
    JOIN subscriber s ON s.id = d.subscriber_id
    LEFT JOIN (
      SELECT delivery_id, array_agg(ending ORDER BY fence) AS endings FROM attempt WHERE campaign_id = ${id} GROUP BY delivery_id
    ) a ON a.delivery_id = d.id
    WHERE d.campaign_id = ${id} ORDER BY d.id`.execute(db)
  return { ...campaign, rows }
}

/** Returns how many deliveries of a campaign are in a state. */
export async function countState(db: Db, id: string, state: string): Promise<number> {
  // count_state: one number.
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM delivery WHERE campaign_id = ${id} AND state = ${state}`.execute(db)
  return rows[0]?.count ?? 0
}
