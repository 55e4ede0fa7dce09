// Composes the message of one recipient: the campaign's frozen template, the variant's facts, the person's own values.
import type { KeyObject } from 'node:crypto'
import { sql } from 'kysely'
import type { Match } from '../congress/match.ts'
import { parseAddress } from '../core/address.ts'
import { RollcallError } from '../core/errors.ts'
import type { Capability } from '../core/token.ts'
import { buildView } from '../message/build-view.ts'
import { fill } from '../message/fill.ts'
import { bulkHeaders } from '../message/headers.ts'
import type { Links } from '../message/links.ts'
import { messageId } from '../message/message-id.ts'
import type { Header, Message, MessageHead } from '../message/message.ts'
import { makeSkeletons, type Skeletons } from '../message/skeleton.ts'
import type { PersonView } from '../message/view.ts'
import type { Db } from '../store/connect.ts'
import { findCampaign } from './campaigns.ts'
import { loadDefinition, type Definition } from './definition.ts'
import { createLru } from './lru.ts'

/** Whom a message is for: what the claim of a delivery returns. */
export interface Recipient {
  campaignId: string
  deliveryId: string
  subscriberId: string
  /** As the subscriber wrote it. */
  address: string
  firstName: string
  lastName: string
  /** Five digits, or null when unknown. */
  zip: string | null
  variant: number
  needsSmtpUtf8: boolean
}

export interface Composer {
  /**
   * Returns the message; the same recipient gives the same bytes for as long as the campaign lives.
   * Throws RollcallError when the template or the person cannot be rendered.
   */
  compose(recipient: Recipient): Promise<Message>
}

/** What every message of an installation has in common. */
export interface Sender {
  links: Links
  /** Keys the Message-IDs. */
  messageKey: Buffer | KeyObject
  bounceDomain: string
}

interface Launched {
  definition: Definition
  launchedAt: Date
}

/** Skeletons kept at once: the people of one variant come together, so a worker needs few of them for long. */
const SKELETONS = 64
const CAMPAIGNS = 8

/** Returns the composer of launched campaigns; compiled templates and skeletons are kept for the next message. */
export function createComposer(db: Db, sender: Sender): Composer {
  const campaigns = createLru<Promise<Launched>>(CAMPAIGNS)
  const skeletons = createLru<Promise<Skeletons>>(SKELETONS)
  return {
    async compose(recipient) {
      const { campaignId, variant } = recipient
      const { definition, launchedAt } = await campaigns.get(campaignId, () =>
        loadLaunched(db, campaignId, sender.links),
      )
      const made = await skeletons.get(`${campaignId}/${variant}`, async () =>
        skeletonsOf(definition, await loadMatch(db, campaignId, variant)),
      )
      return composeMessage(definition, made, recipient, launchedAt, sender)
    },
  }
}

async function loadLaunched(db: Db, campaignId: string, links: Links): Promise<Launched> {
  const campaign = await findCampaign(db, campaignId)
  if (campaign.launched_at === null) {
    throw new RollcallError('not_launched', `campaign ${campaignId} is ${campaign.state}: it has no frozen audience`)
  }
  return { definition: await loadDefinition(db, campaign, links), launchedAt: campaign.launched_at }
}

async function loadMatch(db: Db, campaignId: string, variant: number): Promise<Match> {
  // The facts of one variant as they were at launch.
  const { rows } = await sql<{ match: Match }>`
    SELECT match FROM campaign_variant WHERE campaign_id = ${campaignId} AND variant = ${variant}`.execute(db)
  const row = rows[0]
  if (!row) throw new RollcallError('no_variant', `campaign ${campaignId} has no variant ${variant}`)
  return row.match
}

/** Returns the skeletons of one match, from which every message to people with these seats is filled. */
export function skeletonsOf(definition: Definition, match: Match): Skeletons {
  return makeSkeletons(definition.template, buildView(match, definition.facts))
}

/**
 * Returns the message to one person. `date` is the Date header: the launch, so that a second build has the same bytes.
 * `name` tells messages apart (Message-ID, file, provider's log): the delivery, or for a test message anything else.
 */
export function composeMessage(
  definition: Definition,
  skeletons: Skeletons,
  recipient: Recipient,
  date: Date,
  sender: Sender,
  name = recipient.deliveryId,
): Message {
  const { manifest } = definition
  const { domain, headers } = commonOf(definition, sender)
  const capability = { deliveryId: BigInt(recipient.deliveryId), subscriberId: BigInt(recipient.subscriberId) }
  const person: PersonView = {
    firstName: recipient.firstName,
    lastName: recipient.lastName,
    address: recipient.address,
    zip: recipient.zip ?? '',
    ...sender.links.person(capability),
  }
  const head: MessageHead = {
    deliveryId: name,
    messageId: messageId(
      sender.messageKey,
      { campaignId: definition.campaignId, revision: definition.revision, deliveryId: name },
      domain,
    ),
    date,
    from: manifest.from,
    replyTo: manifest.replyTo,
    to: { name: [recipient.firstName, recipient.lastName].filter(Boolean).join(' '), address: recipient.address },
    envelopeFrom: sender.links.bounceAddress(capability, sender.bounceDomain),
    needsSmtpUtf8: recipient.needsSmtpUtf8,
    headers: headers(capability),
  }
  return fill(skeletons, person, head)
}

interface Common {
  sender: Sender
  /** Of the From address: the right-hand side of every Message-ID. */
  domain: string
  headers: (capability: Capability) => Header[]
}

const commons = new WeakMap<Definition, Common>()

/** Returns what all messages of a campaign have in common beside their content, made with the first of them. */
function commonOf(definition: Definition, sender: Sender): Common {
  const known = commons.get(definition)
  if (known?.sender === sender) return known
  const { campaignId, manifest } = definition
  const headers = bulkHeaders({ links: sender.links, bounceDomain: sender.bounceDomain, campaignId, manifest })
  const made = { sender, domain: domainOf(manifest.from.address), headers }
  commons.set(definition, made)
  return made
}

function domainOf(address: string): string {
  const parsed = parseAddress(address)
  if (parsed.ok) return parsed.address.domain
  throw new RollcallError('bad_sender', `${address} cannot be a sender: ${parsed.problem}`, { hint: parsed.hint })
}
