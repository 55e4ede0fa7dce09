// Campaigns page by page, for programs.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'
import type { CampaignState } from './campaign.ts'

export interface ListedCampaign {
  id: string
  name: string
  state: CampaignState
  revision: number
  audience: number | null
  createdAt: Date
  launchedAt: Date | null
  finishedAt: Date | null
}

const NEWEST: Keyset<ListedCampaign & { key: string }> = {
  parts: [
    { expression: sql`c.created_at`, type: 'timestamptz', isDescending: true },
    { expression: sql`c.id`, type: 'text', isDescending: true },
  ],
  keyOf: ({ key, id }) => [key, id],
}

/** Returns a page of the campaigns, newest first; with `state` only those in it. */
export function pageCampaigns(db: Db, state: CampaignState | null, wish: PageWish): Promise<Page<ListedCampaign>> {
  return keysetPage(NEWEST, wish, async ({ where, orderBy, limit }) => {
    // page_campaigns: by the index of their age.
    const { rows } = await sql<ListedCampaign & { key: string }>`
      SELECT c.id, c.name, c.state, c.revision, c.audience, c.created_at AS "createdAt", c.launched_at AS "launchedAt",
        c.finished_at AS "finishedAt", c.created_at::text AS key
      FROM campaign c WHERE ${where} AND ${state === null ? sql`true` : sql`c.state = ${state}`}
      ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
    return rows
  })
}
