// The people we may write to.
import { z } from 'zod'
import { requireAddressKey } from '../../../audience/address-keys.ts'
import { exportSubscribers } from '../../../audience/export-csv.ts'
import { importSubscribers } from '../../../audience/import-csv.ts'
import { rejectsOf } from '../../../audience/rejects-of.ts'
import { editSubscriber } from '../../../audience/staff-changes.ts'
import { findSubscriberLine, pageSubscribers } from '../../../audience/subscriber-pages.ts'
import { loadZipKnowledge } from '../../../campaign/zip-knowledge.ts'
import type { Site } from '../../site.ts'
import { downloadOperation, filterOperation, operation, uploadOperation } from '../operation.ts'
import { address, at, day, pageOf, pageQuery, rowId, yesNo } from '../shapes.ts'
import { CSV, CSV_TYPES, mapping, rejectSample } from './csv-shapes.ts'

const group = 'Subscribers'

const subscriber = z.object({
  id: z.string(),
  address: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  zip: z.string().nullable(),
  plus4: z.string().nullable(),
  createdAt: at,
  updatedAt: at,
  suppressed: z.string().nullable().describe('why they must not be written to; null: nothing forbids it'),
})

const column = z.string().nullable()

const listQuery = {
  name: z.string().max(200).default('list.csv').describe('what the file is called in reports'),
  map: mapping,
  padZip: yesNo.default(false).describe('put back the leading zeros of ZIPs with 3 or 4 digits'),
}

const importReport = z.object({
  importId: z.string().nullable().describe('null in a dry run'),
  dryRun: z.boolean(),
  file: z.string(),
  sha256: z.string(),
  source: z.string(),
  rows: z.number().int().describe('added + updated + unchanged + suppressed + rejected'),
  added: z.number().int(),
  updated: z.number().int(),
  unchanged: z.number().int(),
  suppressed: z.number().int(),
  rejected: z.number().int(),
  duplicates: z.number().int(),
  zips: z.object({
    known: z.number().int(),
    state: z.number().int(),
    special: z.number().int(),
    unknown: z.number().int(),
    blank: z.number().int(),
    padded: z.number().int(),
  }),
  roleAddresses: z.number().int(),
  needSmtpUtf8: z.number().int(),
  columns: z.object({ email: column, first_name: column, last_name: column, zip: column, plus4: column }),
  ignoredColumns: z.array(z.string()),
  sample: z.array(rejectSample).describe('the first rejected rows'),
  durationMs: z.number(),
})

