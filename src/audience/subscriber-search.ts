// Finds subscribers among a million: what an address, a domain or a last name begins with, a ZIP, a state, whether mail may go to them.
import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../store/connect.ts'
import type { Page } from '../store/keyset.ts'

export const STANDINGS = ['mailable', 'suppressed', 'on_break'] as const
type Standing = (typeof STANDINGS)[number]

export const SORTS = ['newest', 'address', 'last_name'] as const
type SearchSort = (typeof SORTS)[number]

export interface SubscriberSearch {
  /** What an address, a domain (`@example`) or a last name begins with; '' for anybody. */
  text: string
  /** What the ZIP begins with; '' for any. */
  zip: string
  /** A state as the post writes it: `OR`; '' for any. */
  state: string
  /** null: whatever it is. */
  standing: Standing | null
  sort: SearchSort
}

/** Which page: after or before the subscriber with this id; neither is the first. */
export interface SearchPlace {
  after?: string | undefined
  before?: string | undefined
  limit: number
}

export interface FoundSubscriber {
  id: string
  address: string
  firstName: string
  lastName: string
  zip: string | null
  plus4: string | null
  /** `OR`, or `OR, WA` where the ZIP lies in two; null when it is not known. */
  states: string | null
  createdAt: Date
  /** Why nobody may write to them; null: nothing forbids it. */
  suppressed: string | null
  pausedUntil: Date | null
  consentEnded: boolean
}

/** Matches are counted up to this many: counting all of a million takes longer than anybody waits. */
const COUNTED = 10_000

export type Matches = { count: number; isExact: boolean }

/** In the collation of bytes every text that begins with `x` lies between `x` and `x` with the last character there is. */
const LAST = '\u{10ffff}'

const ADDRESS = sql`lower(s.address) COLLATE "C"`
const DOMAIN = sql`s.domain COLLATE "C"`
const LAST_NAME = sql`lower(s.last_name) COLLATE "C"`
const ZIP = sql`(s.zip::text) COLLATE "C"`

const ORDERS: Readonly<Record<SearchSort, { key: RawBuilder<unknown> | null; isDescending: boolean }>> = {
  newest: { key: null, isDescending: true },
  address: { key: ADDRESS, isDescending: false },
  last_name: { key: LAST_NAME, isDescending: false },
}

/**
 * Returns a page. Cursors are ids, so that no address stands in a URL; the place of a subscriber who was erased meanwhile is lost,
 * and the list then starts again.
 */
export async function searchSubscribers(
  db: Db,
  search: SubscriberSearch,
  place: SearchPlace,
): Promise<Page<FoundSubscriber>> {
  const cursor = await existing(db, place.after ?? place.before)
  const isBackward = place.after === undefined && place.before !== undefined && cursor !== null
  const ids = await findIds(db, search, { cursor, isBackward, limit: place.limit + 1 })
  const hasMore = ids.length > place.limit
  const shown = ids.slice(0, place.limit)
  if (isBackward) shown.reverse()
  return {
    rows: await readFound(db, shown),
    previous: (isBackward ? hasMore : cursor !== null) ? (shown[0] ?? null) : null,
    next: isBackward || hasMore ? (shown.at(-1) ?? null) : null,
  }
}

async function existing(db: Db, id: string | undefined): Promise<string | null> {
  if (id === undefined || !/^\d{1,18}$/.test(id)) return null
  // search_cursor: whether the place is still there.
  const row = await db.selectFrom('subscriber').select('id').where('id', '=', id).executeTakeFirst()
  return row?.id ?? null
}

interface Slice {
  cursor: string | null
  isBackward: boolean
  limit: number
}

/**
 * What matches by the key of the order lies together in it, what matches by another is spread over it: each is asked for by itself,
 * since the planner takes all of it to be spread and would walk through the whole index to the first one.
 */
