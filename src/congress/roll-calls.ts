// Roll calls and positions, in the database.
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import type { Day } from './day.ts'
import type { ListedPosition, ParsedRollCall } from './importers/parsed.ts'
import type { PlacedPosition } from './importers/place-positions.ts'
import type { Position } from './position.ts'
import { optionKey } from './position.ts'
import type { Chamber, SeatId } from './seat.ts'

/** A roll call as mail and checks speak of it. */
export interface RollCallFacts {
  /** `h708-115.2017` */
  id: string
  chamber: Chamber
  congress: number
  session: number
  number: number
  heldAt: Date
  /** The day in Washington. */
  heldOn: Day
  question: string
  voteType: string
  /** `1/2`, `2/3`, `3/5`, `QUORUM`; null when the file says nothing. */
  requirement: string | null
  result: string
  bill: string | null
  /** Official totals by option, or `candidate:NAME`. */
  totals: Record<string, number>
  /** The same by party letter, counted from the positions. */
  byParty: Record<string, Record<string, number>>
  tieBreaker: 'yea' | 'nay' | null
  sourceUrl: string | null
  contentSha256: string
  /** The imported file: `house-clerk`, `senate` or `congress-json`. */
  source: { id: string; kind: string }
}

/** One position as stored. */
export interface StoredPosition extends Position {
  legislatorId: string
  seatId: SeatId
  /** Party letter as recorded that day. */
  party: string
}

/** Returns the roll call; throws `unknown_roll_call` when it was never imported. */
export async function loadRollCall(db: Db, id: string): Promise<RollCallFacts> {
  const found = await findRollCall(db, id)
  if (found) return found
  throw new RollcallError('unknown_roll_call', `roll call "${id}" is not in the database`, {
    hint: 'import it with rollcall congress import FILE; ids look like h708-115.2017',
  })
}

/** Returns the roll call, or null when it was never imported. */
export async function findRollCall(db: Db, id: string): Promise<RollCallFacts | null> {
  // Reads one roll call and the kind of file it came from.
  const row = await db
    .selectFrom('roll_call as r')
    .innerJoin('source as s', 's.id', 'r.source_id')
    .selectAll('r')
    .select('s.kind as source_kind')
    .where('r.id', '=', id)
    .executeTakeFirst()
  if (!row) return null
  return {
    id: row.id,
    chamber: row.chamber,
    congress: row.congress,
    session: row.session,
    number: row.number,
    heldAt: row.held_at,
    heldOn: row.held_on,
    question: row.question,
    voteType: row.vote_type,
    requirement: row.requirement,
    result: row.result,
    bill: row.bill,
    totals: row.official_totals as Record<string, number>,
    byParty: tallyByParty(await loadPositions(db, id)),
    tieBreaker: row.tie_breaker,
    sourceUrl: row.source_url,
    contentSha256: row.content_sha256,
    source: { id: row.source_id, kind: row.source_kind },
  }
}

function tallyByParty(positions: readonly StoredPosition[]): Record<string, Record<string, number>> {
  const byParty: Record<string, Record<string, number>> = {}
  for (const position of positions) {
    const totals = (byParty[position.party] ??= {})
    totals[optionKey(position)] = (totals[optionKey(position)] ?? 0) + 1
  }
  return byParty
}

/** Returns the ids of the roll calls with an open issue. */
export async function loadUnsettledRollCalls(db: Db): Promise<string[]> {
  // Finds roll calls that were imported and have something open.
  const rows = await db
    .selectFrom('import_issue as i')
    .innerJoin('roll_call as r', 'r.id', 'i.roll_call_id')
    .select('r.id')
    .distinct()
    .where('i.resolved_at', 'is', null)
    .orderBy('r.id')
    .execute()
  return rows.map((row) => row.id)
}

/** Returns the ids of the roll calls held on `[from, to)` in a chamber. */
export async function loadRollCallsBetween(db: Db, chamber: Chamber, from: Day, to: Day): Promise<string[]> {
  // Finds the roll calls of some days.
  const rows = await db
    .selectFrom('roll_call')
    .select('id')
    .where('chamber', '=', chamber)
    .where('held_on', '>=', from)
    .where('held_on', '<', to)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}

/** Returns the positions of a roll call in order of seat. */
export async function loadPositions(db: Db, rollCallId: string): Promise<StoredPosition[]> {
  // Reads the positions of one roll call.
  const rows = await db
    .selectFrom('position')
    .selectAll()
    .where('roll_call_id', '=', rollCallId)
    .orderBy('seat_id')
    .execute()
  return rows.map((row) => ({
    legislatorId: row.legislator_id,
    seatId: row.seat_id,
    option: row.option,
    label: row.option_raw,
    candidateName: row.candidate_name,
    party: row.party,
  }))
}

