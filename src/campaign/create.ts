// Makes a campaign from a template folder, and a new revision of one that is not launched.
import { systemRandom, randomWord, type Random } from '../core/ids.ts'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import type { Manifest } from '../message/manifest.ts'
import { parseManifest } from '../message/manifest.ts'
import type { Problem } from '../message/problem.ts'
import type { Db } from '../store/connect.ts'
import { LAUNCHED_STATES } from './campaign.ts'
import { lockCampaign, logEvent } from './campaigns.ts'
import { contentHash, type TemplateFiles } from './folder.ts'

/** What an edit leaves of an approval and of a launch time. */
export const UNAPPROVED = {
  state: 'draft',
  approved_at: null,
  approved_by: null,
  approved_hash: null,
  launch_at: null,
  launch_expect: null,
  launch_wish: null,
} as const

interface CreateOptions {
  actor: string
  clock: Clock
  random?: Random
}

interface UpdateOptions extends CreateOptions {
  /** The revision that was edited; with another one current, nothing is written. */
  basedOn?: number
}

/**
 * Returns the id of a new campaign in state draft. The manifest must be readable and its roll calls imported;
 * everything else is for `campaign check` to say. Throws `bad_manifest`, `no_roll_call`.
 */
export async function createCampaign(db: Db, files: TemplateFiles, options: CreateOptions): Promise<string> {
  const manifest = readManifest(files)
  const id = `${manifest.name}-${randomWord(4, options.random ?? systemRandom)}`
  const now = options.clock.now()
  await inTransaction(db, async (tx) => {
    // The campaign itself.
    await tx
      .insertInto('campaign')
      .values({
        id,
        name: manifest.title,
        state: 'draft',
        revision: 1,
        doubt_policy: manifest.doubt,
        purpose: manifest.purpose,
        created_at: now,
      })
      .execute()
    await insertRevision(tx, { id, revision: 1, files, author: options.actor, now })
    await replaceRules(tx, id, manifest)
    await logEvent(tx, id, 'created', options.actor, { contentHash: contentHash(files) }, now)
  })
  return id
}

/** Within a transaction of the caller, all of it is theirs to commit. */
function inTransaction<Value>(db: Db, work: (tx: Db) => Promise<Value>): Promise<Value> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}

/**
 * Replaces the content of a campaign that is not launched. Any approval is void. Returns the new revision's number.
 * Throws `already_launched`, `bad_manifest`, `no_roll_call`, and `stale_revision` when somebody else was faster.
 */
export async function updateCampaign(
  db: Db,
  id: string,
  files: TemplateFiles,
  options: UpdateOptions,
): Promise<number> {
  const manifest = readManifest(files)
  const now = options.clock.now()
  return db.transaction().execute(async (tx) => {
    const campaign = await lockCampaign(tx, id)
    refuseLaunched(campaign)
    refuseStale(campaign, options.basedOn)
    const revision = campaign.revision + 1
    await insertRevision(tx, { id, revision, files, author: options.actor, now })
    await replaceRules(tx, id, manifest)
    // The new content is in force, and nobody has approved it.
    await tx
      .updateTable('campaign')
      .set({
        name: manifest.title,
        revision,
        doubt_policy: manifest.doubt,
        purpose: manifest.purpose,
        ...UNAPPROVED,
      })
      .where('id', '=', id)
      .execute()
    await logEvent(tx, id, 'edited', options.actor, { revision, contentHash: contentHash(files) }, now)
    return revision
  })
}

/** Two people who edit the same revision: the second must see what the first has done. */
function refuseStale({ id, revision }: { id: string; revision: number }, basedOn = revision): void {
  if (revision === basedOn) return
  throw new RollcallError('stale_revision', `campaign ${id} is at revision ${revision}; you edited ${basedOn}`, {
    hint: 'look at what has changed and save again',
    kind: 'usage',
  })
}

/** Throws `already_launched`: what has been frozen is not edited. */
export function refuseLaunched(campaign: { id: string; state: string }): void {
  if (!LAUNCHED_STATES.some((state) => state === campaign.state)) return
  throw new RollcallError('already_launched', `campaign ${campaign.id} is ${campaign.state}; its content is frozen`, {
    hint: 'make a new campaign for another content',
    kind: 'usage',
  })
}

