// Plays one round: opens it, lets the scenario loose, and holds audience, ledger and sink against each other.
import { messageOf } from '../../src/core/errors.ts'
import type { Cluster } from './cluster.ts'
import { createDraw } from './draw.ts'
import { readAccount } from './ledger.ts'
import { reconcile, type FarSide, type Verdict } from './reconcile.ts'
import { openRound, type Round } from './round.ts'
import type { Ended, Scenario, Size } from './scenario.ts'
import type { Sink } from './sink.ts'

/** How a round ended; counts are of all its campaigns. */
export interface Played {
  scenario: string
  detail: string
  seconds: number
  messages: number
  accepted: number
  kills: number
  /** Deliveries that the killed workers had claimed and not settled. */
  open: number
  /** SMTP transactions open at the sink at the kills. */
  openAtSink: number
  inDoubt: number
  missing: number
  doubled: number
  wrongHash: number
  violations: string[]
}

/** Plays `scenario` with the details that `seed` draws. A scenario that does not come to its end is a violation; `calledOff` rejects. */
export async function play(
  cluster: Cluster,
  scenario: Scenario,
  seed: string,
  size: Size,
  calledOff: AbortSignal,
): Promise<Played> {
  const began = performance.now()
  const draw = createDraw(seed)
  const needs = scenario.needs?.(draw) ?? {}
  const redis = needs.redis === true && size.hasRedis
  await using round = await openRound(cluster, draw, { ...needs, redis }, calledOff)
  const ended = await runToTheEnd(round, scenario, size, calledOff)
  const verdicts: Verdict[] = []
  for (const id of ended.campaigns)
    verdicts.push(
      reconcile(await readAccount(round.db, id), ended.farSide ?? sinkSide(round.sink), rulesOf(round, ended)),
    )
  const { kills } = round.crew
  const sum = (read: (verdict: Verdict) => number): number => verdicts.reduce((all, each) => all + read(each), 0)
  return {
    scenario: scenario.name,
    detail: ended.detail,
    seconds: (performance.now() - began) / 1_000,
    messages: sum((each) => each.messages),
    accepted: sum((each) => each.accepted),
    kills: kills.length,
    open: new Set(kills.flatMap((kill) => kill.open)).size,
    openAtSink: kills.reduce((all, kill) => all + kill.openAtSink, 0),
    inDoubt: sum((each) => each.inDoubt),
    missing: sum((each) => each.missing),
    doubled: sum((each) => each.doubled),
    wrongHash: sum((each) => each.wrongHash),
    violations: [...(ended.violations ?? []), ...verdicts.flatMap((each) => each.violations)],
  }
}

async function runToTheEnd(round: Round, scenario: Scenario, size: Size, calledOff: AbortSignal): Promise<Ended> {
  try {
    return await scenario.run(round, size)
  } catch (error) {
    if (calledOff.aborted) throw error
    const campaigns = await allCampaigns(round)
    const said = round.crew.said().trim().split('\n').slice(-5).join(' | ')
    return {
      campaigns,
      detail: 'broke off',
      violations: [`the scenario broke off: ${messageOf(error)}; the workers said last: ${said}`],
      mostExpired: Infinity,
    }
  }
}

async function allCampaigns({ db }: Round): Promise<string[]> {
  // all_campaigns: whatever the scenario had launched.
  return (await db.selectFrom('campaign').select('id').execute()).map((row) => row.id)
}

function rulesOf({ crew }: Round, ended: Ended) {
  const { mostExpired, mayFail = () => false } = ended
  const left = [...crew.kills.flatMap((kill) => kill.open), ...(ended.leftOpen ?? [])]
  const leftOpen = mostExpired === undefined ? new Set(left) : null
  return { leftOpen, mostExpired: mostExpired ?? 0, mayFail }
}

function sinkSide({ log }: Sink): FarSide {
  return {
    accepted: log.accepted,
    mayHaveArrived: (recipient) => log.invited.has(recipient),
    wasRefused: (recipient) => log.refused.has(recipient),
    knowsBytes: true,
  }
}