async function findIds(db: Db, search: SubscriberSearch, slice: Slice): Promise<string[]> {
  const { key, isDescending } = ORDERS[search.sort]
  const down = isDescending !== slice.isBackward
  const direction = sql.raw(down ? 'DESC' : 'ASC')
  const order = sql`ORDER BY key ${direction}, id ${direction} LIMIT ${slice.limit}`
  const conditions = await conditionsOf(db, search)
  if (slice.cursor !== null) conditions.push(beyond(key, slice.cursor, down))
  const parts = textParts(search).map((part) => {
    const where = all(part === null ? conditions : [...conditions, part])
    const inner = key === null ? sql`s.id ${direction}` : sql`${key} ${direction}, s.id ${direction}`
    return sql`(SELECT s.id, ${key ?? sql`NULL::text`} AS key FROM subscriber s WHERE ${where} ORDER BY ${inner} LIMIT ${slice.limit})`
  })
  // search_subscribers: the ids of one page, by key.
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM (${sql.join(parts, sql` UNION `)}) AS found ${order}`.execute(db)
  return rows.map(({ id }) => id)
}

function beyond(key: RawBuilder<unknown> | null, cursor: string, down: boolean): RawBuilder<boolean> {
  const row = key === null ? sql`s.id` : sql`${key}, s.id`
  return sql<boolean>`(${row}) ${sql.raw(down ? '<' : '>')} (SELECT ${row} FROM subscriber s WHERE s.id = ${cursor})`
}

/** Returns how many there are: exact up to 10,000; of the whole list about as many as the database last estimated. */
export async function countMatches(db: Db, search: SubscriberSearch): Promise<Matches> {
  const conditions = await conditionsOf(db, search)
  const text = textConditions(search.text)
  if (text.length > 0) conditions.push(either(text.map(({ matches }) => matches)))
  if (conditions.length === 0) {
    const about = await estimateAll(db)
    if (about > COUNTED) return { count: about, isExact: false }
  }
  // count_matches: stops counting when there are many.
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM (SELECT FROM subscriber s WHERE ${all(conditions)} LIMIT ${COUNTED + 1}) AS found`.execute(
    db,
  )
  const count = rows[0]?.count ?? 0
  return { count: Math.min(count, COUNTED), isExact: count <= COUNTED }
}

async function estimateAll(db: Db): Promise<number> {
  // estimate_all: what the planner believes.
  const { rows } = await sql<{ about: number }>`
    SELECT greatest(reltuples, 0)::float8 AS about FROM pg_class WHERE oid = 'subscriber'::regclass`.execute(db)
  return rows[0]?.about ?? 0
}

async function conditionsOf(db: Db, search: SubscriberSearch): Promise<RawBuilder<boolean>[]> {
  const conditions: RawBuilder<boolean>[] = []
  if (search.zip !== '') conditions.push(beginsWith(ZIP, search.zip))
  if (search.state !== '') {
    const zips = await zipsOf(db, search.state)
    conditions.push(sql<boolean>`s.zip::text COLLATE "C" = ANY(${zips}::text[])`)
  }
  if (search.standing !== null) conditions.push(STANDING[search.standing])
  return conditions
}

interface TextCondition {
  /** The order in which its matches lie together; null: in none. */
  sort: SearchSort | null
  matches: RawBuilder<boolean>
}

function textConditions(given: string): TextCondition[] {
  const text = given.trim().toLowerCase()
  if (text === '') return []
  const domain: TextCondition = { sort: null, matches: beginsWith(DOMAIN, text.replace(/^@/, '')) }
  const address: TextCondition = { sort: 'address', matches: beginsWith(ADDRESS, text) }
  if (text.startsWith('@')) return [domain]
  if (text.includes('@')) return [address]
  return [address, domain, { sort: 'last_name', matches: beginsWith(LAST_NAME, text) }]
}

/** Returns the conditions to be asked for one by one; null stands for none. */
function textParts({ text, sort }: SubscriberSearch): (RawBuilder<boolean> | null)[] {
  const conditions = textConditions(text)
  if (conditions.length === 0) return [null]
  const together = conditions.filter((each) => each.sort === sort).map(({ matches }) => matches)
  const spread = conditions.filter((each) => each.sort !== sort).map(({ matches }) => matches)
  return [...together, ...(spread.length > 0 ? [either(spread)] : [])]
}

