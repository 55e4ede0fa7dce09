// Legislators, roll calls and ZIP codes.
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { pageLegislators, pageRollCalls } from '../../../congress/congress-pages.ts'
import { easternDay } from '../../../congress/day.ts'
import { endTerm } from '../../../congress/end-term.ts'
import { importCongressFile } from '../../../congress/import-file.ts'
import { loadIssues, resolveIssue } from '../../../congress/import-issues.ts'
import { lookup } from '../../../congress/lookup.ts'
import { loadRollCall } from '../../../congress/roll-calls.ts'
import { operation, uploadOperation } from '../operation.ts'
import { at, day, pageOf, pageQuery, reason, rowId, yesNo } from '../shapes.ts'
import { importIssue, lookupShape, rollCallFacts, termShape } from './congress-shapes.ts'

const group = 'Congress'

const accepted = z
  .union([z.string().max(60), z.array(z.string().max(60)).max(20)])
  .optional()
  .describe('a stated flaw of a ZIP map that the owner of the key accepts; repeatable')

export const CONGRESS = [
  uploadOperation({
    id: 'importCongressFile',
    method: 'post',
    path: '/congress/imports',
    group,
    summary: 'Import legislators, a roll call or a ZIP map; the kind is judged by content',
    scopes: ['congress.write'],
    query: z.strictObject({
      name: z.string().max(200).default('file').describe('what the file is called in reports'),
      congress: z.coerce.number().int().min(101).max(999).optional().describe('the Congress a ZIP map was drawn for'),
      accept: accepted,
    }),
    upload: {
      types: [
        'application/octet-stream',
        'application/xml',
        'application/json',
        'application/yaml',
        'text/csv',
        'text/xml',
      ],
      what: 'legislators (YAML, JSON, terms CSV), a roll call (House XML, Senate XML, JSON) or a ZIP map (CSV)',
      maxBytes: 64 * 1024 * 1024,
    },
    answer: z.object({
      file: z.string(),
      kind: z.enum(['legislators', 'roll_call', 'zip_map']),
      format: z.string(),
      subject: z.string(),
      sha256: z.string(),
      changed: z.boolean().describe('false: the database already said all of this'),
      counts: z.record(z.string(), z.number()),
      sentences: z.array(z.string()),
      findings: z.array(
        z.object({
          code: z.string(),
          severity: z.enum(['blocking', 'warning']),
          subject: z.string(),
          sentence: z.string(),
        }),
      ),
    }),
    run: async ({ site, query: { name, congress, accept }, body, actor }) =>
      importCongressFile(site.db, {
        file: { name, bytes: await buffer(body.chunks) },
        clock: site.clock,
        actor,
        ...(congress === undefined ? {} : { congress }),
        ...(accept === undefined ? {} : { accept: { codes: [accept].flat(), name: actor } }),
      }),
  }),
  operation({
    id: 'lookUpZip',
    method: 'get',
    path: '/congress/zips/{zip}',
    group,
    summary: 'Who represents a ZIP on a day',
    scopes: ['congress.read'],
    params: z.object({ zip: z.string().max(10).describe('five digits, or nine') }),
    query: z.strictObject({ on: day.optional().describe('YYYY-MM-DD; today in Washington unless told') }),
    answer: lookupShape,
    run: ({ site, params, query, now }) => lookup(site.db, params.zip, query.on ?? easternDay(now)),
    example: { params: { zip: '97204' }, query: 'on=2017-12-21' },
  }),
  operation({
    id: 'listImportIssues',
    method: 'get',
    path: '/congress/issues',
    group,
    summary: 'What imports could not take at face value',
    scopes: ['congress.read'],
    query: z.strictObject({ all: yesNo.default(false).describe('the settled ones too') }),
    answer: z.object({ items: z.array(importIssue) }),
    run: async ({ site, query }) => ({ items: await loadIssues(site.db, { open: !query.all }) }),
  }),
  operation({
    id: 'resolveImportIssue',
    method: 'post',
    path: '/congress/issues/{id}/resolution',
    group,
    summary: 'Settle an issue for a stated reason',
    scopes: ['congress.write'],
    params: z.object({ id: rowId }),
    body: z.strictObject({ reason }),
    answer: importIssue,
    run: ({ site, params, body, actor, now }) =>
      resolveIssue(site.db, params.id, { name: actor, reason: body.reason }, now),
    example: { params: { id: '12' }, body: { reason: 'the Clerk confirmed it by telephone' } },
  }),
  operation({
    id: 'endTerm',
    method: 'post',
    path: '/congress/term-ends',
    group,
    summary: 'Say when somebody left a seat',
    scopes: ['congress.write'],
    body: z.strictObject({
      bioguide: z.string().max(20),
      seat: z.string().max(20).describe('US-H-SC-05'),
      end: day.describe('the first day without this holder'),
      reason,
    }),
    answer: z.object({ sentences: z.array(z.string()) }),
    run: async ({ site, body, actor }) => ({
      sentences: await endTerm(
        site.db,
        { bioguide: body.bioguide, seatId: body.seat, end: body.end, reason: body.reason, name: actor },
        site.clock,
      ),
    }),
    example: { body: { bioguide: 'M001176', seat: 'US-S-OR-3', end: '2018-01-03', reason: 'resigned' } },
  }),
  operation({
    id: 'listRollCalls',
    method: 'get',
    path: '/congress/roll-calls',
    group,
    summary: 'Roll calls, the latest first',
    scopes: ['congress.read'],
    query: z.strictObject(pageQuery),
    answer: pageOf(
      z.object({
        id: z.string(),
        chamber: z.enum(['house', 'senate']),
        heldAt: at,
        question: z.string(),
        bill: z.string().nullable(),
        result: z.string(),
        totals: z.record(z.string(), z.number()),
      }),
    ),
    async run({ site, query: { cursor, limit } }) {
      const { rows, next } = await pageRollCalls(site.db, { after: cursor, limit })
      return { items: rows, next }
    },
  }),
  operation({
    id: 'getRollCall',
    method: 'get',
    path: '/congress/roll-calls/{id}',
    group,
    summary: 'One roll call, with its totals by party',
    scopes: ['congress.read'],
    params: z.object({ id: z.string().max(40).describe('h708-115.2017') }),
    answer: rollCallFacts,
    run: ({ site, params }) => loadRollCall(site.db, params.id),
    example: { params: { id: 'h708-115.2017' } },
  }),
  operation({
    id: 'listLegislators',
    method: 'get',
    path: '/congress/legislators',
    group,
    summary: 'Legislators and their terms',
    scopes: ['congress.read'],
    query: z.strictObject({
      ...pageQuery,
      name: z.string().max(60).optional().describe('only those whose last name starts so'),
    }),
    answer: pageOf(z.object({ bioguide: z.string(), name: z.string(), terms: z.array(termShape) })),
    async run({ site, query: { name = null, cursor, limit } }) {
      const { rows, next } = await pageLegislators(site.db, name, { after: cursor, limit })
      return { items: rows, next }
    },
    example: { query: 'name=merkley' },
  }),
]
