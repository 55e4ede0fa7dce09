// Legislators for the eyes of staff: found by name or id, and one of them with terms, ids and positions.
import { sql } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'
import type { Day } from './day.ts'
import type { PositionOption } from './position.ts'

interface FoundLegislator {
  id: string
  bioguide: string
  name: string
  lastName: string
  /** The last seat they held or hold, and how that term is known to end. */
  seat: string | null
  party: string | null
  start: Day | null
  end: Day | null
}

type Keyed = FoundLegislator & { key: string }

const BY_NAME: Keyset<Keyed> = {
  parts: [
    { expression: sql`lower(l.last_name)`, type: 'text' },
    { expression: sql`l.id`, type: 'bigint' },
  ],
  keyOf: ({ key, id }) => [key, id],
}

const NAME = sql`coalesce(l.official_full, concat_ws(' ', l.first_name, l.last_name, l.suffix))`

/** Returns a page in the order of last names: whoever's name holds the text, or whose id it is. With `servingOn` those who held a seat that day. */
export function searchLegislators(
  db: Db,
  { text, servingOn }: { text: string; servingOn: Day | null },
  wish: PageWish,
): Promise<Page<Keyed>> {
  const pattern = `%${text.toLowerCase().replace(/[%_\\]/g, '\\$&')}%`
  return keysetPage(BY_NAME, wish, async ({ where, orderBy, limit }) => {
    // search_legislators: twelve thousand people, looked through.
    const { rows } = await sql<Keyed>`
      SELECT l.id::text AS id, l.bioguide, ${NAME} AS name, l.last_name AS "lastName", lower(l.last_name) AS key,
        t.seat_id AS seat, lower(t.during) AS start, upper(t.during) AS "end",
        (SELECT p.party FROM term_party p WHERE p.term_id = t.id ORDER BY p.from_date DESC LIMIT 1) AS party
      FROM legislator l
      LEFT JOIN LATERAL (SELECT * FROM term t WHERE t.legislator_id = l.id ORDER BY lower(t.during) DESC LIMIT 1) AS t ON true
      WHERE ${where}
        AND (${text} = '' OR lower(${NAME}) LIKE ${pattern} OR lower(concat_ws(' ', l.first_name, l.nickname, l.last_name)) LIKE ${pattern}
          OR EXISTS (SELECT FROM legislator_alias a WHERE a.legislator_id = l.id AND lower(a.value) = ${text.toLowerCase()}))
        AND (${servingOn}::date IS NULL OR EXISTS (SELECT FROM term s WHERE s.legislator_id = l.id AND s.during @> ${servingOn}::date))
      ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}

export interface LegislatorFacts {
  id: string
  bioguide: string
  name: string
  nickname: string | null
  ids: { scheme: string; value: string }[]
  /** The latest first. */
  terms: {
    seat: string
    start: Day
    end: Day
    endBasis: 'scheduled' | 'observed' | 'successor' | 'manual'
    parties: { from: Day; party: string; caucus: string | null }[]
  }[]
}

/** Returns one legislator by Bioguide id, a retired one included. Throws `no_legislator`. */
export async function findLegislator(db: Db, bioguide: string): Promise<LegislatorFacts> {
  // find_legislator: with ids, and terms with their parties.
  const { rows } = await sql<LegislatorFacts>`
    SELECT l.id::text AS id, l.bioguide, ${NAME} AS name, l.nickname,
      coalesce((SELECT jsonb_agg(jsonb_build_object('scheme', a.scheme, 'value', a.value) ORDER BY a.scheme, a.value)
        FROM legislator_alias a WHERE a.legislator_id = l.id), '[]') AS ids,
      coalesce((SELECT jsonb_agg(jsonb_build_object('seat', t.seat_id, 'start', lower(t.during), 'end', upper(t.during), 'endBasis', t.end_basis,
          'parties', (SELECT coalesce(jsonb_agg(jsonb_build_object('from', p.from_date, 'party', p.party, 'caucus', p.caucus) ORDER BY p.from_date), '[]')
            FROM term_party p WHERE p.term_id = t.id)) ORDER BY lower(t.during) DESC)
        FROM term t WHERE t.legislator_id = l.id), '[]') AS terms
    FROM legislator l
    WHERE l.id = (SELECT a.legislator_id FROM legislator_alias a WHERE a.scheme = 'bioguide' AND a.value = ${bioguide})
      OR l.bioguide = ${bioguide}
    LIMIT 1`.execute(db)
  const [found] = rows
  if (found) return found
  throw new RollcallError('no_legislator', `there is no legislator "${bioguide.slice(0, 40)}"`, {
    hint: 'search by name; Bioguide ids look like W000779',
  })
}

export interface LegislatorPosition {
  rollCallId: string
  heldOn: Day
  question: string
  seat: string
  party: string
  option: PositionOption
  label: string
  key: string
}

const LATEST: Keyset<LegislatorPosition> = {
  parts: [
    { expression: sql`r.held_at`, type: 'timestamptz', isDescending: true },
    { expression: sql`r.id`, type: 'text', isDescending: true },
  ],
  keyOf: ({ key, rollCallId }) => [key, rollCallId],
}

/** Returns a page of how a legislator voted, the latest first. */
export function pagePositions(db: Db, legislatorId: string, wish: PageWish): Promise<Page<LegislatorPosition>> {
  return keysetPage(LATEST, wish, async ({ where, orderBy, limit }) => {
    // page_positions: of one legislator, by their index.
    const { rows } = await sql<LegislatorPosition>`
      SELECT r.id AS "rollCallId", r.held_on AS "heldOn", r.question, p.seat_id AS seat, p.party, p.option, p.option_raw AS label,
        r.held_at::text AS key
      FROM position p JOIN roll_call r ON r.id = p.roll_call_id
      WHERE p.legislator_id = ${legislatorId} AND ${where} ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}
