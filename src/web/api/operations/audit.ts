// The audit log: who did what, and the proof that the record still is what was written.
import { z } from 'zod'
import { sealAudit, verifyAudit } from '../../../store/audit-entries.ts'
import { pageEntries } from '../../../store/audit-pages.ts'
import { operation } from '../operation.ts'
import { at, pageOf, pageQuery } from '../shapes.ts'

const group = 'Audit log'

export const chainCheck = z.object({
  sound: z.number().int().describe('entries whose place and hash are right, from the first one on'),
  broken: z.object({ place: z.string(), why: z.string() }).nullable(),
  head: z.string().describe('hash of the last sound entry: write it down elsewhere'),
})

export const AUDIT = [
  operation({
    id: 'listAuditEntries',
    method: 'get',
    path: '/audit',
    group,
    summary: 'Who did what, newest first',
    scopes: ['compliance.read'],
    query: z.strictObject({
      ...pageQuery,
      object: z.string().max(200).optional().describe('only what was done to it: `campaign/dream-act-2017-k3xp`'),
    }),
    answer: pageOf(
      z.object({
        id: z.string(),
        place: z.string().nullable().describe('in the chain; null until it is sealed, seconds later'),
        at,
        actor: z.string(),
        act: z.string(),
        object: z.string(),
        reason: z.string(),
      }),
    ),
    async run({ site, query: { object = null, cursor, limit } }) {
      const { rows, next } = await pageEntries(site.db, object, { after: cursor, limit })
      return { items: rows, next }
    },
  }),
  operation({
    id: 'verifyAudit',
    method: 'get',
    path: '/audit/chain',
    group,
    summary: 'Compute the whole chain anew',
    scopes: ['compliance.read'],
    query: z.strictObject({
      expect: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'a head is 64 hexadecimal digits')
        .optional()
        .describe('a head that was written down earlier: it must still be in the chain'),
    }),
    answer: chainCheck,
    async run({ site, query }) {
      await sealAudit(site.db)
      return verifyAudit(site.db, query.expect ?? null)
    },
  }),
]
