// What people do to a campaign once it exists: approve, schedule, pause, resume, cancel.
import { sql } from 'kysely'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import { assertMove } from '../core/transition.ts'
import type { Problem } from '../message/problem.ts'
import type { Db } from '../store/connect.ts'
import { CAMPAIGN_MOVES } from './campaign.ts'
import { campaignHashes, findCampaign, lockCampaign, logEvent, moveCampaign } from './campaigns.ts'
import { problemLine } from './create.ts'
import type { LaunchPlan } from './launch-plan.ts'
import { assertSecondPerson, type SecondPersonRule } from './second-person.ts'

export interface Act {
  /** Who does it, for the log. */
  actor: string
  clock: Clock
}

/** What else an approval must keep to. */
export interface ApprovalRules {
  /** The hash of what was looked at. */
  seen?: string | undefined
  /** Whether it takes a second person; absent: the operator's shell is authority enough. */
  secondPerson?: SecondPersonRule | undefined
}

/**
 * Puts `actor`'s name to the campaign as it is now: content and audience. Throws `check_failed` when the check has found errors,
 * `approval_void` when it is not what was looked at, `second_person` when the rules want somebody else.
 */
export async function approveCampaign(
  db: Db,
  id: string,
  problems: readonly Problem[],
  { actor, clock }: Act,
  { seen, secondPerson }: ApprovalRules = {},
): Promise<void> {
  const errors = problems.filter((problem) => problem.severity === 'error')
  if (errors.length > 0) {
    throw new RollcallError(
      'check_failed',
      `campaign ${id} cannot be approved:\n${errors.map(problemLine).join('\n')}`,
      {
        hint: `mend the template, then: rollcall campaign update ${id} DIR`,
      },
    )
  }
  const now = clock.now()
  await db.transaction().execute(async (tx) => {
    const campaign = await lockCampaign(tx, id)
    // A campaign that ran is not approved anew; approving twice is no harm.
    if (campaign.state !== 'approved') assertMove(CAMPAIGN_MOVES, campaign.state, 'approved', `campaign ${id}`)
    if (secondPerson !== undefined) await assertSecondPerson(tx, id, actor, secondPerson)
    const { hash } = await campaignHashes(tx, campaign)
    if (seen !== undefined && seen !== hash) throw changedSince(id)
    const approval = {
      approved_at: now,
      approved_by: actor,
      approved_hash: hash,
      launch_at: null,
      launch_expect: null,
      launch_wish: null,
    }
    if (campaign.state === 'approved') await tx.updateTable('campaign').set(approval).where('id', '=', id).execute()
    else await moveCampaign(tx, id, 'approved', approval)
    await logEvent(tx, id, 'approved', actor, { hash, warnings: problems.length }, now)
  })
}

function changedSince(id: string): RollcallError {
  return new RollcallError('approval_void', `campaign ${id} is no longer what was looked at`, {
    hint: 'look at it again, then approve it',
  })
}

/** Sets when the campaign launches by itself, the audience that its launch must find, and how it is to go. */
export async function scheduleCampaign(
  db: Db,
  id: string,
  launchAt: Date,
  expect: number | null,
  { actor, clock }: Act,
  plan: LaunchPlan = {},
): Promise<void> {
  const now = clock.now()
  if (launchAt <= now) {
    throw new RollcallError('bad_time', `${launchAt.toISOString()} is not in the future`, {
      hint: 'leave --at away to launch now',
      kind: 'usage',
    })
  }
  await db.transaction().execute(async (tx) => {
    const wish = JSON.stringify(plan)
    await moveCampaign(tx, id, 'scheduled', { launch_at: launchAt, launch_expect: expect, launch_wish: wish })
    await logEvent(tx, id, 'scheduled', actor, { launchAt: launchAt.toISOString(), expect, ...plan }, now)
  })
}

/** Takes the launch time back; the approval stands. */
export async function unscheduleCampaign(db: Db, id: string, reason: string, { actor, clock }: Act): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { state } = await lockCampaign(tx, id)
    if (state !== 'scheduled') return
    await moveCampaign(tx, id, 'approved', { launch_at: null, launch_expect: null, launch_wish: null })
    await logEvent(tx, id, 'unscheduled', actor, { reason }, clock.now())
  })
}

/** Stops claims at once; messages already in the air still arrive. */
export async function pauseCampaign(db: Db, id: string, reason: string, { actor, clock }: Act): Promise<void> {
  await moveCampaign(db, id, 'paused', { pause_reason: reason })
  await logEvent(db, id, 'paused', actor, { reason }, clock.now())
}

/** Lets claims go on. The caller enqueues the campaign's shards. Throws `bad_transition` unless it is paused. */
export async function resumeCampaign(db: Db, id: string, { actor, clock }: Act): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { state } = await lockCampaign(tx, id)
    if (state !== 'paused') {
      throw new RollcallError('bad_transition', `campaign ${id} is ${state} and cannot become sending`, {
        hint: 'only a paused campaign is resumed',
      })
    }
    await moveCampaign(tx, id, 'sending', { pause_reason: null })
    // The database's own time: what bounced before it counts no more, by the same clock.
    const { rows } = await sql<{ at: Date }>`SELECT now() AS at`.execute(tx)
    await logEvent(tx, id, 'resumed', actor, {}, rows[0]?.at ?? clock.now())
  })
}

/** Ends the campaign: nothing more is claimed. The ledger's sweep turns what is not sent yet into skipped(cancelled). */
export async function cancelCampaign(db: Db, id: string, { actor, clock }: Act): Promise<void> {
  const now = clock.now()
  await moveCampaign(db, id, 'cancelled', { finished_at: now, pause_reason: null, launch_at: null, launch_wish: null })
  await logEvent(db, id, 'cancelled', actor, {}, now)
}

/** Chooses the transports of a campaign that is being sent, best first. What is in the air stays where it is. */
export async function useTransports(
  db: Db,
  id: string,
  transports: readonly string[],
  { actor, clock }: Act,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { state } = await lockCampaign(tx, id)
    if (state !== 'sending' && state !== 'paused') {
      throw new RollcallError('bad_transition', `campaign ${id} is ${state}: there is nothing to send`, {
        hint: 'before a launch, name them with campaign launch --transport',
      })
    }
    // The next claims read it.
    await tx.updateTable('campaign').set({ transports }).where('id', '=', id).execute()
    await logEvent(tx, id, 'transports chosen', actor, { transports }, clock.now())
  })
}

/** Returns the campaign's log, oldest first. */
export async function campaignEvents(db: Db, id: string) {
  await findCampaign(db, id)
  // Who did what, in order.
  return db
    .selectFrom('campaign_event')
    .select(['act', 'actor', 'detail', 'at'])
    .where('campaign_id', '=', id)
    .orderBy('id')
    .execute()
}
