// The web application over the launched reference campaign: what a person finds behind the links of a real message.
import { createComposer, type Recipient } from '../../src/campaign/composer.ts'
import { launchCampaign } from '../../src/campaign/launch.ts'
import { signToken, tokenKeys, type Capability, type Purpose } from '../../src/core/token.ts'
import type { Message } from '../../src/message/message.ts'
import type { Store } from '../../src/store/connect.ts'
import { testDatabase } from './database.ts'
import { ACT, addSubscribers, approvedCampaign, SECRET } from './reference-campaign.ts'
import { openWeb, type Web } from './web.ts'

export interface LaunchedWeb extends AsyncDisposable {
  store: Store
  web: Web
  campaignId: string
  /** Path of a page for the person with this number. */
  pathOf(page: 'u' | 'p' | 'v' | 'f' | 'a', person: number): string
  /** The message that person gets. */
  messageOf(person: number): Promise<Message>
  subscriberOf(person: number): string
  addressOf(person: number): string
}

const PURPOSES = { u: 'unsubscribe', p: 'preferences', v: 'view', f: 'forward', a: 'seat' } as const satisfies Record<
  string,
  Purpose
>

/** Launches the reference campaign to one person a ZIP. */
export async function launchedWeb(zips: readonly (string | null)[], baseUrl?: string): Promise<LaunchedWeb> {
  const store = await testDatabase({ reference: true })
  const addresses = await addSubscribers(store.db, zips, 'seeded-person')
  const campaignId = await approvedCampaign(store.db)
  await launchCampaign(store.db, campaignId, { ...ACT, expect: null, transports: ['file'] })
  const web = await openWeb(store, baseUrl)
  const { rows } = await store.pool.query<Omit<Recipient, 'needsSmtpUtf8'>>(
    `SELECT d.campaign_id AS "campaignId", d.id AS "deliveryId", s.id AS "subscriberId", s.address, s.first_name AS "firstName",
       s.last_name AS "lastName", s.zip, d.variant FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id`,
  )
  const recipientOf = (person: number) => {
    const found = rows.find((row) => row.address === addresses[person])
    if (found === undefined) throw new Error(`there is no person ${person}`)
    return found
  }
  const keys = tokenKeys(SECRET)
  return {
    store,
    web,
    campaignId,
    pathOf(page, person) {
      const { deliveryId, subscriberId } = recipientOf(person)
      const capability: Capability = { deliveryId: BigInt(deliveryId), subscriberId: BigInt(subscriberId) }
      return `${web.site.root}/${page}/${signToken(keys, PURPOSES[page], capability)}`
    },
    messageOf: (person) =>
      createComposer(store.db, web.site.sender).compose({ ...recipientOf(person), needsSmtpUtf8: false }),
    subscriberOf: (person) => recipientOf(person).subscriberId,
    addressOf: (person) => recipientOf(person).address,
    async [Symbol.asyncDispose]() {
      await web[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
