// Paging by key: the page after a row, the page before a row, whatever was added meanwhile; the thousandth page is as quick as the first.
import { sql, type RawBuilder } from 'kysely'
import { RollcallError } from '../core/errors.ts'

export interface Page<Row> {
  rows: Row[]
  /** Cursors for `after` and `before`; null where the list ends. */
  previous: string | null
  next: string | null
}

/** Which page is wanted: neither is the first. */
export interface PageWish {
  after?: string | undefined
  before?: string | undefined
  /** Rows of a page. */
  limit: number
}

/** A part of the order. The last one must tell any two rows apart. */
interface KeyPart {
  /** As PostgreSQL knows it in the statement: `s.created_at`. */
  expression: RawBuilder<unknown>
  /** For the comparison with a cursor: `timestamptz`, `bigint`, `text`. */
  type: 'bigint' | 'timestamptz' | 'text' | 'bytea' | 'date'
  isDescending?: boolean
}

export interface Keyset<Row> {
  parts: readonly KeyPart[]
  /** Returns the values of a row in the order of the parts, as text. A Date loses microseconds: select `key::text` instead. */
  keyOf(row: Row): readonly string[]
}

/** What to put into a statement: a condition for WHERE, an order, a limit. */
export interface KeysetClauses {
  where: RawBuilder<boolean>
  orderBy: RawBuilder<unknown>
  limit: RawBuilder<unknown>
}

/**
 * Returns the page. `select` runs the statement with the clauses it is given. All parts must run in one direction for an index to
 * serve; their comparison is one of rows, `(a, b) < (x, y)`. Throws `bad_cursor` for a cursor that is none of ours.
 */
export async function keysetPage<Row>(
  keyset: Keyset<Row>,
  wish: PageWish,
  select: (clauses: KeysetClauses) => Promise<Row[]>,
): Promise<Page<Row>> {
  const isBackward = wish.after === undefined && wish.before !== undefined
  const cursor = wish.after ?? wish.before
  const rows = await select(clausesOf(keyset.parts, cursor, isBackward, wish.limit))
  const hasMore = rows.length > wish.limit
  const shown = hasMore ? rows.slice(0, wish.limit) : rows
  if (isBackward) shown.reverse()
  const cursorOf = (row: Row | undefined) => (row === undefined ? null : writeCursor(keyset.keyOf(row)))
  return {
    rows: shown,
    previous: (isBackward ? hasMore : cursor !== undefined) ? cursorOf(shown[0]) : null,
    next: isBackward || hasMore ? cursorOf(shown.at(-1)) : null,
  }
}

function clausesOf(
  parts: readonly KeyPart[],
  cursor: string | undefined,
  isBackward: boolean,
  limit: number,
): KeysetClauses {
  const isDescending = (parts[0]?.isDescending ?? false) !== isBackward
  const direction = sql.raw(isDescending ? 'DESC' : 'ASC')
  return {
    where: cursor === undefined ? sql<boolean>`true` : beyond(parts, readCursor(cursor, parts), isDescending),
    orderBy: sql.join(parts.map(({ expression }) => sql`${expression} ${direction}`)),
    limit: sql`${limit + 1}`,
  }
}

function beyond(parts: readonly KeyPart[], values: readonly string[], isDescending: boolean): RawBuilder<boolean> {
  const row = sql.join(parts.map(({ expression }) => expression))
  const key = sql.join(parts.map(({ type }, index) => sql`${values[index]}::text::${sql.raw(type)}`))
  return sql<boolean>`(${row}) ${sql.raw(isDescending ? '<' : '>')} (${key})`
}

function writeCursor(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

function readCursor(cursor: string, parts: readonly KeyPart[]): string[] {
  const bad = () =>
    new RollcallError('bad_cursor', `"${cursor.slice(0, 40)}" is no cursor of this list`, {
      hint: 'start again from the first page',
      kind: 'usage',
    })
  let values: unknown
  try {
    values = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw bad()
  }
  if (!Array.isArray(values) || values.length !== parts.length) throw bad()
  return parts.map(({ type }, index) => {
    const value: unknown = values[index]
    if (typeof value !== 'string' || !FORMS[type].test(value)) throw bad()
    return value
  })
}

/** How a value of each type is written, so that a made-up cursor is refused before the database sees it. */
const FORMS: Readonly<Record<KeyPart['type'], RegExp>> = {
  bigint: /^-?\d{1,18}$/,
  timestamptz: /^\d{4,6}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:?\d\d)?)$/,
  text: /^[^\0]*$/,
  bytea: /^\\x([0-9a-f]{2})*$/,
  date: /^\d{4}-\d\d-\d\d$/,
}
