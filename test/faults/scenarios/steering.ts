// People steer while it sends: pause, resume, kill switch, opt-outs, cancel, at random times. Whatever was committed before a claim, the claim obeys.
import { sql } from 'kysely'
import { addSuppressions } from '../../../src/audience/suppressions.ts'
import { cancelCampaign, pauseCampaign, resumeCampaign } from '../../../src/campaign/control.ts'
import { systemClock } from '../../../src/core/clock.ts'
import type { Db } from '../../../src/store/connect.ts'
import { keyOf, launchedCampaign } from '../../support/campaign.ts'
import { claimsBetween, databaseTime } from '../claim-log.ts'
import { readAccount } from '../ledger.ts'
import type { Round } from '../round.ts'
import type { Ended, Scenario } from '../scenario.ts'

const MESSAGES = 2_000
const ACT = { actor: 'faults', clock: systemClock }

/** From when to when no claim may happen; `until` null: never again. */
interface Silence {
  why: string
  from: Date
  until: Date | null
}

export const steering: Scenario = {
  name: 'steering',
  needs: (draw) => ({ redis: draw.chance(0.5) }),
  async run(round): Promise<Ended> {
    const { crew, draw, sink, db } = round
    sink.behave(({ stage }) => (stage === 'dot' ? { delayMs: 15 } : undefined))
    const id = await launchedCampaign(db, { addresses: MESSAGES, transport: 'smtp', shards: 8 })
    const addresses = draw.shuffle((await readAccount(db, id)).rows.map((row) => row.address))
    await Promise.all(Array.from({ length: draw.int(2, 3) }, () => crew.start()))
    const silences: Silence[] = []
    const optOuts: { address: string; at: Date }[] = []
    const acts = draw.shuffle(['pause', 'pause', 'switch', 'switch', ...Array.from({ length: 8 }, () => 'opt out')])
    for (const act of acts) {
      await round.pause(draw.int(20, 250))
      if (act === 'pause') silences.push(await pauseFor(round, id, draw.int(100, 600)))
      else if (act === 'switch') silences.push(await switchOffFor(round, draw.int(100, 600)))
      else optOuts.push(...(await optOutAll(round, addresses.splice(0, draw.int(10, 60)))))
    }
    const isCancelled = draw.chance(0.5)
    if (isCancelled) silences.push(await cancel(db, id))
    await round.ended([id])
    return {
      campaigns: [id],
      detail: `${acts.length} acts, ${optOuts.length} opt-outs${isCancelled ? ', cancelled' : ''}`,
      violations: [...(await brokenSilences(db, id, silences)), ...(await ignoredOptOuts(db, id, optOuts))],
    }
  },
}

async function pauseFor(round: Round, id: string, ms: number): Promise<Silence> {
  await pauseCampaign(round.db, id, 'somebody wants to look', ACT)
  const from = await databaseTime(round.db)
  await round.pause(ms)
  const until = await databaseTime(round.db)
  await resumeCampaign(round.db, id, ACT)
  return { why: 'the campaign was paused', from, until }
}

async function switchOffFor(round: Round, ms: number): Promise<Silence> {
  await engage(round.db, true)
  const from = await databaseTime(round.db)
  await round.pause(ms)
  const until = await databaseTime(round.db)
  await engage(round.db, false)
  return { why: 'the kill switch was on', from, until }
}

async function engage(db: Db, engaged: boolean): Promise<void> {
  await db.updateTable('kill_switch').set({ engaged }).execute()
}

async function cancel(db: Db, id: string): Promise<Silence> {
  await cancelCampaign(db, id, ACT)
  return { why: 'the campaign was cancelled', from: await databaseTime(db), until: null }
}

/** Returns the addresses with a time at which their opt-out was surely committed. */
async function optOutAll({ db, draw }: Round, addresses: readonly string[]): Promise<{ address: string; at: Date }[]> {
  const [reason, channel] = draw.pick([['unsubscribe', 'one_click'] as const, ['manual', 'cli'] as const])
  await addSuppressions(
    db,
    addresses.map((address) => ({
      addressKey: keyOf(address),
      reason,
      channel,
      note: '',
      setBy: 'faults',
      setAt: new Date(),
    })),
  )
  const at = await databaseTime(db)
  return addresses.map((address) => ({ address, at }))
}

async function brokenSilences(db: Db, id: string, silences: readonly Silence[]): Promise<string[]> {
  const broken: string[] = []
  for (const { why, from, until } of silences) {
    const claims = await claimsBetween(db, id, from, until)
    if (claims > 0) broken.push(`${id}: ${claims} claims while ${why}`)
  }
  return broken
}

/** The claim decides: who was claimed after the opt-out was committed was written to against their will. */
async function ignoredOptOuts(
  db: Db,
  id: string,
  optOuts: readonly { address: string; at: Date }[],
): Promise<string[]> {
  // ignored_opt_outs: claims to send that began after the commit.
  const { rows } = await sql<{ id: string; state: string }>`
    SELECT d.id, d.state
    FROM unnest(${optOuts.map((each) => each.address)}::text[], ${optOuts.map((each) => each.at)}::timestamptz[]) AS o (address, at)
    JOIN subscriber s ON s.address = o.address
    JOIN delivery d ON d.campaign_id = ${id} AND d.subscriber_id = s.id
    JOIN fault_claim c ON c.delivery_id = d.id AND c.claimed_at > o.at`.execute(db)
  return rows.length === 0
    ? []
    : [
        `${id}: ${rows.length} were claimed after their opt-out was committed, such as delivery ${rows[0]?.id} (${rows[0]?.state})`,
      ]
}
