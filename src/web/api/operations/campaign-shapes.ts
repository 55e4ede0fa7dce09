// What the API says of a campaign: check, status and report, field by field.
import { z } from 'zod'
import { CAMPAIGN_STATES } from '../../../campaign/campaign.ts'
import { DELIVERY_STATES } from '../../../delivery/delivery.ts'
import { at } from '../shapes.ts'

export const campaignState = z.enum(CAMPAIGN_STATES)

export const campaignParams = z.object({
  id: z.string().min(1).max(100).describe('the campaign, for example dream-act-2017-k3xp'),
})

export const files = z
  .record(z.string().max(200), z.string().max(512 * 1024))
  .describe('path inside the template folder → text: campaign.yaml, body.mjml, body.txt.hbs, partials/*')

const problem = z.object({
  severity: z.enum(['error', 'warning', 'notice']),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  file: z.string().optional(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
})

export const checkReport = z.object({
  campaignId: z.string(),
  revision: z.number().int(),
  passed: z.boolean().describe('nothing of severity error: it may be approved'),
  contentHash: z.string().describe('what the messages say'),
  audienceHash: z.string().describe('whom they go to'),
  hash: z.string().describe('both: what an approval given now would be bound to'),
  audience: z.number().int(),
  problems: z.array(problem),
})

export const throttleShape = z.object({
  key: z.string(),
  perSecond: z.number().nullable(),
  ceiling: z.number().nullable(),
  perDay: z.number().nullable(),
  usedToday: z.number(),
  slowedAt: at.nullable(),
  slowReason: z.string().nullable(),
})
const counts = z.object({
  pending: z.number().int(),
  sending: z.number().int(),
  sent: z.number().int(),
  deferred: z.number().int(),
  bounced: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int(),
  in_doubt: z.number().int(),
})

export const status = z.object({
  id: z.string(),
  state: campaignState,
  headline: z.string(),
  pauseReason: z.string().nullable(),
  audience: z.number().int().nullable().describe('everyone in the ledger; null before the launch'),
  deliveries: counts.describe('adds up to the audience'),
  perSecond: z.number(),
  remainingMs: z.number().nullable(),
  canary: z.object({ deliveries: z.number().int(), isOut: z.boolean() }).nullable(),
  lanes: z.array(
    z.object({
      transport: z.string(),
      pausedUntil: at.nullable(),
      pauseReason: z.string().nullable(),
      failures: z.number().int(),
      inTheAir: z.number().int(),
      throttle: throttleShape.nullable(),
      providers: z.array(throttleShape),
    }),
  ),
  limitPerSecond: z.number().nullable(),
})

export const report = status.extend({
  name: z.string(),
  launchedAt: at.nullable(),
  finishedAt: at.nullable(),
  tookMs: z.number().nullable(),
  reasons: z.array(z.object({ state: z.enum(DELIVERY_STATES), reason: z.string(), count: z.number().int() })),
  outcomes: z.array(z.object({ outcome: z.string(), count: z.number().int(), sent: z.number().int() })),
  stances: z.array(z.object({ stance: z.string(), label: z.string(), seats: z.number().int() })),
  rollCalls: z.array(
    z.object({ id: z.string(), role: z.enum(['primary', 'secondary']), changedSinceLaunch: z.boolean() }),
  ),
})

export const outcomeLineShape = z.object({
  zip: z.string(),
  seats: z.array(
    z.object({
      seat: z.string(),
      legislator: z.string().nullable(),
      position: z.string().nullable(),
      stance: z.string(),
      candidate: z.literal(true).optional(),
    }),
  ),
  outcome: z.string(),
})
