// The part of a segment that the database decides: ZIP, domain, day of joining.
import { sql, type RawBuilder } from 'kysely'
import type { Segment } from './segment.ts'

/** Returns SQL that says whether a subscriber `s` belongs to the segment, as far as it is not their seats that decide it; null: everyone does. */
export function peopleOf(segment: Segment | null): RawBuilder<boolean> | null {
  if (segment === null) return null
  const { zips, domains, joinedSince, joinedBefore } = segment
  const parts: RawBuilder<boolean>[] = []
  if (zips) {
    const starts = sql<boolean>`coalesce(s.zip LIKE ANY (${zips.values.map((digits) => `${digits}%`)}::text[]), false)`
    parts.push(zips.not ? sql`NOT ${starts}` : starts)
  }
  if (domains) {
    const at = sql<boolean>`s.domain = ANY (${domains.values}::text[])`
    parts.push(domains.not ? sql`NOT ${at}` : at)
  }
  if (joinedSince !== undefined) parts.push(sql`s.created_at >= ${`${joinedSince}T00:00:00Z`}::timestamptz`)
  if (joinedBefore !== undefined) parts.push(sql`s.created_at < ${`${joinedBefore}T00:00:00Z`}::timestamptz`)
  return parts.length === 0 ? null : sql<boolean>`(${sql.join(parts, sql` AND `)})`
}
