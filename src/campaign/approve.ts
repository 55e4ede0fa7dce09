// An approval given to what the check finds sound at this moment.
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import type { CampaignState } from './campaign.ts'
import { findCampaign } from './campaigns.ts'
import { checkCampaign } from './check.ts'
import type { Sender } from './composer.ts'
import { approveCampaign, type Act } from './control.ts'

export interface Approved {
  id: string
  state: CampaignState
  /** Subscribers it would go to. */
  audience: number
  approvedBy: string | null
  hash: string | null
}

/**
 * Checks the campaign and puts the actor's name to it. With `hash`, only what was looked at is approved: throws `approval_void`
 * when something changed since. `secondPersonFrom` subscribers on, the actor must be none of its authors. Throws `check_failed` when the check has found errors.
 */
export async function approveWhenSound(
  { db, sender }: { db: Db; sender: Sender },
  id: string,
  { hash, secondPersonFrom, ...act }: Act & { hash?: string; secondPersonFrom: number },
): Promise<Approved> {
  const report = await checkCampaign(db, id, sender, act.clock)
  if (hash !== undefined && hash !== report.hash) {
    throw new RollcallError('approval_void', `campaign ${id} is no longer what was looked at`, {
      hint: 'check it again, and approve the new hash',
    })
  }
  const secondPerson = { from: secondPersonFrom, audience: report.audience }
  await approveCampaign(db, id, report.problems, act, { seen: report.hash, secondPerson })
  const { state, approved_by: approvedBy, approved_hash: approvedHash } = await findCampaign(db, id)
  return { id, state, audience: report.audience, approvedBy, hash: approvedHash }
}
