// Terms and the parties within them, in the database.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { formatSpan, parseSpan } from './day.ts'
import type { PartySince } from './party.ts'
import type { Term } from './term.ts'

/** A term as the database holds it. */
export interface StoredTerm extends Term {
  id: string
  legislatorId: string
  how: string | null
  /** In order of day. */
  parties: PartySince[]
}

export interface NewTerm extends Term {
  legislatorId: string
  how: string | null
  parties: PartySince[]
}

/** Returns the terms that share a day with `[start, end)`, or all; by seat and start. */
export async function loadTerms(db: Db, within?: { start: string; end: string }): Promise<StoredTerm[]> {
  const range = within ? formatSpan(within) : '(,)'
  // Reads terms with their holder's bioguide id and their parties in order of day.
  const found = await sql<{
    id: string
    legislator_id: string
    bioguide: string
    seat_id: string
    during: string
    end_basis: Term['endBasis']
    how: string | null
    parties: PartySince[]
  }>`
    SELECT t.id, t.legislator_id, l.bioguide, t.seat_id, t.during, t.end_basis, t.how,
      coalesce(jsonb_agg(jsonb_build_object('from', p.from_date, 'party', p.party, 'caucus', p.caucus) ORDER BY p.from_date)
        FILTER (WHERE p.term_id IS NOT NULL), '[]') AS parties
    FROM term t
    JOIN legislator l ON l.id = t.legislator_id
    LEFT JOIN term_party p ON p.term_id = t.id
    WHERE t.during && ${range}::daterange
    GROUP BY t.id, l.bioguide
    ORDER BY t.seat_id, lower(t.during)`.execute(db)
  return found.rows.map((row) => ({
    id: row.id,
    legislatorId: row.legislator_id,
    bioguide: row.bioguide,
    seatId: row.seat_id,
    ...parseSpan(row.during),
    endBasis: row.end_basis,
    how: row.how,
    parties: row.parties,
  }))
}

/** Adds terms with their parties. Throws the database's exclusion error when two overlap. */
export async function insertTerms(db: Db, terms: readonly NewTerm[], sourceId: string): Promise<void> {
  if (terms.length === 0) return
  // Adds terms.
  const added = await sql<{ id: string; seat_id: string; during: string }>`
    INSERT INTO term (legislator_id, seat_id, during, end_basis, how, source_id)
    SELECT n.*, ${sourceId}::bigint FROM unnest(${terms.map((t) => t.legislatorId)}::bigint[], ${terms.map((t) => t.seatId)}::text[],
      ${terms.map(formatSpan)}::daterange[], ${terms.map((t) => t.endBasis)}::text[], ${terms.map((t) => t.how)}::text[]) AS n
    RETURNING id, seat_id, during`.execute(db)
  const ids = new Map(added.rows.map((row) => [`${row.seat_id} ${row.during}`, row.id]))
  await insertParties(
    db,
    terms.map((term) => ({ termId: ids.get(`${term.seatId} ${formatSpan(term)}`) ?? '', parties: term.parties })),
  )
}

/** Gives terms a new end. */
export async function updateTermEnds(db: Db, terms: readonly StoredTerm[]): Promise<void> {
  // Changes the end of terms that exist, and what the end rests on.
  await sql`
    UPDATE term t SET during = n.during, end_basis = n.end_basis
    FROM unnest(${terms.map((t) => t.id)}::bigint[], ${terms.map(formatSpan)}::daterange[], ${terms.map((t) => t.endBasis)}::text[]) AS n (id, during, end_basis)
    WHERE t.id = n.id`.execute(db)
}

/** Removes terms that turned out to have no day, or another start. */
export async function deleteTerms(db: Db, terms: readonly StoredTerm[]): Promise<void> {
  // Removes terms; their parties go with them.
  await sql`DELETE FROM term WHERE id = ANY(${terms.map((t) => t.id)}::bigint[])`.execute(db)
}

/** Replaces the parties of terms. */
export async function replaceParties(
  db: Db,
  terms: readonly { termId: string; parties: readonly PartySince[] }[],
): Promise<void> {
  // Removes the parties as they were.
  await sql`DELETE FROM term_party WHERE term_id = ANY(${terms.map((t) => t.termId)}::bigint[])`.execute(db)
  await insertParties(db, terms)
}

async function insertParties(
  db: Db,
  terms: readonly { termId: string; parties: readonly PartySince[] }[],
): Promise<void> {
  const rows = terms.flatMap(({ termId, parties }) => parties.map((party) => ({ termId, ...party })))
  // Adds the party, and the caucus, of a term from a day on.
  await sql`
    INSERT INTO term_party (term_id, from_date, party, caucus)
    SELECT * FROM unnest(${rows.map((r) => r.termId)}::bigint[], ${rows.map((r) => r.from)}::date[], ${rows.map((r) => r.party)}::text[],
      ${rows.map((r) => r.caucus)}::text[])`.execute(db)
}
