// The public scoreboard of a campaign: a ZIP in, its legislators out, from the facts as they are now.
import type { Match } from '../congress/match.ts'
import type { Matcher } from '../congress/matcher.ts'
import type { Clock } from '../core/clock.ts'
import { buildView } from '../message/build-view.ts'
import type { Links } from '../message/links.ts'
import type { Manifest } from '../message/manifest.ts'
import { rollCallView } from '../message/roll-call-view.ts'
import { scriptWriter, type WriteScript } from '../message/script-writer.ts'
import { seatView } from '../message/seat-view.ts'
import type { SeatView, VariantView } from '../message/view.ts'
import type { Db } from '../store/connect.ts'
import { campaignMatcher } from './campaign-matcher.ts'
import { currentRevision, type CampaignRow } from './campaigns.ts'
import { readManifest } from './create.ts'
import { createLru } from './lru.ts'

export interface Scoreboard {
  readonly campaignId: string
  readonly manifest: Manifest
  /** The ZIP map in use. */
  readonly mapId: string
  /** Returns what is known of five digits; every candidate of a split ZIP is shown, whatever the campaign's mails do. */
  look(zip: string | null): { match: Match; view: VariantView }
  /** What to say on the telephone. */
  readonly script: WriteScript
  /** Returns the House seats that a ZIP may belong to, however many. */
  candidates(zip: string | null): SeatView[]
}

export interface Scoreboards {
  /** Returns the scoreboard of a campaign that has been launched, or null: a draft is nobody's business. */
  find(campaignId: string): Promise<Scoreboard | null>
}

const KEPT = 8
/** A corrected roll call shows after so long. */
const FRESH_MS = 5 * 60_000

/** Returns the scoreboards; each is made from a few thousand rows, and kept for some minutes. */
export function createScoreboards(db: Db, links: Links, clock: Clock): Scoreboards {
  const kept = createLru<Promise<Scoreboard>>(KEPT)
  return {
    async find(campaignId) {
      if (!/^[a-z0-9-]{1,60}$/.test(campaignId)) return null
      // A campaign that has left the house.
      const campaign = await db
        .selectFrom('campaign')
        .selectAll()
        .where('id', '=', campaignId)
        .where('launched_at', 'is not', null)
        .executeTakeFirst()
      if (campaign === undefined) return null
      const age = Math.floor(clock.now().getTime() / FRESH_MS)
      return kept.get(`${campaignId}/${age}`, () => makeScoreboard(db, campaign, links, clock))
    },
  }
}

async function makeScoreboard(db: Db, campaign: CampaignRow, links: Links, clock: Clock): Promise<Scoreboard> {
  const { id } = campaign
  const manifest = readManifest((await currentRevision(db, campaign)).files)
  const matcher = await campaignMatcher(db, id, manifest, clock)
  const viewOf = (rollCall: Matcher['house']) => (rollCall === null ? null : rollCallView(rollCall))
  const facts = {
    id,
    manifest: { ...manifest, ambiguous: 'show_all' as const },
    rollCalls: { house: viewOf(matcher.house), senate: viewOf(matcher.senate) },
    lookupUrl: links.lookup(id),
  }
  return {
    campaignId: id,
    manifest,
    mapId: matcher.mapId,
    script: scriptWriter(manifest),
    look(zip) {
      const match = matcher.match(zip)
      return { match, view: buildView(match, facts) }
    },
    candidates(zip) {
      const match = matcher.match(zip)
      const seatFacts = { labels: manifest.labels, hasHotline: false }
      return match.seats.map((seat) => seatView(seat, match, seatFacts)).filter((seat) => !seat.isSenate)
    },
  }
}
