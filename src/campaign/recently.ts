// What was worked out of a whole audience a moment ago: a page that is looked at again does not read a million subscribers again.
import { sql } from 'kysely'
import type { Db } from '../store/connect.ts'
import { campaignHashes, type CampaignRow } from './campaigns.ts'

/** So long a count may be behind people who join and leave; whatever staff do counts at once. */
const KEPT_MS = 60_000
const MOST_KEPT = 50

interface Kept {
  state: string
  at: Date
  value: Promise<unknown>
}

const kept = new WeakMap<Db, Map<string, Kept>>()

export interface Recent<Value> {
  value: Value
  /** When it was worked out. */
  at: Date
}

interface Wish<Value> {
  /** Tells apart what is worked out of one campaign. */
  name: string
  now: Date
  /** Works it out anew, whatever there is. */
  isFresh?: boolean
  readonly make: () => Promise<Value>
}

/** Returns what `make` returned within the last minute, unless content, segment, congress data or anything that staff do has changed since. */
export async function recently<Value>(
  db: Db,
  campaign: Pick<CampaignRow, 'id' | 'revision' | 'segment' | 'purpose' | 'state'>,
  { name, now, isFresh = false, make }: Wish<Value>,
): Promise<Recent<Value>> {
  const all = kept.get(db) ?? new Map<string, Kept>()
  kept.set(db, all)
  const key = `${campaign.id} ${name}`
  const state = await stateOf(db, campaign)
  const known = all.get(key)
  const isGood = known !== undefined && known.state === state && now.getTime() - known.at.getTime() < KEPT_MS
  if (isGood && !isFresh) return { value: (await known.value) as Value, at: known.at }
  const value = make()
  all.delete(key)
  all.set(key, { state, at: now, value })
  for (const oldest of all.keys()) {
    if (all.size <= MOST_KEPT) break
    all.delete(oldest)
  }
  try {
    return { value: await value, at: now }
  } catch (error) {
    all.delete(key)
    throw error
  }
}

/** Every act of staff, imports and edits included, has a line in the audit log. */
async function stateOf(
  db: Db,
  campaign: Pick<CampaignRow, 'id' | 'revision' | 'segment' | 'purpose' | 'state'>,
): Promise<string> {
  const { hash } = await campaignHashes(db, campaign)
  // last_act: the newest line of the audit log, by key.
  const { rows } = await sql<{ last: string }>`SELECT coalesce(max(id), 0)::text AS last FROM audit_entry`.execute(db)
  return `${campaign.state} ${hash} ${rows[0]?.last ?? ''}`
}
