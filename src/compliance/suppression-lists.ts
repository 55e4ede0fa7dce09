// Suppressions as the desk shows them: the newest first, narrowed down to a reason, a channel, or one person.
import { sql, type RawBuilder } from 'kysely'
import {
  SUPPRESSION_CHANNELS,
  SUPPRESSION_REASONS,
  type SuppressionChannel,
  type SuppressionReason,
} from '../audience/suppression.ts'
import type { SuppressionLine } from '../audience/suppression-pages.ts'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type KeysetClauses, type Page, type PageWish } from '../store/keyset.ts'
import type { KeyRange } from './key-range.ts'

export interface SuppressionFilter {
  /** Null: all of them. */
  reason: SuppressionReason | null
  channel: SuppressionChannel | null
  keys: KeyRange | null
}

export interface DeskSuppression extends SuppressionLine {
  /** Where it stands in the list. */
  place: string
  /** The subscriber who has the address; null when nobody has. */
  subscriberId: string | null
}

const NEWEST: Keyset<DeskSuppression> = {
  parts: [
    { expression: sql`s.set_at`, type: 'timestamptz', isDescending: true },
    { expression: sql`s.address_key`, type: 'bytea', isDescending: true },
  ],
  keyOf: ({ place, addressKey }) => [place, `\\x${addressKey}`],
}

/** Returns a page of suppressions, without addresses. */
export function listSuppressions(db: Db, filter: SuppressionFilter, wish: PageWish): Promise<Page<DeskSuppression>> {
  return keysetPage(NEWEST, wish, async (clauses) => {
    // list_suppressions: the newest of each reason and channel, of these the newest; one person by key.
    const { rows } = await sql<DeskSuppression>`
      SELECT encode(s.address_key, 'hex') AS "addressKey", s.reason, s.channel, s.note, s.set_by AS "setBy", s.set_at AS "setAt",
        s.set_at::text AS place, p.id AS "subscriberId"
      FROM (SELECT s.* FROM ${fitting(filter, clauses)} ORDER BY ${clauses.orderBy} LIMIT ${clauses.limit}) AS s
      LEFT JOIN subscriber p ON p.address_key = s.address_key
      ORDER BY ${clauses.orderBy}`.execute(db)
    return rows
  })
}

function fitting(
  { reason, channel, keys }: SuppressionFilter,
  { where, orderBy, limit }: KeysetClauses,
): RawBuilder<unknown> {
  const reasons = reason === null ? SUPPRESSION_REASONS : [reason]
  const channels = channel === null ? SUPPRESSION_CHANNELS : [channel]
  if (keys !== null)
    return sql`suppression s WHERE s.address_key BETWEEN ${keys.from} AND ${keys.to}
      AND s.reason = ANY (${[...reasons]}::text[]) AND s.channel = ANY (${[...channels]}::text[]) AND ${where}`
  return sql`unnest(${[...reasons]}::text[]) AS r (reason) CROSS JOIN unnest(${[...channels]}::text[]) AS c (channel)
    CROSS JOIN LATERAL (
      SELECT s.* FROM suppression s WHERE s.reason = r.reason AND s.channel = c.channel AND ${where} ORDER BY ${orderBy} LIMIT ${limit}
    ) AS s`
}
