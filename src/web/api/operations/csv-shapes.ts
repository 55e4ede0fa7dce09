// What imports of lists have in common: the file, which column is what, and the rows that were refused.
import { z } from 'zod'
import { readMap } from '../../../audience/csv-header.ts'

export const CSV_TYPES = ['text/csv'] as const

/** A list of a million lines has 60 MB or so. */
export const CSV = { types: CSV_TYPES, what: 'CSV in UTF-8 with a header row', maxBytes: 1024 ** 3 }

/** `map=email=E-mail` as often as it takes. */
export const mapping = z
  .union([z.string().max(300), z.array(z.string().max(300)).max(20)])
  .optional()
  .describe('`field=column` where a header is none of the common ones; repeatable')
  .transform((pairs) => readMap(pairs === undefined ? [] : [pairs].flat()))

export const rejectSample = z.object({
  line: z.number().int(),
  column: z.string(),
  value: z.string(),
  problem: z.string(),
  hint: z.string(),
})
