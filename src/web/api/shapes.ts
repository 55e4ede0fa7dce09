// Shapes that many operations share: times, days, ids, pages of lists.
import { z } from 'zod'

/** An instant: RFC 3339 on the wire. */
export const at = z.date()

export const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'write YYYY-MM-DD')
  .describe('YYYY-MM-DD')

/** A row's id in the database. */
export const rowId = z
  .string()
  .regex(/^\d{1,18}$/, 'an id is a number')
  .describe('a number, as text')

export const address = z.string().min(1).max(400).describe('an e-mail address')

export const reason = z.string().trim().min(1, 'a reason is needed').max(500)

/** `true` or `false` in a query. */
export const yesNo = z.enum(['true', 'false']).transform((text) => text === 'true')

/** How many of a list, and where to go on. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('how many at most'),
  cursor: z.string().max(500).optional().describe('`next` of the answer before; absent: the start'),
}

/** Returns the schema of one page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().describe('the cursor of what follows; null at the end'),
  })
}
