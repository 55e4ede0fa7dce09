// A campaign from its launch on: send, steer, watch, repair.
import { z } from 'zod'
import {
  cancelCampaign,
  pauseCampaign,
  resumeCampaign,
  scheduleCampaign,
  unscheduleCampaign,
  useTransports,
} from '../../../campaign/control.ts'
import { findCampaign } from '../../../campaign/campaigns.ts'
import { resolveDoubt, retryFailed, skipCancelled } from '../../../delivery/deliveries.ts'
import { campaignReport, campaignStatus } from '../../../delivery/report.ts'
import { throttleCampaign } from '../../../delivery/throttles.ts'
import { operation } from '../operation.ts'
import { at, reason } from '../shapes.ts'
import { campaignParams, campaignState, report, status } from './campaign-shapes.ts'

const group = 'Campaigns: the send'
const params = campaignParams
const EXAMPLE = { id: 'dream-act-2017-k3xp' }

const moved = z.object({ id: z.string(), state: campaignState })
const expect = z.number().int().min(0).describe('refused unless exactly so many subscribers are in the audience')
const transports = z.array(z.string().max(40)).min(1).max(10).describe('best first; one alone pins it')
const perSecond = z.number().positive().max(1_000_000).describe('messages a second')

export const CAMPAIGN_SEND = [
  operation({
    id: 'launchCampaign',
    method: 'post',
    path: '/campaigns/{id}/launch',
    group,
    summary: 'Freeze the audience and send',
    scopes: ['campaigns.send'],
    params,
    body: z.strictObject({
      expect,
      transports: transports.optional(),
      canary: z.boolean().default(true).describe('whether a part goes first'),
      canaryWaitMinutes: z.number().int().min(0).max(10_080).optional(),
      perSecond: perSecond.optional(),
    }),
    answer: moved.extend({
      audience: z.number().int(),
      skipped: z.number().int(),
      shards: z.number().int(),
      canary: z.number().int(),
      openShards: z.number().int(),
    }),
    async run({ site, params: { id }, body, actor }) {
      const { perSecond: limit, ...wish } = body
      if (limit !== undefined) await throttleCampaign(site.db, id, limit, { actor, clock: site.clock })
      return { id, state: 'sending' as const, ...(await site.launch(id, { ...wish, actor })) }
    },
    example: { params: EXAMPLE, body: { expect: 12_000, transports: ['smtp'] } },
  }),
  operation({
    id: 'scheduleCampaign',
    method: 'post',
    path: '/campaigns/{id}/schedule',
    group,
    summary: 'Set the time at which a worker launches it',
    scopes: ['campaigns.send'],
    params,
    body: z.strictObject({
      at: z.iso.datetime({ offset: true }).describe('2017-12-22T09:00:00-05:00'),
      expect,
      transports: transports.optional(),
      canary: z.boolean().optional().describe('false: everybody at once'),
    }),
    answer: moved.extend({ launchAt: at }),
    async run({ site, params: { id }, body, actor }) {
      const launchAt = new Date(body.at)
      const { expect, transports, canary } = body
      const plan = {
        ...(transports === undefined ? {} : { transports: [...site.knownTransports(transports)] }),
        ...(canary === undefined ? {} : { canary }),
      }
      await scheduleCampaign(site.db, id, launchAt, expect, { actor, clock: site.clock }, plan)
      return { id, state: 'scheduled' as const, launchAt }
    },
    example: { params: EXAMPLE, body: { at: '2017-12-22T09:00:00-05:00', expect: 12_000 } },
  }),
  operation({
    id: 'unscheduleCampaign',
    method: 'delete',
    path: '/campaigns/{id}/schedule',
    group,
    summary: 'Take the launch time back; the approval stands',
    scopes: ['campaigns.stop'],
    params,
    answer: z.object({ id: z.string() }),
    async run({ site, params: { id }, actor }) {
      await unscheduleCampaign(site.db, id, 'taken back through the API', { actor, clock: site.clock })
      return { id }
    },
  }),
  operation({
    id: 'pauseCampaign',
    method: 'post',
    path: '/campaigns/{id}/pause',
    group,
    summary: 'Stop at once; messages already in the air still arrive',
    scopes: ['campaigns.stop'],
    params,
    body: z.strictObject({ reason }),
    answer: moved,
    async run({ site, params: { id }, body, actor }) {
      await pauseCampaign(site.db, id, body.reason, { actor, clock: site.clock })
      return { id, state: 'paused' as const }
    },
    example: { params: EXAMPLE, body: { reason: 'a wrong name in the second paragraph' } },
  }),
  operation({
    id: 'resumeCampaign',
    method: 'post',
    path: '/campaigns/{id}/resume',
    group,
    summary: 'Go on where it was paused',
    scopes: ['campaigns.send'],
    params,
    answer: moved,
    async run({ site, params: { id }, actor }) {
      await resumeCampaign(site.db, id, { actor, clock: site.clock })
      await site.enqueueDue()
      return { id, state: 'sending' as const }
    },
  }),
  operation({
    id: 'cancelCampaign',
    method: 'post',
    path: '/campaigns/{id}/cancel',
    group,
    summary: 'End it; what is not sent yet is skipped',
    scopes: ['campaigns.send'],
    params,
    answer: moved.extend({ skipped: z.number().int() }),
    async run({ site, params: { id }, actor }) {
      await cancelCampaign(site.db, id, { actor, clock: site.clock })
      return { id, state: 'cancelled' as const, skipped: await skipCancelled(site.db) }
    },
  }),
  operation({
    id: 'throttleCampaign',
    method: 'patch',
    path: '/campaigns/{id}/throttle',
    group,
    summary: 'Limit it, or choose its transports, while it is sent',
    scopes: ['campaigns.send'],
    params,
    body: z
      .strictObject({ perSecond: perSecond.nullable().optional(), transports: transports.optional() })
      .refine((body) => body.perSecond !== undefined || body.transports !== undefined, 'say perSecond or transports'),
    answer: status,
    async run({ site, params: { id }, body, actor }) {
      const act = { actor, clock: site.clock }
      if (body.transports !== undefined) await useTransports(site.db, id, site.knownTransports(body.transports), act)
      if (body.perSecond !== undefined) await throttleCampaign(site.db, id, body.perSecond, act)
      await site.enqueueDue()
      return campaignStatus(site.db, id)
    },
    example: { params: EXAMPLE, body: { perSecond: 50 } },
  }),
  operation({
    id: 'getStatus',
    method: 'get',
    path: '/campaigns/{id}/status',
    group,
    summary: 'Where every delivery is',
    scopes: ['campaigns.read'],
    params,
    answer: status,
    run: ({ site, params: { id } }) => campaignStatus(site.db, id),
  }),
  operation({
    id: 'getReport',
    method: 'get',
    path: '/campaigns/{id}/report',
    group,
    summary: 'By state, outcome, reason and stance',
    scopes: ['campaigns.read'],
    params,
    answer: report,
    run: ({ site, params: { id } }) => campaignReport(site.db, id),
  }),
  operation({
    id: 'retryFailed',
    method: 'post',
    path: '/campaigns/{id}/retry-failed',
    group,
    summary: 'Make failed deliveries due again',
    scopes: ['campaigns.send'],
    params,
    body: z.strictObject({ reason: z.string().max(60).optional().describe('only those that failed for this reason') }),
    answer: z.object({ id: z.string(), retried: z.number().int() }),
    async run({ site, params: { id }, body, actor }) {
      await findCampaign(site.db, id)
      const retried = await retryFailed(site.db, id, actor, body.reason ?? null)
      await site.enqueueDue()
      return { id, retried }
    },
    example: { params: EXAMPLE, body: {} },
  }),
  operation({
    id: 'resolveDoubt',
    method: 'post',
    path: '/campaigns/{id}/resolve-doubt',
    group,
    summary: 'Say what became of the deliveries in doubt',
    scopes: ['campaigns.send'],
    params,
    body: z.strictObject({
      as: z.enum(['sent', 'resend']).describe('sent: they arrived; resend: send them again, byte for byte the same'),
    }),
    answer: z.object({ id: z.string(), resolved: z.number().int() }),
    async run({ site, params: { id }, body, actor }) {
      await findCampaign(site.db, id)
      const resolved = await resolveDoubt(site.db, id, body.as, actor)
      await site.enqueueDue()
      return { id, resolved }
    },
    example: { params: EXAMPLE, body: { as: 'sent' } },
  }),
]