function either(conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> {
  return sql<boolean>`(${sql.join([...conditions], sql` OR `)})`
}

function beginsWith(expression: RawBuilder<unknown>, start: string): RawBuilder<boolean> {
  return sql<boolean>`(${expression} >= ${start} AND ${expression} < ${start + LAST})`
}

const IS_SUPPRESSED = sql<boolean>`EXISTS (SELECT FROM suppression x WHERE x.address_key = s.address_key)`
const ON_BREAK = sql<boolean>`EXISTS (SELECT FROM subscriber_wish w WHERE w.subscriber_id = s.id AND w.paused_until > now())`
const CONSENT_ENDED = sql<boolean>`EXISTS (SELECT FROM consent_event e WHERE e.address_key = s.address_key AND e.expires_at <= now()
  AND NOT EXISTS (SELECT FROM consent_event later WHERE later.address_key = e.address_key AND later.id > e.id
    AND later.act IN ('imported', 'subscribed') AND (later.expires_at IS NULL OR later.expires_at > now())))`

/**
 * As a launch judges them. Most people may be written to, so they are asked about one by one in the order of the list: a subquery of
 * one value is never turned into a join, which would be of the whole list where the tables have just been filled.
 */
const STANDING: Readonly<Record<Standing, RawBuilder<boolean>>> = {
  mailable: sql<boolean>`NOT (SELECT ${IS_SUPPRESSED} OR ${ON_BREAK} OR ${CONSENT_ENDED})`,
  suppressed: IS_SUPPRESSED,
  on_break: sql<boolean>`NOT ${IS_SUPPRESSED} AND ${ON_BREAK}`,
}

function all(conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> {
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join([...conditions], sql` AND `)}`
}

async function zipsOf(db: Db, state: string): Promise<string[]> {
  // zips_of_state: by the newest map, and those without an area.
  const { rows } = await sql<{ zip: string }>`
    SELECT DISTINCT z.zip::text AS zip FROM seat t JOIN zip_seat z ON z.seat_id = t.id
      WHERE t.usps = ${state} AND t.chamber = 'house' AND z.map_id = (SELECT id FROM district_map ORDER BY valid DESC LIMIT 1)
    UNION SELECT zip::text FROM zip_state WHERE usps = ${state}`.execute(db)
  return rows.map(({ zip }) => zip)
}

async function readFound(db: Db, ids: readonly string[]): Promise<FoundSubscriber[]> {
  // read_found: the people of one page, in its order.
  const { rows } = await sql<FoundSubscriber>`
    SELECT s.id, s.address, s.first_name AS "firstName", s.last_name AS "lastName", s.zip, s.plus4, s.created_at AS "createdAt",
      (SELECT string_agg(DISTINCT usps, ', ') FROM (
        SELECT t.usps FROM zip_seat z JOIN seat t ON t.id = z.seat_id
          WHERE z.zip = s.zip AND z.map_id = (SELECT id FROM district_map ORDER BY valid DESC LIMIT 1)
        UNION SELECT usps FROM zip_state WHERE zip = s.zip) AS places) AS states,
      (SELECT x.reason FROM suppression x WHERE x.address_key = s.address_key) AS suppressed,
      (SELECT w.paused_until FROM subscriber_wish w WHERE w.subscriber_id = s.id AND w.paused_until > now()) AS "pausedUntil",
      ${CONSENT_ENDED} AS "consentEnded"
    FROM unnest(${[...ids]}::bigint[]) WITH ORDINALITY AS wanted (id, place) JOIN subscriber s USING (id) ORDER BY wanted.place`.execute(
    db,
  )
  return rows
}

/** Returns the states there are ZIPs for, by name. */
export async function listStates(db: Db): Promise<{ usps: string; name: string }[]> {
  // list_states: all of them.
  return db.selectFrom('jurisdiction').select(['usps', 'name']).orderBy('name').execute()
}
