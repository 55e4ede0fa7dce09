// Campaigns until they are launched: make, edit, look, check, approve.
import { z } from 'zod'
import { campaignEvents } from '../../../campaign/control.ts'
import { checkCampaign } from '../../../campaign/check.ts'
import { currentRevision, findCampaign } from '../../../campaign/campaigns.ts'
import { pageCampaigns } from '../../../campaign/campaign-pages.ts'
import { createCampaign, updateCampaign } from '../../../campaign/create.ts'
import { approveWhenSound } from '../../../campaign/approve.ts'
import { operation } from '../operation.ts'
import { at, pageOf, pageQuery } from '../shapes.ts'
import { campaignParams, campaignState, checkReport, files } from './campaign-shapes.ts'

const LARGEST = 700 * 1024

export const CAMPAIGNS = [
  operation({
    id: 'listCampaigns',
    method: 'get',
    path: '/campaigns',
    group: 'Campaigns',
    summary: 'Campaigns, newest first',
    scopes: ['campaigns.read'],
    query: z.strictObject({ ...pageQuery, state: campaignState.optional() }),
    answer: pageOf(
      z.object({
        id: z.string(),
        name: z.string(),
        state: campaignState,
        revision: z.number().int(),
        audience: z.number().int().nullable(),
        createdAt: at,
        launchedAt: at.nullable(),
        finishedAt: at.nullable(),
      }),
    ),
    async run({ site, query: { state = null, cursor, limit } }) {
      const { rows, next } = await pageCampaigns(site.db, state, { after: cursor, limit })
      return { items: rows, next }
    },
  }),
  operation({
    id: 'createCampaign',
    method: 'post',
    path: '/campaigns',
    group: 'Campaigns',
    summary: 'Make a campaign of the files of a template folder',
    scopes: ['campaigns.write'],
    body: z.strictObject({ files }),
    maxBytes: LARGEST,
    status: 201,
    answer: z.object({ id: z.string() }),
    run: async ({ site, body, actor }) => ({
      id: await createCampaign(site.db, body.files, { actor, clock: site.clock }),
    }),
    example: {
      body: { files: { 'campaign.yaml': 'name: dream-act-2017 …', 'body.mjml': '<mjml>…', 'body.txt.hbs': '…' } },
    },
  }),
  operation({
    id: 'getCampaign',
    method: 'get',
    path: '/campaigns/{id}',
    group: 'Campaigns',
    summary: 'One campaign',
    scopes: ['campaigns.read'],
    params: campaignParams,
    answer: z.object({
      id: z.string(),
      name: z.string(),
      state: campaignState,
      revision: z.number().int(),
      purpose: z.string(),
      audience: z.number().int().nullable(),
      transports: z.array(z.string()).nullable(),
      createdAt: at,
      approvedAt: at.nullable(),
      approvedBy: z.string().nullable(),
      approvedHash: z.string().nullable(),
      launchAt: at.nullable(),
      launchedAt: at.nullable(),
      expiresAt: at.nullable(),
      finishedAt: at.nullable(),
    }),
    async run({ site, params }) {
      const row = await findCampaign(site.db, params.id)
      return {
        ...row,
        transports: row.transports === null ? null : [...row.transports],
        createdAt: row.created_at,
        approvedAt: row.approved_at,
        approvedBy: row.approved_by,
        approvedHash: row.approved_hash,
        launchAt: row.launch_at,
        launchedAt: row.launched_at,
        expiresAt: row.expires_at,
        finishedAt: row.finished_at,
      }
    },
  }),
  operation({
    id: 'getCampaignFiles',
    method: 'get',
    path: '/campaigns/{id}/files',
    group: 'Campaigns',
    summary: 'The files of its current revision',
    scopes: ['campaigns.read'],
    params: campaignParams,
    answer: z.object({ revision: z.number().int(), contentHash: z.string(), files }),
    run: async ({ site, params }) => currentRevision(site.db, await findCampaign(site.db, params.id)),
  }),
  operation({
    id: 'updateCampaignFiles',
    method: 'put',
    path: '/campaigns/{id}/files',
    group: 'Campaigns',
    summary: 'Replace its files; any approval is void',
    scopes: ['campaigns.write'],
    params: campaignParams,
    body: z.strictObject({ files }),
    maxBytes: LARGEST,
    answer: z.object({ id: z.string(), revision: z.number().int() }),
    run: async ({ site, params: { id }, body, actor }) => ({
      id,
      revision: await updateCampaign(site.db, id, body.files, { actor, clock: site.clock }),
    }),
    example: {
      params: { id: 'dream-act-2017-k3xp' },
      body: { files: { 'campaign.yaml': '…', 'body.mjml': '…', 'body.txt.hbs': '…' } },
    },
  }),
  operation({
    id: 'checkCampaign',
    method: 'get',
    path: '/campaigns/{id}/check',
    group: 'Campaigns',
    summary: 'Everything that would stop or shame the send',
    scopes: ['campaigns.read'],
    params: campaignParams,
    answer: checkReport,
    run: ({ site, params }) => checkCampaign(site.db, params.id, site.sender, site.clock),
  }),
  operation({
    id: 'approveCampaign',
    method: 'post',
    path: '/campaigns/{id}/approval',
    group: 'Campaigns',
    summary: 'Put the name of the key’s owner to the campaign as it is now',
    description:
      'Refused (422) while the check finds errors, and to whoever wrote it where a second person is asked for.',
    scopes: ['campaigns.approve'],
    params: campaignParams,
    body: z.strictObject({
      hash: z
        .string()
        .max(100)
        .optional()
        .describe('`hash` of the check that was looked at; refused when it is another by now'),
    }),
    answer: z.object({
      id: z.string(),
      state: campaignState,
      audience: z.number().int(),
      approvedBy: z.string().nullable(),
      hash: z.string().nullable(),
    }),
    run: ({ site, params, body, actor }) =>
      approveWhenSound(site, params.id, {
        actor,
        clock: site.clock,
        secondPersonFrom: site.config.ROLLCALL_SECOND_PERSON_FROM,
        ...(body.hash === undefined ? {} : { hash: body.hash }),
      }),
    example: { params: { id: 'dream-act-2017-k3xp' }, body: {} },
  }),
  operation({
    id: 'listCampaignEvents',
    method: 'get',
    path: '/campaigns/{id}/log',
    group: 'Campaigns',
    summary: 'Who did what to it, oldest first',
    scopes: ['campaigns.read'],
    params: campaignParams,
    answer: z.object({
      items: z.array(z.object({ act: z.string(), actor: z.string(), detail: z.record(z.string(), z.unknown()), at })),
    }),
    run: async ({ site, params }) => ({ items: await campaignEvents(site.db, params.id) }),
  }),
]
