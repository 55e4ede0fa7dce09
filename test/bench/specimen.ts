// A launched campaign that nobody sends: its real messages, for their size, for the other programs, and for the loops.
import { sql } from 'kysely'
import { buildView } from '../../src/message/build-view.ts'
import { createComposer, type Composer, type Recipient } from '../../src/campaign/composer.ts'
import { findCampaign } from '../../src/campaign/campaigns.ts'
import { loadDefinition } from '../../src/campaign/definition.ts'
import { compose, type App } from '../../src/compose.ts'
import { resolveConfig } from '../../src/config/load.ts'
import type { Match } from '../../src/congress/match.ts'
import type { VariantView } from '../../src/message/view.ts'
import type { Audience } from './audience.ts'
import { environmentOf, type Lab } from './lab.ts'

export interface Specimen extends AsyncDisposable {
  readonly app: App
  readonly campaignId: string
  readonly composer: Composer
  /** Returns another composer with its template compiled and no skeletons: it makes them at the rate the audience needs. */
  readonly freshComposer: () => Promise<Composer>
  readonly people: number
  /** How many different variants the audience has. */
  readonly variants: number
  /** Returns neighbours in the order in which workers claim them, from the middle of the audience. */
  readonly neighbours: (count: number) => Promise<Recipient[]>
  /** Returns what the template sees of each variant of the campaign. */
  views(): Promise<VariantView[]>
  /** Returns the mean bytes of a thousand messages spread evenly over the audience. */
  meanBytes(): Promise<number>
}

const SIZED = 1_000

/** Copies the audience and launches; no worker runs. Disposing it drops the copy. */
export async function openSpecimen(lab: Lab, audience: Audience): Promise<Specimen> {
  const { campaignId, people } = audience
  const database = 'specimen'
  await lab.cluster.create(database, audience.database)
  // Without a canary: everybody is due at once. Nothing connects to that port.
  const environment = {
    DATABASE_URL: await lab.cluster.url(database),
    SMTP_URL: 'smtp://127.0.0.1:9',
    ROLLCALL_CANARY_PERCENT: '0',
  }
  const app = await compose(await resolveConfig(environmentOf(lab, environment)))
  await app.launch(campaignId, { expect: people, actor: 'benchmark' })
  const composer = createComposer(app.db, app.sender)
  return {
    app,
    campaignId,
    composer,
    people,
    variants: await countVariants(app, campaignId),
    neighbours: (count) => recipients(app, campaignId, Math.max(0, Math.floor((people - count) / 2)), 1, count),
    views: () => viewsOf(app, campaignId),
    async freshComposer() {
      const fresh = createComposer(app.db, app.sender)
      for (const last of await recipients(app, campaignId, people - 1, 1, 1)) await fresh.compose(last)
      return fresh
    },
    async meanBytes() {
      const spread = await recipients(app, campaignId, 0, Math.max(1, Math.floor(people / SIZED)), SIZED)
      let bytes = 0
      for (const recipient of spread) bytes += (await composer.compose(recipient)).raw().length
      return bytes / spread.length
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await lab.cluster.drop(database)
    },
  }
}

async function recipients(app: App, id: string, skip: number, every: number, count: number): Promise<Recipient[]> {
  // Those who are written to, in the order of the ledger, every so many.
  const { rows } = await sql<Recipient>`
    SELECT campaign_id AS "campaignId", ordered.id AS "deliveryId", subscriber_id AS "subscriberId", s.address,
      s.first_name AS "firstName", s.last_name AS "lastName", ordered.zip, variant, s.needs_smtputf8 AS "needsSmtpUtf8"
    FROM (
      SELECT d.*, row_number() OVER (ORDER BY d.id) - 1 AS place FROM delivery d WHERE campaign_id = ${id} AND state = 'pending'
    ) AS ordered JOIN subscriber s ON s.id = ordered.subscriber_id
    WHERE place >= ${skip} AND place % ${every} = 0
    ORDER BY place LIMIT ${count}`.execute(app.db)
  return rows
}

async function viewsOf(app: App, id: string): Promise<VariantView[]> {
  const definition = await loadDefinition(app.db, await findCampaign(app.db, id), app.sender.links)
  // The facts of every variant, in the order of their numbers.
  const { rows } = await sql<{ match: Match }>`
    SELECT match FROM campaign_variant WHERE campaign_id = ${id} ORDER BY variant`.execute(app.db)
  return rows.map(({ match }) => buildView(match, definition.facts))
}

async function countVariants(app: App, id: string): Promise<number> {
  // How many variants somebody has.
  const { rows } = await sql<{ count: number }>`
    SELECT count(DISTINCT variant)::int AS count FROM delivery WHERE campaign_id = ${id}`.execute(app.db)
  return rows[0]?.count ?? 0
}
