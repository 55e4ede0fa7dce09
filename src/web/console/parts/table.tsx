// Tables of the console: headings that sort, pages by key, and a word when there is nothing.
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { Context } from 'hono'

export interface Column<Row> {
  heading: string
  cell(row: Row): Child
  /** Right-aligned, with figures of equal width. */
  isFigure?: boolean
  /** The value of `?sort=` that this column stands for. */
  sort?: string
  /** Left out where the screen is narrow. */
  isExtra?: boolean
}

interface TableProps<Row> {
  c: Context
  /** Says what the table lists, for those who do not see where it stands. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** Shown in place of an empty table: why it is empty and what to do. */
  empty: Child
  sortedBy?: string
}

/** A table that scrolls within itself on narrow screens. */
export function Table<Row>({ c, caption, columns, rows, empty, sortedBy }: TableProps<Row>) {
  if (rows.length === 0) return <Empty>{empty}</Empty>
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) =>
              // A column of buttons has no name; an empty heading would be read out as one.
              column.heading === '' ? (
                <td></td>
              ) : (
                <Heading c={c} column={column} isSorted={column.sort !== undefined && column.sort === sortedBy} />
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {columns.map((column) => (
                <td class={cellClass(column)}>{column.cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Heading<Row>({ c, column, isSorted }: { c: Context; column: Column<Row>; isSorted: boolean }) {
  return (
    <th scope="col" class={cellClass(column)} aria-sort={isSorted ? 'descending' : undefined}>
      {column.sort === undefined || isSorted ? (
        column.heading
      ) : (
        <a href={withQuery(c, { sort: column.sort, after: null, before: null })}>{column.heading}</a>
      )}
    </th>
  )
}

function cellClass<Row>({ isFigure, isExtra }: Column<Row>): string {
  return [isFigure ? 'number' : '', isExtra ? 'extra' : ''].filter(Boolean).join(' ')
}

/** What stands where a list would be. */
export function Empty({ children }: PropsWithChildren) {
  return <div class="empty">{children}</div>
}

/** Links to the pages before and after; nothing where there is one page. */
export function Pager({ c, page }: { c: Context; page: { previous: string | null; next: string | null } }) {
  if (page.previous === null && page.next === null) return null
  return (
    <nav class="pager" aria-label="Pages">
      {page.previous === null ? (
        <span></span>
      ) : (
        <a class="button quiet" rel="prev" href={withQuery(c, { before: page.previous, after: null })}>
          Previous
        </a>
      )}
      {page.next === null ? (
        <span></span>
      ) : (
        <a class="button quiet" rel="next" href={withQuery(c, { after: page.next, before: null })}>
          Next
        </a>
      )}
    </nav>
  )
}

/** Returns `?…` of this page with some of it changed; null takes a part away. */
export function withQuery(c: Context, change: Readonly<Record<string, string | null>>): string {
  const query = new URLSearchParams(c.req.query())
  for (const [name, value] of Object.entries(change)) {
    if (value === null) query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  return text === '' ? '?' : `?${text}`
}
