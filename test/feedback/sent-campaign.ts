// A campaign that was sent, and the tokens that its messages carried.
import { sql } from 'kysely'
import { deriveKey, signMailToken, tokenKeys, type Capability } from '../../src/core/token.ts'
import { addressKey } from '../../src/core/address.ts'
import { DEFAULT_PATIENCE } from '../../src/feedback/consequences.ts'
import type { Intake } from '../../src/feedback/receive-mail.ts'
import type { Db } from '../../src/store/connect.ts'
import { keyOf, launchedCampaign } from '../support/campaign.ts'

export const SECRET = 'a secret of the feedback tests'
const SECRETS = { keys: tokenKeys(SECRET), addressKey: deriveKey(SECRET, 'rollcall address key v1') }

export function intakeOf(db: Db): Intake {
  return { db, secrets: SECRETS, patience: DEFAULT_PATIENCE, keepDays: 60 }
}

export interface Sent {
  id: string
  campaignId: string
  address: string
  /** MAIL FROM of its message. */
  bounceTo: string
  unsubscribeTo: string
  token: string
}

export interface SentOptions {
  state?: 'sent' | 'in_doubt' | 'pending' | 'failed'
  daysAgo?: number
}

/** Returns one delivery of a campaign of its own, as the ledger has it after the send. */
export async function sentDelivery(
  db: Db,
  address: string,
  { state = 'sent', daysAgo = 0 }: SentOptions = {},
): Promise<Sent> {
  // An address that had a message before is found again by the fixture's own key.
  await sql`UPDATE subscriber SET address_key = ${keyOf(address)} WHERE address = ${address}`.execute(db)
  const campaignId = await launchedCampaign(db, { addresses: [address] })
  const key = addressKey(SECRETS.addressKey, address.toLowerCase())
  await sql`UPDATE subscriber SET address_key = ${key} WHERE address = ${address}`.execute(db)
  await sql`UPDATE campaign SET launched_at = now() - make_interval(days => ${daysAgo}) WHERE id = ${campaignId}`.execute(
    db,
  )
  const { rows } = await sql<{ id: string; subscriber_id: string }>`
    UPDATE delivery SET address_key = ${key}, state = ${state}, attempt = 1, fence = 1,
      reason = CASE ${state} WHEN 'in_doubt' THEN 'no_reply' WHEN 'failed' THEN 'attempts' END,
      next_at = CASE WHEN ${state} = 'pending' THEN now() END, message_id = ${`m-${campaignId}@alerts.example.org`},
      sent_at = CASE WHEN ${state} = 'sent' THEN now() - make_interval(days => ${daysAgo}) END,
      updated_at = now() - make_interval(days => ${daysAgo})
    WHERE campaign_id = ${campaignId} RETURNING id, subscriber_id`.execute(db)
  const { id = '', subscriber_id = '' } = rows[0] ?? {}
  const capability: Capability = { deliveryId: BigInt(id), subscriberId: BigInt(subscriber_id) }
  const token = signMailToken(SECRETS.keys, 'bounce', capability)
  const unsubscribe = signMailToken(SECRETS.keys, 'unsubscribe', capability)
  return {
    id,
    campaignId,
    address,
    bounceTo: `b+${token}@bounce.rollcall.example`,
    unsubscribeTo: `unsub+${unsubscribe}@bounce.rollcall.example`,
    token,
  }
}

/** Returns state, reason and reply of a delivery. */
export async function deliveryState(db: Db, id: string): Promise<{ state: string; reason: string | null }> {
  return await db.selectFrom('delivery').select(['state', 'reason']).where('id', '=', id).executeTakeFirstOrThrow()
}

/** Returns reason and channel of every suppression. */
export async function suppressions(db: Db): Promise<{ reason: string; channel: string }[]> {
  return await db.selectFrom('suppression').select(['reason', 'channel']).orderBy('set_at').execute()
}