export const SUBSCRIBERS = [
  operation({
    id: 'listSubscribers',
    method: 'get',
    path: '/subscribers',
    group,
    summary: 'Everyone, in the order they came',
    scopes: ['subscribers.read'],
    query: z.strictObject(pageQuery),
    answer: pageOf(subscriber),
    async run({ site, query: { cursor, limit } }) {
      const { rows, next } = await pageSubscribers(site.db, { after: cursor, limit })
      return { items: rows, next }
    },
  }),
  operation({
    id: 'lookUpSubscriber',
    method: 'post',
    path: '/subscribers/lookup',
    group,
    summary: 'The subscriber with this address',
    description: 'A POST, so that the address is in no URL and in no log.',
    scopes: ['subscribers.read'],
    isPersonal: true,
    body: z.strictObject({ address }),
    answer: subscriber,
    run: ({ site, body }) =>
      findSubscriberLine(site.db, { addressKey: requireAddressKey(site.addressKey, body.address) }),
    example: { body: { address: 'alex@example.org' } },
  }),
  operation({
    id: 'getSubscriber',
    method: 'get',
    path: '/subscribers/{id}',
    group,
    summary: 'One subscriber',
    scopes: ['subscribers.read'],
    params: z.object({ id: rowId }),
    answer: subscriber,
    run: ({ site, params }) => findSubscriberLine(site.db, params),
    example: { params: { id: '1042' } },
  }),
  operation({
    id: 'correctSubscriber',
    method: 'patch',
    path: '/subscribers/{id}',
    group,
    summary: 'Correct a name, a ZIP or an address; what is not said stays',
    scopes: ['subscribers.write', 'subscribers.read'],
    params: z.object({ id: rowId }),
    body: z
      .strictObject({
        firstName: z.string().max(200).optional(),
        lastName: z.string().max(200).optional(),
        zip: z.string().max(20).optional().describe('five digits; empty when it is not known'),
        address: address.optional().describe('another address, by the wish of the person'),
        why: z.string().max(500).default('').describe('how that wish is known; needed for another address'),
      })
      .refine((body) => Object.keys(body).some((field) => field !== 'why'), 'say what is to be corrected'),
    answer: subscriber,
    async run({ site, params, body, actor, now }) {
      const before = await findSubscriberLine(site.db, params)
      const place = before.plus4 === null ? (before.zip ?? '') : `${before.zip ?? ''}-${before.plus4}`
      const staff = { actor, now, addressKeyKey: site.addressKey }
      const { firstName, lastName, address } = before
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
      await editSubscriber(site.db, params.id, { firstName, lastName, address, zip: place, why: '', ...given }, staff)
      return findSubscriberLine(site.db, params)
    },
    example: { params: { id: '1042' }, body: { zip: '97204' } },
  }),
  uploadOperation({
    id: 'importSubscribers',
    method: 'post',
    path: '/subscribers/imports',
    group,
    summary: 'Add and update subscribers from a CSV file; a suppressed address stays suppressed',
    description: 'All or nothing, and streamed: a file of a million lines is no trouble.',
    scopes: ['subscribers.write'],
    isPersonal: true,
    query: z.strictObject({
      ...listQuery,
      dryRun: yesNo.default(false).describe('tell what would happen and change nothing'),
      source: z.string().max(200).optional().describe('where the addresses come from, for the consent ledger'),
      consentUntil: day.optional().describe('the consent is only implied and ends on this day'),
    }),
    upload: CSV,
    answer: importReport,
    run: async ({ site, query: { name, source, consentUntil, ...rest }, body, actor }) =>
      importSubscribers(
        site.db,
        { stream: body.chunks, name },
        {
          ...rest,
          actor,
          ...(source === undefined ? {} : { source }),
          ...(consentUntil === undefined ? {} : { consentUntil: new Date(`${consentUntil}T00:00:00Z`) }),
        },
        await depsOf(site),
      ),
    example: { query: 'name=list.csv&dryRun=true' },
  }),
  filterOperation({
    id: 'listRejects',
    method: 'post',
    path: '/subscribers/imports/rejects',
    group,
    summary: 'The rows of a CSV file that an import would refuse, each with why and what to do; it changes nothing',
    scopes: ['subscribers.write'],
    query: z.strictObject(listQuery),
    upload: CSV,
    download: { types: CSV_TYPES, what: 'a CSV file to mend and import; empty when every row is good' },
    run: async ({ site, query: { name, ...rest }, body }) => ({
      type: 'text/csv; charset=utf-8',
      body: rejectsOf(site.db, { stream: body.chunks, name }, rest, await depsOf(site)),
    }),
  }),
  downloadOperation({
    id: 'exportSubscribers',
    method: 'get',
    path: '/subscribers/export',
    group,
    summary: 'Everyone who is not suppressed, as CSV',
    scopes: ['subscribers.read', 'compliance.write'],
    download: { types: CSV_TYPES, what: 'a CSV file, disarmed for spreadsheets' },
    run: async ({ site }) => ({
      type: 'text/csv; charset=utf-8',
      fileName: 'subscribers.csv',
      body: exportSubscribers(site.db),
    }),
  }),
]

async function depsOf({ addressKey, clock, db }: Site) {
  return { addressKeyKey: addressKey, clock, knownZip: await loadZipKnowledge(db) }
}
