// What an auditor asks, and what people may ask about their data.
import { z } from 'zod'
import { requireAddressKey } from '../../../audience/address-keys.ts'
import { consentHistory, consentState } from '../../../audience/consents.ts'
import { checkCompliance } from '../../../compliance/check.ts'
import { answerErase, answerExportInline, answerRectify, requestDay, type Desk } from '../../../compliance/desk.ts'
import { pageOptOuts, pageRequests } from '../../../compliance/desk-pages.ts'
import { lastRuns, runRetention } from '../../../compliance/retention-runs.ts'
import { operation, type Call } from '../operation.ts'
import { address, at, day, pageOf, pageQuery, yesNo } from '../shapes.ts'
import { chainCheck } from './audit.ts'
import { consent, dataRequest, latency, lateSend, optOut, retentionState } from './compliance-shapes.ts'

const group = 'Compliance'

/** What every request of a person has. */
const ASKED = {
  address,
  note: z.string().max(1000).default('').describe('how it came and how the person was identified; no personal data'),
  requestedOn: day.optional().describe('when it came; today unless told'),
}

export const COMPLIANCE = [
  operation({
    id: 'checkCompliance',
    method: 'get',
    path: '/compliance/check',
    group,
    summary: 'The proof over the whole ledger that nobody was written to after opting out, and that the records hold',
    scopes: ['compliance.read'],
    answer: z.object({
      isSound: z.boolean(),
      sendsAfterOptOut: z.number().int().describe('must be 0'),
      inTheAir: z.number().int(),
      examples: z.array(lateSend),
      latency,
      audit: chainCheck,
      overdueRequests: z.number().int(),
      lateRetention: z.array(retentionState),
    }),
    run: ({ site, now }) => checkCompliance(site.db, now),
  }),
  operation({
    id: 'listOptOuts',
    method: 'get',
    path: '/compliance/opt-outs',
    group,
    summary: 'Wishes to be left alone, newest first: when they came, when they took effect',
    scopes: ['compliance.read'],
    query: z.strictObject(pageQuery),
    answer: pageOf(optOut),
    async run({ site, query: { cursor, limit } }) {
      const { rows, next } = await pageOptOuts(site.db, { after: cursor, limit })
      return { items: rows, next }
    },
  }),
  operation({
    id: 'listDataRequests',
    method: 'get',
    path: '/compliance/requests',
    group,
    summary: 'What people asked about their data, and by when it is due',
    scopes: ['compliance.read'],
    query: z.strictObject({ ...pageQuery, open: yesNo.default(false).describe('only those without an answer') }),
    answer: pageOf(dataRequest),
    async run({ site, query: { open, cursor, limit } }) {
      const { rows, next } = await pageRequests(site.db, open, { after: cursor, limit })
      return { items: rows, next }
    },
  }),
  operation({
    id: 'showConsents',
    method: 'post',
    path: '/compliance/consents',
    group,
    summary: 'Where one address stands, and every act that led there',
    scopes: ['compliance.read'],
    isPersonal: true,
    body: z.strictObject({ address }),
    answer: consent,
    async run({ site, body }) {
      const key = requireAddressKey(site.addressKey, body.address)
      const [state, history] = [await consentState(site.db, key), await consentHistory(site.db, key)]
      return { addressKey: key.toString('hex'), state, history }
    },
    example: { body: { address: 'alex@example.org' } },
  }),
  operation({
    id: 'exportPerson',
    method: 'post',
    path: '/compliance/exports',
    group,
    summary: 'Everything about one person, as a data request that is answered',
    scopes: ['compliance.write'],
    isPersonal: true,
    body: z.strictObject(ASKED),
    answer: z.object({
      request: z.string(),
      tables: z.array(z.object({ name: z.string(), rows: z.array(z.record(z.string(), z.unknown())) })),
    }),
    run: (call) => answerExportInline(call.site.db, deskOf(call)),
    example: { body: { address: 'alex@example.org', note: 'by letter; passport seen', requestedOn: '2018-01-02' } },
  }),
  operation({
    id: 'rectifyPerson',
    method: 'post',
    path: '/compliance/rectifications',
    group,
    summary: "Correct one person's name or ZIP, as a data request that is answered",
    scopes: ['compliance.write'],
    body: z.strictObject({
      ...ASKED,
      firstName: z.string().max(100).optional(),
      lastName: z.string().max(100).optional(),
      zip: z.string().max(20).optional().describe('five digits; empty when it is not known'),
    }),
    answer: z.object({ request: z.string(), changed: z.array(z.string()) }),
    run: (call) => {
      const { firstName, lastName, zip } = call.body
      return answerRectify(call.site.db, { ...deskOf(call), change: { firstName, lastName, zip } })
    },
    example: { body: { address: 'alex@example.org', zip: '97204' } },
  }),
  operation({
    id: 'erasePerson',
    method: 'post',
    path: '/compliance/erasures',
    group,
    summary: 'Erase one person; the keyed hash of the address stays suppressed',
    scopes: ['compliance.write'],
    body: z.strictObject({ ...ASKED, confirm: z.literal('erase').describe('it cannot be undone') }),
    answer: z.object({ request: z.string(), removed: z.record(z.string(), z.number()) }),
    run: (call) => answerErase(call.site.db, deskOf(call)),
    example: { body: { address: 'alex@example.org', confirm: 'erase' } },
  }),
  operation({
    id: 'getRetention',
    method: 'get',
    path: '/compliance/retention',
    group,
    summary: 'When each kind of data was last looked through',
    scopes: ['compliance.read'],
    answer: z.object({ items: z.array(retentionState) }),
    run: async ({ site }) => ({ items: await lastRuns(site.db) }),
  }),
  operation({
    id: 'runRetention',
    method: 'post',
    path: '/compliance/retention-runs',
    group,
    summary: 'Remove what is too old now',
    scopes: ['compliance.write'],
    answer: z.object({
      items: z.array(z.object({ dataClass: z.string(), cutoff: at, removed: z.number().int() })),
    }),
    run: async ({ site, now, actor }) => ({ items: await runRetention(site.db, now, actor) }),
  }),
]

function deskOf({
  site,
  body,
  actor,
  now,
}: Call<unknown, unknown, { address: string; note: string; requestedOn?: string | undefined }>): Desk {
  return {
    addressKey: requireAddressKey(site.addressKey, body.address),
    requestedAt: body.requestedOn === undefined ? now : requestDay(body.requestedOn, now),
    now,
    note: body.note,
    by: actor,
  }
}
