// A list that is read to its end, page by page, for a download.
import type { Page, PageWish } from '../store/keyset.ts'

const ROWS = 2000

/** Yields every row of a keyset list, in its order. */
export async function* allPages<Row>(list: (wish: PageWish) => Promise<Page<Row>>): AsyncGenerator<Row> {
  let after: string | undefined
  for (;;) {
    const page = await list({ after, limit: ROWS })
    yield* page.rows
    if (page.next === null) return
    after = page.next
  }
}
