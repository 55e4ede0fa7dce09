// Workers that are frozen past their lease and wake again, and workers that are asked to stop.
import { launchedCampaign } from '../../support/campaign.ts'
import { openClaims } from '../claim-log.ts'
import { countState, readAccount } from '../ledger.ts'
import type { Round } from '../round.ts'
import type { Ended, Scenario } from '../scenario.ts'
import type { Stage } from '../sink.ts'

const STAGES: readonly Stage[] = ['mail', 'rcpt', 'data', 'body', 'dot']

/** What the sleeper finds when it wakes has been judged by others: it may write nothing over it. */
export const frozen: Scenario = {
  name: 'SIGSTOP past the lease',
  async run(round) {
    const { crew, draw, sink, db } = round
    const policy = draw.pick(['hold', 'resend'] as const)
    const stage = draw.pick(STAGES)
    const id = await launchedCampaign(db, { addresses: 1_000, transport: 'smtp', shards: 8, doubtPolicy: policy })
    await Promise.all([crew.start(), crew.start()])
    await round.until('a quarter is accepted', () => sink.log.accepted.length > 250)
    const { worker } = await sink.trap(
      (moment) => moment.stage === stage && crew.find(moment.worker) !== undefined,
      (moment) => {
        crew.find(moment.worker)?.process.signal('SIGSTOP')
        return undefined
      },
    )
    // A statement that was on its way still runs to its end.
    await round.pause(500)
    const leftOpen = await openClaims(db, worker)
    await round.ended([id])
    const judged = await readAccount(db, id)
    crew.find(worker)?.process.signal('SIGCONT')
    await round.pause(3_000)
    const woken = await readAccount(db, id)
    return {
      campaigns: [id],
      detail: `at ${stage}, ${policy.toUpperCase()}, ${leftOpen.length} claims held`,
      leftOpen,
      violations:
        JSON.stringify(judged) === JSON.stringify(woken)
          ? []
          : [`${id}: the worker that woke wrote over what had been judged`],
    }
  },
}

/** SIGTERM finishes what is in the air, settles and ends with 0: nothing is left in doubt. */
export const asked: Scenario = {
  name: 'SIGTERM',
  needs: (draw) => ({ redis: draw.chance(0.5) }),
  async run(round): Promise<Ended> {
    const { crew, sink, db } = round
    const id = await launchedCampaign(db, { addresses: 1_000, transport: 'smtp', shards: 8 })
    sink.behave(({ stage }) => (stage === 'dot' ? { delayMs: 20 } : undefined))
    const violations: string[] = []
    for (const share of [0.2, 0.5]) {
      const { name } = await crew.start()
      await round.until('its share is accepted', () => sink.log.accepted.length > 1_000 * share)
      const code = await crew.stop(name)
      if (code !== 0) violations.push(`${id}: a worker that was asked to stop ended with ${code}`)
      violations.push(...(await leftovers(round, id)))
    }
    await crew.start()
    await round.ended([id])
    return { campaigns: [id], detail: 'twice in mid-send', violations }
  },
}

async function leftovers({ db }: Round, id: string): Promise<string[]> {
  const left = await Promise.all(['sending', 'in_doubt'].map((state) => countState(db, id, state)))
  return left.some((count) => count > 0)
    ? [`${id}: a worker that was asked to stop left ${left[0]} sending and ${left[1]} in doubt`]
    : []
}
