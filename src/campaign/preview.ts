// Previews: the message that one ZIP or one subscriber would get, made by the same renderer as the send.
import { sql } from 'kysely'
import type { Match } from '../congress/match.ts'
import type { Matcher } from '../congress/matcher.ts'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import type { Message } from '../message/message.ts'
import type { Db } from '../store/connect.ts'
import { campaignMatcher } from './campaign-matcher.ts'
import { findCampaign, type CampaignRow } from './campaigns.ts'
import { composeMessage, skeletonsOf, type Recipient, type Sender } from './composer.ts'
import { loadDefinition, type Definition } from './definition.ts'

export interface Preview {
  message: Message
  match: Match
}

/** Who a preview for a ZIP is addressed to; the domain is reserved (RFC 2606). Ids of 0: its links do nothing. */
const SAMPLE = {
  deliveryId: '0',
  subscriberId: '0',
  variant: 0,
  address: 'alex@example.org',
  firstName: 'Alex',
  lastName: 'Example',
  needsSmtpUtf8: false,
}

export interface Previewer {
  readonly definition: Definition
  readonly matcher: Matcher
  /** The message to a made-up person in this ZIP; null: no ZIP is known. */
  forZip(zip: string | null): Preview
  /** The message to a made-up person of whom just this is known. */
  forMatch(match: Match): Preview
  /** The message to this person. Throws `no_subscriber`. */
  forSubscriber(addressKey: Buffer): Promise<Preview>
  /** The message of a match to whoever tests it; `name` tells test messages apart. */
  forTest(match: Match, to: string, name: string): Message
}

/** Returns the previewer of a campaign, launched or not; it shows facts as they are now. */
export async function createPreviewer(db: Db, id: string, sender: Sender, clock: Clock): Promise<Previewer> {
  const campaign = await findCampaign(db, id)
  const definition = await loadDefinition(db, campaign, sender.links)
  return previewDefinition(db, { campaign, definition }, sender, clock)
}

/** Returns the previewer of a definition, be it saved or not. */
export async function previewDefinition(
  db: Db,
  { campaign, definition }: { campaign: CampaignRow; definition: Definition },
  sender: Sender,
  clock: Clock,
): Promise<Previewer> {
  const { id } = campaign
  const matcher = await campaignMatcher(db, id, definition.manifest, clock)
  const date = campaign.launched_at ?? clock.now()
  const compose = (match: Match, recipient: Recipient, name?: string) =>
    composeMessage(definition, skeletonsOf(definition, match), recipient, date, sender, name)

  return {
    definition,
    matcher,
    forZip(zip) {
      const match = matcher.match(zip)
      return { match, message: compose(match, { ...SAMPLE, campaignId: id, zip }) }
    },
    forMatch: (match) => ({ match, message: compose(match, { ...SAMPLE, campaignId: id, zip: null }) }),
    forTest: (match, to, name) => compose(match, { ...SAMPLE, address: to, campaignId: id, zip: null }, name),
    async forSubscriber(addressKey) {
      const { recipient, seatId } = await findRecipient(db, campaign, addressKey, matcher.mapId)
      const match = seatId === null ? matcher.match(recipient.zip) : matcher.matchSeat(seatId)
      return { match, message: compose(match, recipient) }
    },
  }
}

async function findRecipient(
  db: Db,
  campaign: CampaignRow,
  addressKey: Buffer,
  mapId: string,
): Promise<{ recipient: Recipient; seatId: string | null }> {
  // One person, with the seat they chose if they did, and their delivery if the campaign is launched.
  const { rows } = await sql<Omit<Recipient, 'campaignId'> & { seatId: string | null }>`
    SELECT s.id AS "subscriberId", s.address, s.first_name AS "firstName", s.last_name AS "lastName", s.zip,
      s.needs_smtputf8 AS "needsSmtpUtf8", c.seat_id AS "seatId", coalesce(d.id, 0)::text AS "deliveryId", coalesce(d.variant, 0) AS variant
    FROM subscriber s
    LEFT JOIN subscriber_seat c ON c.subscriber_id = s.id AND c.map_id = ${mapId}
    LEFT JOIN delivery d ON d.campaign_id = ${campaign.id} AND d.subscriber_id = s.id
    WHERE s.address_key = ${addressKey}`.execute(db)
  const row = rows[0]
  if (!row) {
    throw new RollcallError('no_subscriber', 'this address is no subscriber', {
      hint: 'preview with --zip, or import the address',
      kind: 'usage',
    })
  }
  const { seatId, ...recipient } = row
  return { recipient: { ...recipient, campaignId: campaign.id }, seatId }
}
