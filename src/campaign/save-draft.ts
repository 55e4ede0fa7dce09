// Saves what somebody typed as the next revision: a broken template may be saved, an unreadable manifest or an old base may not.
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import { parseManifest } from '../message/manifest.ts'
import type { Problem } from '../message/problem.ts'
import type { Db } from '../store/connect.ts'
import { currentRevision, findCampaign } from './campaigns.ts'
import { updateCampaign } from './create.ts'
import { contentHash, MAX_BYTES, type TemplateFiles } from './folder.ts'
import { readRevision } from './revisions.ts'

export interface DraftAct {
  actor: string
  clock: Clock
  /** The revision that was edited. */
  basedOn: number
}

export type SaveResult =
  | { kind: 'saved'; revision: number; voidsApproval: boolean }
  | { kind: 'unchanged' }
  /** Somebody else has saved meanwhile: nothing is written. */
  | { kind: 'stale'; revision: number; author: string | null; files: TemplateFiles }
  | { kind: 'refused'; problems: Problem[] }

const APPROVED: readonly string[] = ['approved', 'scheduled']

/** Saves the files as the next revision of a campaign. Throws `no_campaign` and `already_launched`. */
export async function saveDraft(db: Db, id: string, files: TemplateFiles, act: DraftAct): Promise<SaveResult> {
  const refusals = refusalsOf(files)
  if (refusals.length > 0) return { kind: 'refused', problems: refusals }
  const campaign = await findCampaign(db, id)
  const current = await currentRevision(db, campaign)
  if (current.revision === act.basedOn && current.contentHash === contentHash(files)) return { kind: 'unchanged' }
  try {
    const revision = await updateCampaign(db, id, files, act)
    return { kind: 'saved', revision, voidsApproval: APPROVED.includes(campaign.state) }
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    if (error.code === 'stale_revision') return staleResult(db, id)
    if (error.code === 'no_roll_call' || error.code === 'two_primaries') {
      return { kind: 'refused', problems: [manifestProblem(error)] }
    }
    throw error
  }
}

/** Makes the content of an earlier revision the newest one. */
export async function goBackTo(db: Db, id: string, revision: number, act: DraftAct): Promise<SaveResult> {
  return saveDraft(db, id, (await readRevision(db, id, revision)).files, act)
}

/** Returns whether saving would take back somebody's approval. */
export function voidsApproval({ state }: { state: string }): boolean {
  return APPROVED.includes(state)
}

async function staleResult(db: Db, id: string): Promise<SaveResult> {
  const { revision } = await findCampaign(db, id)
  const { author, files } = await readRevision(db, id, revision)
  return { kind: 'stale', revision, author, files }
}

function refusalsOf(files: TemplateFiles): Problem[] {
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (bytes > MAX_BYTES) {
    return [
      {
        severity: 'error',
        code: 'bad_template_folder',
        message: `the files have ${bytes} bytes; ${MAX_BYTES} are allowed`,
        hint: 'a message over 102 KB is clipped by Gmail: shorten the template',
      },
    ]
  }
  const parsed = parseManifest(files['campaign.yaml'] ?? '')
  return parsed.ok ? [] : parsed.problems
}

function manifestProblem({ code, message, hint }: RollcallError): Problem {
  return { severity: 'error', code, message, file: 'campaign.yaml', ...(hint === undefined ? {} : { hint }) }
}
