// Whom a campaign goes to, and whom it judges by hand.
import { z } from 'zod'
import { findCampaign } from '../../../campaign/campaigns.ts'
import { overrideStance } from '../../../campaign/create.ts'
import { listOverrides, takeBackOverride } from '../../../campaign/overrides.ts'
import { describeSegment, parseSegment, segmentSchema } from '../../../campaign/segment.ts'
import { listSegments, setCampaignSegment } from '../../../campaign/segments.ts'
import { operation } from '../operation.ts'
import { at, reason } from '../shapes.ts'
import { campaignParams } from './campaign-shapes.ts'

const group = 'Campaigns'
const EXAMPLE = { id: 'dream-act-2017-k3xp' }

const segment = segmentSchema.nullable().describe('null: everyone')
const audience = z.object({ id: z.string(), segment, words: z.string().describe('the same in a sentence') })

export const CAMPAIGN_RULES = [
  operation({
    id: 'getSegment',
    method: 'get',
    path: '/campaigns/{id}/segment',
    group,
    summary: 'Whom it goes to',
    scopes: ['campaigns.read'],
    params: campaignParams,
    answer: audience,
    async run({ site, params: { id } }) {
      const chosen = parseSegment((await findCampaign(site.db, id)).segment)
      return { id, segment: chosen, words: describeSegment(chosen) }
    },
  }),
  operation({
    id: 'setSegment',
    method: 'put',
    path: '/campaigns/{id}/segment',
    group,
    summary: 'Choose whom it goes to; any approval is void',
    scopes: ['campaigns.write'],
    params: campaignParams,
    body: z.strictObject({ segment }),
    answer: audience,
    async run({ site, params: { id }, body, actor }) {
      const chosen = parseSegment(body.segment)
      await setCampaignSegment(site.db, id, chosen, { actor, clock: site.clock })
      return { id, segment: chosen, words: describeSegment(chosen) }
    },
    example: { params: EXAMPLE, body: { segment: { states: { values: ['OR', 'WA'] }, joinedSince: '2017-06-01' } } },
  }),
  operation({
    id: 'listSegments',
    method: 'get',
    path: '/segments',
    group,
    summary: 'Saved segments, by name',
    scopes: ['campaigns.read'],
    answer: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          segment: segmentSchema,
          words: z.string(),
          setBy: z.string(),
          setAt: at,
        }),
      ),
    }),
    run: async ({ site }) => ({
      items: (await listSegments(site.db)).map((each) => ({ ...each, words: describeSegment(each.segment) })),
    }),
  }),
  operation({
    id: 'listOverrides',
    method: 'get',
    path: '/campaigns/{id}/overrides',
    group,
    summary: 'Legislators whom it judges by hand',
    scopes: ['campaigns.read'],
    params: campaignParams,
    answer: z.object({
      items: z.array(
        z.object({
          bioguide: z.string(),
          name: z.string(),
          stance: z.string(),
          reason: z.string(),
          setBy: z.string(),
          setAt: at,
        }),
      ),
    }),
    async run({ site, params: { id } }) {
      await findCampaign(site.db, id)
      return { items: await listOverrides(site.db, id) }
    },
  }),
  operation({
    id: 'overrideStance',
    method: 'post',
    path: '/campaigns/{id}/overrides',
    group: 'Campaigns',
    summary: 'Judge one legislator otherwise than the rules would; any approval is void',
    scopes: ['campaigns.write'],
    params: campaignParams,
    body: z.strictObject({
      bioguide: z.string().max(20),
      stance: z.enum(['champion', 'opponent', 'neutral', 'absent']),
      reason,
    }),
    answer: z.object({ id: z.string(), bioguide: z.string(), stance: z.string() }),
    async run({ site, params: { id }, body, actor }) {
      await overrideStance(site.db, id, body, { actor, clock: site.clock })
      return { id, ...body }
    },
    example: {
      params: { id: 'dream-act-2017-k3xp' },
      body: { bioguide: 'M001176', stance: 'champion', reason: 'led the floor fight' },
    },
  }),
  operation({
    id: 'takeBackOverride',
    method: 'delete',
    path: '/campaigns/{id}/overrides/{bioguide}',
    group,
    summary: 'Let the rules decide about a legislator again; any approval is void',
    scopes: ['campaigns.write'],
    params: campaignParams.extend({ bioguide: z.string().max(20) }),
    answer: z.object({ id: z.string(), bioguide: z.string() }),
    async run({ site, params: { id, bioguide }, actor }) {
      await takeBackOverride(site.db, id, bioguide, { actor, clock: site.clock })
      return { id, bioguide }
    },
    example: { params: { ...EXAMPLE, bioguide: 'M001176' } },
  }),
]
