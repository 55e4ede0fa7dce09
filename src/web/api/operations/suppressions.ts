// Addresses that must not be written to.
import { z } from 'zod'
import { requireAddressKey } from '../../../audience/address-keys.ts'
import { exportSuppressions } from '../../../audience/export-csv.ts'
import { importSuppressions } from '../../../audience/import-suppressions.ts'
import { SUPPRESSION_REASONS } from '../../../audience/suppression.ts'
import { addSuppression, removeSuppression } from '../../../audience/suppressions.ts'
import { pageSuppressions } from '../../../audience/suppression-pages.ts'
import { downloadOperation, operation, uploadOperation } from '../operation.ts'
import { address, at, pageOf, pageQuery, reason } from '../shapes.ts'
import { CSV, CSV_TYPES, mapping, rejectSample } from './csv-shapes.ts'

const group = 'Suppressions'

export const SUPPRESSIONS = [
  operation({
    id: 'listSuppressions',
    method: 'get',
    path: '/suppressions',
    group,
    summary: 'All of them, by the keyed hash of the address',
    scopes: ['compliance.read'],
    query: z.strictObject(pageQuery),
    answer: pageOf(
      z.object({
        addressKey: z.string().describe('keyed hash, hex'),
        reason: z.string(),
        channel: z.string(),
        note: z.string(),
        setBy: z.string(),
        setAt: at,
      }),
    ),
    async run({ site, query: { cursor, limit } }) {
      const { rows, next } = await pageSuppressions(site.db, { after: cursor, limit })
      return { items: rows, next }
    },
  }),
  operation({
    id: 'addSuppressions',
    method: 'post',
    path: '/suppressions',
    group,
    summary: 'Never write to these addresses again, whether or not they are subscribers',
    scopes: ['compliance.write'],
    body: z.strictObject({
      addresses: z.array(address).min(1).max(1000),
      reason: z.enum(SUPPRESSION_REASONS).default('manual'),
      note: z.string().max(1000).default(''),
    }),
    answer: z.object({
      results: z
        .array(z.object({ added: z.boolean() }))
        .describe('in the order given; false: it was suppressed already'),
    }),
    async run({ site, body, actor, now }) {
      // All are read before any is suppressed: a mistake in one leaves nothing half done.
      const keys = body.addresses.map((each) => requireAddressKey(site.addressKey, each))
      const results: { added: boolean }[] = []
      for (const addressKey of keys) {
        const { reason, note } = body
        const suppression = { addressKey, reason, channel: 'console', note, setBy: actor, setAt: now } as const
        results.push({ added: await addSuppression(site.db, suppression) })
      }
      return { results }
    },
    example: { body: { addresses: ['alex@example.org'], reason: 'manual', note: 'asked by letter' } },
  }),
  operation({
    id: 'releaseSuppression',
    method: 'post',
    path: '/suppressions/release',
    group,
    summary: 'Write to an address again, because its owner asked for it',
    scopes: ['compliance.write'],
    body: z.strictObject({ address, reason }),
    answer: z.object({ removed: z.boolean().describe('false: it was not suppressed') }),
    run: async ({ site, body, actor, now }) => ({
      removed: await removeSuppression(site.db, {
        addressKey: requireAddressKey(site.addressKey, body.address),
        why: body.reason,
        by: actor,
        at: now,
      }),
    }),
    example: { body: { address: 'alex@example.org', reason: 'asked by phone on 2018-01-03' } },
  }),
  uploadOperation({
    id: 'importSuppressions',
    method: 'post',
    path: '/suppressions/imports',
    group,
    summary: 'Suppress every address of a CSV file',
    scopes: ['compliance.write'],
    isPersonal: true,
    query: z.strictObject({ name: z.string().max(200).default('suppressions.csv'), map: mapping }),
    upload: CSV,
    answer: z.object({
      file: z.string(),
      rows: z.number().int(),
      added: z.number().int(),
      known: z.number().int(),
      rejected: z.number().int(),
      sample: z.array(rejectSample),
    }),
    run: ({ site, query, body, actor }) =>
      importSuppressions(
        site.db,
        { stream: body.chunks, name: query.name },
        { by: actor, map: query.map },
        { addressKeyKey: site.addressKey, clock: site.clock },
      ),
  }),
  downloadOperation({
    id: 'exportSuppressions',
    method: 'get',
    path: '/suppressions/export',
    group,
    summary: 'All of them as CSV, with the addresses that are still known',
    scopes: ['compliance.read', 'subscribers.read'],
    download: { types: CSV_TYPES, what: 'a CSV file' },
    run: async ({ site }) => ({
      type: 'text/csv; charset=utf-8',
      fileName: 'suppressions.csv',
      body: exportSuppressions(site.db),
    }),
  }),
]