/** Returns the stored positions as the file listed them, with the id of the file's scheme. */
export async function loadListed(
  db: Db,
  rollCallId: string,
  chamber: Chamber,
): Promise<(ListedPosition & { legislatorId: string })[]> {
  const scheme = chamber === 'house' ? 'bioguide' : 'lis'
  // Reads the positions with each legislator's id of one scheme; of two bioguide ids the current one.
  const found = await sql<ListedPosition & { legislatorId: string }>`
    SELECT p.legislator_id::text AS "legislatorId", p.option, p.option_raw AS label, p.candidate_name AS "candidateName", p.party, p.state_raw AS state,
      l.last_name AS "displayName",
      CASE ${scheme} WHEN 'bioguide' THEN l.bioguide
        ELSE (SELECT min(a.value) FROM legislator_alias a WHERE a.legislator_id = l.id AND a.scheme = ${scheme}) END AS "memberId"
    FROM position p JOIN legislator l ON l.id = p.legislator_id
    WHERE p.roll_call_id = ${rollCallId}
    ORDER BY p.seat_id`.execute(db)
  return found.rows
}

/** Adds the roll call, or brings it up to date; what the new file leaves out is kept. */
export async function saveRollCall(
  db: Db,
  file: ParsedRollCall,
  extra: { totals: Record<string, number>; contentSha256: string; sourceId: string },
): Promise<void> {
  const values = {
    held_at: file.heldAt,
    question: file.question,
    vote_type: file.voteType,
    requirement: file.requirement,
    result: file.result,
    official_totals: JSON.stringify(extra.totals),
    tie_breaker: file.tieBreaker,
    source_url: file.sourceUrl,
    content_sha256: extra.contentSha256,
    source_id: extra.sourceId,
  }
  const { id, chamber, congress, session, number, category, bill, modifiedAt } = file
  // Adds the roll call or replaces what it says.
  await db
    .insertInto('roll_call')
    .values({ id, chamber, congress, session, number, category, bill, source_modified_at: modifiedAt, ...values })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        ...values,
        category: eb.fn.coalesce('excluded.category', 'roll_call.category'),
        bill: eb.fn.coalesce('excluded.bill', 'roll_call.bill'),
        source_modified_at: eb.fn.coalesce('excluded.source_modified_at', 'roll_call.source_modified_at'),
      })),
    )
    .execute()
}

/** Makes the positions of a roll call exactly these. */
export async function replacePositions(db: Db, rollCallId: string, placed: readonly PlacedPosition[]): Promise<void> {
  // Removes the positions as they were.
  await db.deleteFrom('position').where('roll_call_id', '=', rollCallId).execute()
  // Adds the positions.
  await sql`
    INSERT INTO position (roll_call_id, legislator_id, seat_id, option, option_raw, candidate_name, party, state_raw)
    SELECT ${rollCallId}, n.* FROM unnest(${placed.map((p) => p.legislatorId)}::bigint[], ${placed.map((p) => p.seat.id)}::text[],
      ${placed.map((p) => p.option)}::text[], ${placed.map((p) => p.label)}::text[], ${placed.map((p) => p.candidateName)}::text[],
      ${placed.map((p) => p.party)}::text[], ${placed.map((p) => p.state)}::text[]) AS n`.execute(db)
}

/** Returns the lines of the latest file that have no seat. */
export async function loadQuarantine(db: Db, rollCallId: string): Promise<ListedPosition[]> {
  // Reads the quarantined lines of one roll call.
  const rows = await db
    .selectFrom('quarantined_position')
    .selectAll()
    .where('roll_call_id', '=', rollCallId)
    .orderBy('member_id')
    .execute()
  return rows.map((row) => ({
    memberId: row.member_id,
    option: row.option,
    label: row.option_raw,
    candidateName: row.candidate_name,
    party: row.party,
    state: row.state_raw,
    displayName: row.display_name,
  }))
}

/** Makes the quarantined lines of a roll call exactly these. */
export async function replaceQuarantine(db: Db, rollCallId: string, lines: readonly ListedPosition[]): Promise<void> {
  // Removes the lines as they were.
  await db.deleteFrom('quarantined_position').where('roll_call_id', '=', rollCallId).execute()
  if (lines.length === 0) return
  // Adds the lines.
  await db
    .insertInto('quarantined_position')
    .values(
      lines.map((line) => ({
        roll_call_id: rollCallId,
        member_id: line.memberId,
        option: line.option,
        option_raw: line.label,
        candidate_name: line.candidateName,
        party: line.party,
        state_raw: line.state,
        display_name: line.displayName,
      })),
    )
    .execute()
}
