// The list of campaigns for people: what each is about, to whom it goes, how far it has come.
import { sql } from 'kysely'
import type { CampaignState } from '../campaign/campaign.ts'
import { manifestText } from '../campaign/manifest-edit.ts'
import type { Db } from '../store/connect.ts'
import { keysetPage, type Keyset, type Page, type PageWish } from '../store/keyset.ts'
import type { CampaignFigures, FigureDesk } from './campaign-figures.ts'

export interface CampaignFilter {
  state: CampaignState | null
  /** Words of the name; '' for any. */
  name: string
}

export interface ListedCampaign {
  id: string
  name: string
  /** As its author wrote it, with the tags of the template. */
  subject: string
  state: CampaignState
  rollCalls: string[]
  /** Null before the launch. */
  audience: number | null
  createdAt: Date
  launchAt: Date | null
  launchedAt: Date | null
  /** Null before the launch, and until it has been counted for the first time. */
  figures: CampaignFigures | null
}

type Row = Omit<ListedCampaign, 'subject' | 'figures'> & { manifest: string; key: string }

const NEWEST: Keyset<Row> = {
  parts: [
    { expression: sql`c.created_at`, type: 'timestamptz', isDescending: true },
    { expression: sql`c.id`, type: 'text', isDescending: true },
  ],
  keyOf: ({ key, id }) => [key, id],
}

/** Returns a page of the campaigns that fit the filter, newest first. */
export async function campaignList(
  db: Db,
  figures: FigureDesk,
  filter: CampaignFilter,
  wish: PageWish,
): Promise<Page<ListedCampaign>> {
  const page = await keysetPage(NEWEST, wish, (clauses) => selectCampaigns(db, filter, clauses))
  const launched = page.rows.filter(({ launchedAt }) => launchedAt !== null)
  const counted = await figures.figuresOf(
    launched.map(({ id, state }) => ({ id, isMoving: state === 'sending' || state === 'paused' })),
  )
  return {
    ...page,
    rows: page.rows.map(({ manifest, ...row }) => ({
      ...row,
      subject: manifestText(manifest, 'subject'),
      figures: counted.get(row.id) ?? null,
    })),
  }
}

async function selectCampaigns(
  db: Db,
  { state, name }: CampaignFilter,
  { where, orderBy, limit }: Parameters<Parameters<typeof keysetPage<Row>>[2]>[0],
): Promise<Row[]> {
  const pattern = `%${name.trim().replace(/[%_\\]/g, '\\$&')}%`
  // campaign_list: by the index of their age; names are few enough to be looked at one by one.
  const { rows } = await sql<Row>`
    SELECT c.id, c.name, c.state, c.audience, c.created_at AS "createdAt", c.launch_at AS "launchAt", c.launched_at AS "launchedAt",
      c.created_at::text AS key, r.files->>'campaign.yaml' AS manifest,
      ARRAY(SELECT roll_call_id FROM campaign_roll_call WHERE campaign_id = c.id ORDER BY role, roll_call_id) AS "rollCalls"
    FROM campaign c JOIN campaign_revision r ON r.campaign_id = c.id AND r.revision = c.revision
    WHERE ${where} AND ${state === null ? sql`true` : sql`c.state = ${state}`} AND ${name.trim() === '' ? sql`true` : sql`c.name ILIKE ${pattern}`}
    ORDER BY ${orderBy} LIMIT ${limit}`.execute(db)
  return rows
}

/** Returns how many campaigns there are in each state. */
export async function countCampaigns(db: Db): Promise<ReadonlyMap<CampaignState, number>> {
  // count_campaigns: there are hundreds.
  const { rows } = await sql<{ state: CampaignState; count: number }>`
    SELECT state, count(*)::int AS count FROM campaign GROUP BY state`.execute(db)
  return new Map(rows.map(({ state, count }) => [state, count]))
}

/** Returns whether a list holds something that moves. */
export function isMoving(rows: readonly ListedCampaign[]): boolean {
  return rows.some(({ state }) => state === 'sending')
}
