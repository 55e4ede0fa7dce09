// A launched message as anybody may see it: the frozen content of one variant, without a name, an address or a personal link.
import { sql } from 'kysely'
import type { Match } from '../congress/match.ts'
import { buildView } from '../message/build-view.ts'
import type { Links } from '../message/links.ts'
import { renderFull } from '../message/template.ts'
import type { PersonView } from '../message/view.ts'
import type { Db } from '../store/connect.ts'
import { findCampaign } from './campaigns.ts'
import { loadDefinition } from './definition.ts'

/** Returns the HTML, or null when there is no such variant. */
export async function publicCopy(db: Db, campaignId: string, variant: number, links: Links): Promise<string | null> {
  // The facts of one variant as they were at launch.
  const { rows } = await sql<{ match: Match }>`
    SELECT match FROM campaign_variant WHERE campaign_id = ${campaignId} AND variant = ${variant}`.execute(db)
  const [row] = rows
  if (row === undefined) return null
  const { template, facts } = await loadDefinition(db, await findCampaign(db, campaignId), links)
  return renderFull(template, buildView(row.match, facts), anybody(links, campaignId)).html
}

/** Where a message speaks of its reader, the copy says what stood there; where it links to their pages, to public ones. */
function anybody(links: Links, campaignId: string): PersonView {
  const help = links.help()
  const lookup = links.lookup(campaignId)
  return {
    firstName: '',
    lastName: '',
    address: '[your address]',
    zip: '[your ZIP]',
    unsubscribeUrl: help,
    preferencesUrl: help,
    viewUrl: lookup,
    forwardUrl: lookup,
    seatUrl: lookup,
  }
}
