// The queue and the database go away in mid-send: jobs are hints, and workers wait for the ledger.
import { sql } from 'kysely'
import { launchedCampaign } from '../../support/campaign.ts'
import { QUICK, type Round } from '../round.ts'
import type { Ended, Scenario } from '../scenario.ts'

const MESSAGES = 2_000
const WORKERS = 2
const THRICE = [0.1, 0.35, 0.6]

/** Rule 6: nothing is lost, nothing is even in doubt. */
export const redisGone: Scenario = {
  name: 'Redis gone',
  demandsRedis: true,
  needs: () => ({ redis: true }),
  run: (round) =>
    breakAt(round, THRICE, 0, 'killed and back empty, or flushed', async () => {
      if (round.draw.chance(0.5)) await round.redis?.restart()
      else await round.redis?.client.flushall()
    }),
}

/** A claim whose answer was lost is known to nobody: it waits for its lease and is in doubt. */
const MOST_LOST = WORKERS * QUICK.connections

/** `shares`: how much is accepted before each restart. */
export const postgresRestarted = (shares: readonly number[] = THRICE): Scenario => ({
  name: 'Postgres restarted',
  needs: (draw) => ({ redis: draw.chance(0.5), worker: () => ({ leaseMs: 10_000 }) }),
  async run(round) {
    const mode = round.draw.pick(['fast', 'immediate'] as const)
    const awayMs = round.draw.int(0, 1_500)
    const restart = (): Promise<void> => round.cluster.restart(mode, awayMs)
    return await breakAt(round, shares, MOST_LOST, `${mode}, away for ${awayMs} ms`, restart)
  },
})

export const connectionsCut: Scenario = {
  name: 'connections cut',
  needs: (draw) => ({ redis: draw.chance(0.5) }),
  run: (round) =>
    breakAt(round, THRICE, MOST_LOST, 'all of the workers', async () => {
      // cut: as a fail-over or an impatient administrator does.
      await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name <> 'faults'`.execute(round.db)
    }),
}

/** The sink takes its time, so that all breaks come before the end; `lostEach`: claims that one break may lose. */
async function breakAt(
  round: Round,
  shares: readonly number[],
  lostEach: number,
  detail: string,
  breakIt: () => Promise<unknown>,
): Promise<Ended> {
  const { crew, sink, db, draw } = round
  const policy = draw.pick(['hold', 'resend'] as const)
  const id = await launchedCampaign(db, { addresses: MESSAGES, transport: 'smtp', shards: 8, doubtPolicy: policy })
  sink.behave(({ stage }) => (stage === 'dot' ? { delayMs: 10 } : undefined))
  await Promise.all(Array.from({ length: WORKERS }, () => crew.start()))
  for (const share of shares) {
    await round.until('its share is accepted', () => sink.log.accepted.length > MESSAGES * share)
    await round.pause(draw.int(0, 100))
    await breakIt()
  }
  await round.ended([id])
  return { campaigns: [id], detail: `${detail}, ${policy.toUpperCase()}`, mostExpired: shares.length * lostEach }
}
