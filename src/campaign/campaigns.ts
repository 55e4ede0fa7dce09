// The SQL of campaigns: rows, revisions, states and the log of who did what.
import { hash } from 'node:crypto'
import { sql, type Selectable, type Updateable } from 'kysely'
import { RollcallError } from '../core/errors.ts'
import { assertMove, statesBefore } from '../core/transition.ts'
import { parseManifest } from '../message/manifest.ts'
import type { Db } from '../store/connect.ts'
import type { Schema } from '../store/schema.ts'
import { CAMPAIGN_MOVES, type CampaignState } from './campaign.ts'
import type { TemplateFiles } from './folder.ts'

export type CampaignRow = Selectable<Schema['campaign']>

export interface Revision {
  revision: number
  files: TemplateFiles
  contentHash: string
}

/** Returns the campaign, or throws `no_campaign` with the ids that look like it. */
export async function findCampaign(db: Db, id: string): Promise<CampaignRow> {
  // One campaign by its id.
  const row = await db.selectFrom('campaign').selectAll().where('id', '=', id).executeTakeFirst()
  if (row) return row
  // Ids close to the one asked for, newest first.
  const near = await db
    .selectFrom('campaign')
    .select('id')
    .where('id', 'like', `${id.slice(0, 8).replace(/[%_\\]/g, '\\$&')}%`)
    .orderBy('created_at', 'desc')
    .limit(3)
    .execute()
  throw new RollcallError('no_campaign', `there is no campaign "${id}"`, {
    hint:
      near.length > 0
        ? `did you mean ${near.map((each) => each.id).join(', ')}?`
        : '`rollcall campaign list` shows them all',
    kind: 'usage',
  })
}

/** Returns all campaigns, newest first. */
export function listCampaigns(db: Db): Promise<CampaignRow[]> {
  // Every campaign.
  return db.selectFrom('campaign').selectAll().orderBy('created_at', 'desc').execute()
}

/** Returns the current revision of a campaign. */
export async function currentRevision(db: Db, campaign: Pick<CampaignRow, 'id' | 'revision'>): Promise<Revision> {
  // The files of one revision.
  const row = await db
    .selectFrom('campaign_revision')
    .select(['revision', 'files', 'content_hash'])
    .where('campaign_id', '=', campaign.id)
    .where('revision', '=', campaign.revision)
    .executeTakeFirstOrThrow()
  return { revision: row.revision, files: row.files, contentHash: row.content_hash }
}

/** Writes one line of the campaign's log. */
export async function logEvent(
  db: Db,
  id: string,
  act: string,
  actor: string,
  detail: Record<string, unknown>,
  at: Date,
): Promise<void> {
  // One line of the campaign's log.
  await db
    .insertInto('campaign_event')
    .values({ campaign_id: id, act, actor, detail: JSON.stringify(detail), at })
    .execute()
}

/** The columns that change with a state. */
type Change = Omit<Updateable<Schema['campaign']>, 'id' | 'name' | 'state' | 'revision' | 'created_at'>

/**
 * Moves a campaign to `to` and sets what goes with it. The statement itself checks the state, so of two callers
 * only one wins. Throws `bad_transition` with the state it found.
 */
export async function moveCampaign(db: Db, id: string, to: CampaignState, change: Change = {}): Promise<void> {
  // Moves the campaign if it is still in a state that allows it.
  const moved = await db
    .updateTable('campaign')
    .set({ state: to, ...change })
    .where('id', '=', id)
    .where('state', 'in', statesBefore(CAMPAIGN_MOVES, to))
    .executeTakeFirst()
  if (moved.numUpdatedRows > 0n) return
  const { state } = await findCampaign(db, id)
  assertMove(CAMPAIGN_MOVES, state, to, `campaign ${id}`)
  throw new RollcallError('campaign_busy', `campaign ${id} changed while it was being changed`, {
    hint: 'look at its status and try again',
  })
}

/** Locks the campaign for the rest of the transaction, so that launches and edits queue. */
export async function lockCampaign(db: Db, id: string): Promise<CampaignRow> {
  await findCampaign(db, id)
  // Takes the row lock.
  return db.selectFrom('campaign').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow()
}

/** What an approval is bound to. SHA-256, hex. */
export interface CampaignHashes {
  /** What the messages say: the files, the roll calls as they are now, legislators judged by hand. */
  contentHash: string
  /** Whom they go to: the segment, the policies, the purpose. */
  audienceHash: string
  /** Both together. */
  hash: string
}

/** Returns the hashes of a campaign as it is now. */
export async function campaignHashes(
  db: Db,
  campaign: Pick<CampaignRow, 'id' | 'revision' | 'segment' | 'purpose'>,
): Promise<CampaignHashes> {
  const { files, contentHash: filesHash } = await currentRevision(db, campaign)
  const contentHash = await hashContent(db, campaign.id, filesHash)
  const audienceHash = hashAudience(campaign, files['campaign.yaml'] ?? '')
  return { contentHash, audienceHash, hash: hash('sha256', `${contentHash}\n${audienceHash}`) }
}

async function hashContent(db: Db, id: string, filesHash: string): Promise<string> {
  // hash_content: everything that decides what the messages say, in one order.
  const { rows } = await sql<{ hash: string }>`
    SELECT encode(sha256(convert_to(jsonb_build_object(
      'content', ${filesHash}::text,
      'rollCalls', (SELECT jsonb_agg(jsonb_build_array(rc.id, rc.content_sha256) ORDER BY rc.id)
                    FROM campaign_roll_call crc JOIN roll_call rc ON rc.id = crc.roll_call_id WHERE crc.campaign_id = ${id}),
      'overrides', (SELECT jsonb_agg(jsonb_build_array(legislator_id, stance, reason) ORDER BY legislator_id)
                    FROM stance_override WHERE campaign_id = ${id})
    )::text, 'UTF8')), 'hex') AS hash`.execute(db)
  return rows[0]?.hash ?? ''
}

/** Of a manifest that cannot be read there are no policies; such a campaign is not approved anyway. */
function hashAudience({ segment, purpose }: Pick<CampaignRow, 'segment' | 'purpose'>, manifestText: string): string {
  const parsed = parseManifest(manifestText)
  const policies = parsed.ok ? [parsed.manifest.ambiguous, parsed.manifest.unresolved] : null
  // jsonb keeps one order of keys, so the same segment is the same text.
  return hash('sha256', JSON.stringify([segment, policies, purpose]))
}
