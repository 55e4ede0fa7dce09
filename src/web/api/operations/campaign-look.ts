// What a campaign would say, and to whom: outcomes, previews, test messages.
import { z } from 'zod'
import { campaignMatcher } from '../../../campaign/campaign-matcher.ts'
import { currentRevision, findCampaign } from '../../../campaign/campaigns.ts'
import { readManifest } from '../../../campaign/create.ts'
import { outcomeLine } from '../../../campaign/outcome-lines.ts'
import { createPreviewer } from '../../../campaign/preview.ts'
import { requireAddress, requireAddressKey } from '../../../audience/address-keys.ts'
import { parseZip } from '../../../congress/zip.ts'
import { RollcallError } from '../../../core/errors.ts'
import { sendTests } from '../../../delivery/send-tests.ts'
import type { Message } from '../../../message/message.ts'
import type { Site } from '../../site.ts'
import { downloadOperation, operation, type Download } from '../operation.ts'
import { address } from '../shapes.ts'
import { campaignParams, outcomeLineShape } from './campaign-shapes.ts'

const FORMATS = ['html', 'text', 'eml'] as const
type Format = (typeof FORMATS)[number]

const format = z.enum(FORMATS).default('html')
const PREVIEW = {
  types: ['text/html', 'text/plain', 'message/rfc822'],
  what: 'the message in the format that was asked for',
}

export const CAMPAIGN_LOOK = [
  operation({
    id: 'getOutcome',
    method: 'get',
    path: '/campaigns/{id}/outcome',
    group: 'Campaigns',
    summary: 'Seats, positions, stances and outcome of one ZIP',
    scopes: ['campaigns.read'],
    params: campaignParams,
    query: z.strictObject({ zip: z.string().max(10).describe('five digits') }),
    answer: outcomeLineShape,
    run: async ({ site, params, query }) => outcomeLine(await matcherOf(site, params.id), query.zip),
    example: { params: { id: 'dream-act-2017-k3xp' }, query: 'zip=97204' },
  }),
  operation({
    id: 'computeOutcomes',
    method: 'post',
    path: '/campaigns/{id}/outcomes',
    group: 'Campaigns',
    summary: 'The same of many ZIPs; it changes nothing',
    scopes: ['campaigns.read'],
    params: campaignParams,
    body: z.strictObject({ zips: z.array(z.string().max(10)).min(1).max(50_000) }),
    maxBytes: 1024 * 1024,
    answer: z.object({ items: z.array(outcomeLineShape) }),
    async run({ site, params, body }) {
      const matcher = await matcherOf(site, params.id)
      return { items: body.zips.map((zip, index) => outcomeLine(matcher, zip, `zips/${index}: `)) }
    },
    example: { params: { id: 'dream-act-2017-k3xp' }, body: { zips: ['97204', '02108'] } },
  }),
  downloadOperation({
    id: 'previewForZip',
    method: 'get',
    path: '/campaigns/{id}/preview',
    group: 'Campaigns',
    summary: 'The message that a made-up person in a ZIP would get',
    scopes: ['campaigns.read'],
    params: campaignParams,
    query: z.strictObject({ zip: z.string().max(10).describe('five digits, or `none` for an unknown ZIP'), format }),
    download: PREVIEW,
    async run({ site, params, query }) {
      const previewer = await createPreviewer(site.db, params.id, site.sender, site.clock)
      return shown(previewer.forZip(zipOrNone(query.zip)).message, query.format)
    },
    example: { params: { id: 'dream-act-2017-k3xp' }, query: 'zip=97204&format=text' },
  }),
  downloadOperation({
    id: 'previewForSubscriber',
    method: 'post',
    path: '/campaigns/{id}/previews',
    group: 'Campaigns',
    summary: 'The message that a subscriber would get',
    scopes: ['campaigns.read', 'subscribers.read'],
    params: campaignParams,
    body: z.strictObject({ address, format }),
    download: PREVIEW,
    async run({ site, params, body }) {
      const previewer = await createPreviewer(site.db, params.id, site.sender, site.clock)
      const { message } = await previewer.forSubscriber(requireAddressKey(site.addressKey, body.address))
      return shown(message, body.format)
    },
    example: { params: { id: 'dream-act-2017-k3xp' }, body: { address: 'alex@example.org', format: 'text' } },
  }),
  operation({
    id: 'sendTests',
    method: 'post',
    path: '/campaigns/{id}/tests',
    group: 'Campaigns',
    summary: 'Send test messages; nothing enters the ledger',
    scopes: ['campaigns.write'],
    // What a server replies may repeat the address.
    isPersonal: true,
    params: campaignParams,
    body: z.strictObject({
      to: z.array(address).min(1).max(20),
      zip: z
        .string()
        .max(10)
        .optional()
        .describe('the message of this ZIP, or `none`; absent: of the commonest combination'),
      everyVariant: z.boolean().default(false).describe('one message of every combination of the audience'),
    }),
    answer: z.object({
      messages: z.array(
        z.object({ outcome: z.string(), subject: z.string(), accepted: z.boolean(), sentence: z.string() }),
      ),
    }),
    run: async ({ site, params, body }) =>
      sendTests(
        {
          db: site.db,
          campaignId: params.id,
          sender: site.sender,
          clock: site.clock,
          transport: await site.transport(),
        },
        {
          to: body.to.map(requireAddress),
          zip: body.zip === undefined ? undefined : zipOrNone(body.zip),
          everyVariant: body.everyVariant,
        },
      ),
    example: { params: { id: 'dream-act-2017-k3xp' }, body: { to: ['alex@example.org'], everyVariant: true } },
  }),
]

async function matcherOf({ db, clock }: Site, id: string) {
  const row = await findCampaign(db, id)
  return campaignMatcher(db, id, readManifest((await currentRevision(db, row)).files), clock)
}

function zipOrNone(text: string): string | null {
  if (text === 'none') return null
  const parsed = parseZip(text)
  if (parsed) return parsed.zip
  throw new RollcallError('bad_zip', `"${text}" is no ZIP code`, { hint: 'write five digits, or none', kind: 'usage' })
}

/** A browser that is shown it runs nothing of it and asks nobody for anything but images (threat T13). */
const SANDBOX = "sandbox; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; frame-ancestors 'none'"

function shown(message: Message, as: Format): Download {
  if (as === 'eml') return { type: 'message/rfc822', body: message.raw(), fileName: 'preview.eml' }
  if (as === 'text') return { type: 'text/plain; charset=utf-8', body: message.text }
  return { type: 'text/html; charset=utf-8', body: message.html, headers: { 'Content-Security-Policy': SANDBOX } }
}
