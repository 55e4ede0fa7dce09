// Who got what: the deliveries of a campaign.
import { z } from 'zod'
import { requireAddressKey } from '../../../audience/address-keys.ts'
import { findCampaign } from '../../../campaign/campaigns.ts'
import { OUTCOMES } from '../../../congress/outcome.ts'
import { breakdownOf } from '../../../delivery/breakdown.ts'
import { findDelivery } from '../../../delivery/came-back.ts'
import { DELIVERY_STATES } from '../../../delivery/delivery.ts'
import { deliveryPage, type DeliveryFilter } from '../../../delivery/delivery-list.ts'
import type { Site } from '../../site.ts'
import { operation } from '../operation.ts'
import { address, at, pageOf, pageQuery } from '../shapes.ts'
import { campaignParams } from './campaign-shapes.ts'

const group = 'Campaigns: the send'

const delivery = z.object({
  id: z.string(),
  subscriberId: z.string(),
  zip: z.string().nullable(),
  outcome: z.string(),
  state: z.enum(DELIVERY_STATES),
  reason: z.string().nullable(),
  attempt: z.number().int(),
  transport: z.string().nullable(),
  reply: z.string().nullable().describe('the last thing the receiver said, without addresses'),
  sentAt: at.nullable(),
  updatedAt: at,
})

export const DELIVERIES = [
  operation({
    id: 'listDeliveries',
    method: 'get',
    path: '/campaigns/{id}/deliveries',
    group,
    summary: 'Its deliveries, in the order of the send',
    description: 'By subscriber id; addresses are in the list of subscribers, for keys that may see them.',
    scopes: ['campaigns.read'],
    params: campaignParams,
    query: z
      .strictObject({
        ...pageQuery,
        state: z.enum(DELIVERY_STATES).optional(),
        reason: z.string().max(60).optional().describe('one word, such as opted_out'),
        outcome: z.enum(OUTCOMES).optional(),
        place: z
          .string()
          .regex(/^[A-Z]{2}$/, 'write two letters: OR')
          .optional()
          .describe('two-letter code of the state'),
      })
      .refine(({ state, reason }) => reason === undefined || state !== undefined, 'a reason needs its state'),
    answer: pageOf(delivery),
    async run({ site, params, query: { cursor, limit, state = null, reason = null, outcome = null, place = null } }) {
      const { rows, next } = await page(
        site,
        params.id,
        { state, reason, outcome, place, id: null },
        { after: cursor, limit },
      )
      return { items: rows, next }
    },
    example: { params: { id: 'dream-act-2017-k3xp' }, query: 'state=failed' },
  }),
  operation({
    id: 'lookUpDelivery',
    method: 'post',
    path: '/campaigns/{id}/deliveries/lookup',
    group,
    summary: 'What became of the message to one address',
    description: 'A POST, so that the address is in no URL and in no log.',
    scopes: ['campaigns.read', 'subscribers.read'],
    isPersonal: true,
    params: campaignParams,
    body: z.strictObject({ address }),
    answer: z.object({ delivery: delivery.nullable().describe('null: the address is not in the audience') }),
    async run({ site, params, body }) {
      await findCampaign(site.db, params.id)
      const { db, addressKey } = site
      const found = await findDelivery(db, params.id, requireAddressKey(addressKey, body.address))
      if (found === null) return { delivery: null }
      const filter = { state: null, reason: null, outcome: null, place: null, id: found }
      const { rows } = await page(site, params.id, filter, { limit: 1 })
      return { delivery: rows[0] ?? null }
    },
    example: { params: { id: 'dream-act-2017-k3xp' }, body: { address: 'alex@example.org' } },
  }),
]

/** A year: nobody looks page by page for longer. */
const ANY_AGE_MS = 365 * 86_400_000

async function page(
  { db }: Site,
  id: string,
  filter: DeliveryFilter,
  wish: { after?: string | undefined; limit: number },
) {
  await findCampaign(db, id)
  // The ranges of a launched campaign never change: any breakdown of it will do.
  const needsRanges = filter.outcome !== null || filter.place !== null
  const ranges = needsRanges ? (await breakdownOf(db, id, ANY_AGE_MS)).value.ranges : []
  return deliveryPage(db, id, filter, ranges, wish)
}