/** Returns the manifest of the files, or throws `bad_manifest` with every problem and its place. */
export function readManifest(files: TemplateFiles): Manifest {
  const parsed = parseManifest(files['campaign.yaml'] ?? '')
  if (parsed.ok) return parsed.manifest
  throw new RollcallError('bad_manifest', parsed.problems.map(problemLine).join('\n'), {
    hint: 'mend campaign.yaml and try again',
    kind: 'usage',
  })
}

/** Returns a problem as one line: place, sentence, what to do. */
export function problemLine(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':')
  return `${place ? `${place} ` : ''}${problem.message}${problem.hint ? ` (${problem.hint})` : ''}`
}

interface NewRevision {
  id: string
  revision: number
  files: TemplateFiles
  author: string
  now: Date
}

async function insertRevision(tx: Db, { id, revision, files, author, now }: NewRevision): Promise<void> {
  // The files as they were read.
  await tx
    .insertInto('campaign_revision')
    .values({
      campaign_id: id,
      revision,
      files: JSON.stringify(files),
      content_hash: contentHash(files),
      author,
      created_at: now,
    })
    .execute()
}

async function replaceRules(tx: Db, id: string, manifest: Manifest): Promise<void> {
  // The old rules go with their roll calls.
  await tx.deleteFrom('campaign_roll_call').where('campaign_id', '=', id).execute()
  const decided = new Map<string, string>()
  for (const rule of manifest.rollCalls) {
    // The roll call must be here before a campaign can speak of it.
    const rollCall = await tx
      .selectFrom('roll_call')
      .select(['id', 'chamber'])
      .where('id', '=', rule.id)
      .executeTakeFirst()
    if (!rollCall) {
      throw new RollcallError('no_roll_call', `roll call ${rule.id} is not imported`, {
        hint: 'import it first: rollcall congress import FILE',
        kind: 'usage',
      })
    }
    const earlier = decided.get(rollCall.chamber)
    if (rule.role === 'primary' && earlier) {
      throw new RollcallError(
        'two_primaries',
        `${earlier} and ${rule.id} are both primary roll calls of the ${rollCall.chamber}`,
        {
          hint: 'one roll call a chamber decides; make the other secondary',
          kind: 'usage',
        },
      )
    }
    if (rule.role === 'primary') decided.set(rollCall.chamber, rule.id)
    // One roll call of the campaign, and below it what each position on it means.
    await tx
      .insertInto('campaign_roll_call')
      .values({ campaign_id: id, roll_call_id: rule.id, chamber: rollCall.chamber, role: rule.role })
      .execute()
    const rules = Object.entries(rule.stances).map(([key, stance]) => ({
      campaign_id: id,
      roll_call_id: rule.id,
      stance,
      ...optionOf(key),
    }))
    await tx.insertInto('stance_rule').values(rules).execute()
  }
}

/** `candidate:NAME` is the option candidate with a name; every other key is an option. */
function optionOf(key: string): { option: string; candidate_name: string } {
  return key.startsWith('candidate:')
    ? { option: 'candidate', candidate_name: key.slice('candidate:'.length) }
    : { option: key, candidate_name: '' }
}

/** Sets the stance of one legislator by hand, with a reason. Any approval is void. */
export async function overrideStance(
  db: Db,
  id: string,
  override: { bioguide: string; stance: 'champion' | 'opponent' | 'neutral' | 'absent'; reason: string },
  options: CreateOptions,
): Promise<void> {
  // The legislator by Bioguide id.
  const legislator = await db
    .selectFrom('legislator')
    .select('id')
    .where('bioguide', '=', override.bioguide)
    .executeTakeFirst()
  if (!legislator) {
    throw new RollcallError('no_legislator', `there is no legislator with the Bioguide id "${override.bioguide}"`, {
      hint: 'ids look like M001176; `rollcall congress lookup ZIP` shows them',
      kind: 'usage',
    })
  }
  const now = options.clock.now()
  await db.transaction().execute(async (tx) => {
    refuseLaunched(await lockCampaign(tx, id))
    // One override a legislator: the newest reason stands, the log keeps the others.
    await tx
      .insertInto('stance_override')
      .values({
        campaign_id: id,
        legislator_id: legislator.id,
        stance: override.stance,
        reason: override.reason,
        set_by: options.actor,
        set_at: now,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['campaign_id', 'legislator_id'])
          .doUpdateSet({ stance: override.stance, reason: override.reason, set_by: options.actor, set_at: now }),
      )
      .execute()
    // What was approved was another message.
    await tx.updateTable('campaign').set(UNAPPROVED).where('id', '=', id).execute()
    await logEvent(tx, id, 'override', options.actor, { ...override }, now)
  })
}
