// Workers killed without warning at every named point, a few or many, under both policies.
import { launchedCampaign } from '../../support/campaign.ts'
import type { Draw } from '../draw.ts'
import { KILL_POINTS, killAt, type KillPoint } from '../kill-points.ts'
import { countState } from '../ledger.ts'
import { later, QUICK, type Round } from '../round.ts'
import type { Ended, Scenario } from '../scenario.ts'

interface Killing {
  messages: number
  /** To begin with. */
  workers: number
  /** Whether a new worker comes for each that was killed. */
  replaces: boolean
  policy: 'hold' | 'resend'
  points: readonly KillPoint[]
  shards: number
  withinMs: number
}

/** One on the wire and one at the ledger: as little as can be said of all the others. */
export const killTwice = (policy: Killing['policy'], redis: boolean): Scenario => ({
  name: 'kill twice',
  needs: () => ({ redis }),
  run: (round) =>
    killAndFinish(round, {
      messages: 900,
      workers: 3,
      replaces: false,
      policy,
      points: ['mid-DATA', 'after 250'],
      shards: 8,
      withinMs: 120_000,
    }),
})

/** At each point of the conversation with the mail server. */
export const killOnTheWire: Scenario = {
  name: 'kill on the wire',
  needs: (draw) => ({ redis: draw.chance(0.5) }),
  run: (round) =>
    killAndFinish(round, {
      messages: 2_400,
      workers: 6,
      replaces: false,
      policy: round.draw.pick(['hold', 'resend']),
      points: round.draw.shuffle(['after claim', 'after MAIL', 'after RCPT', 'mid-DATA', 'after dot']),
      shards: 12,
      withinMs: 240_000,
    }),
}

/** At each point between two statements of the ledger. */
export const killAtTheLedger: Scenario = {
  name: 'kill at the ledger',
  needs: (draw) => ({ redis: draw.chance(0.5) }),
  run: (round) =>
    killAndFinish(round, {
      messages: 2_400,
      workers: 4,
      replaces: false,
      policy: round.draw.pick(['hold', 'resend']),
      points: round.draw.shuffle(['before claim', 'after 250', 'after settle']),
      shards: 12,
      withinMs: 240_000,
    }),
}

/** Twenty kills over the whole audience, each point at least twice. */
export const manyKills: Scenario = {
  name: 'many kills',
  needs: () => ({ worker: () => ({ leaseMs: 10_000 }) }),
  run: (round, { messages }) =>
    killAndFinish(round, {
      messages,
      workers: round.draw.int(2, 4),
      replaces: true,
      policy: 'hold',
      points: deal(round.draw, 20),
      shards: 32,
      withinMs: 900_000,
    }),
}

/** The same at a tenth of the size, where everybody in doubt gets the message again. */
export const manyKillsResend: Scenario = {
  name: 'many kills, resend',
  needs: () => ({ worker: () => ({ leaseMs: 10_000 }) }),
  run: (round, { messages }) =>
    killAndFinish(round, {
      messages: Math.ceil(messages / 10),
      workers: 3,
      replaces: true,
      policy: 'resend',
      points: deal(round.draw, 5),
      shards: 16,
      withinMs: 400_000,
    }),
}

function deal(draw: Draw, count: number): KillPoint[] {
  const decks = Array.from({ length: Math.ceil(count / KILL_POINTS.length) }, () => draw.shuffle(KILL_POINTS))
  return decks.flat().slice(0, count)
}

async function killAndFinish(round: Round, killing: Killing): Promise<Ended> {
  const { crew, sink, db } = round
  const { messages, workers, replaces, policy, points, shards, withinMs } = killing
  const id = await launchedCampaign(db, { addresses: messages, transport: 'smtp', shards, doubtPolicy: policy })
  await Promise.all(Array.from({ length: workers }, () => crew.start()))
  const starting: Promise<unknown>[] = []
  for (const [index, point] of points.entries()) {
    // The last kill comes long before the end, so that there is always something left to break.
    const due = Math.floor((messages * 0.9 * index) / points.length)
    await round.until(`${due} messages are accepted`, () => sink.log.accepted.length >= due, withinMs)
    await killAt(round, point)
    if (replaces) starting.push(later(crew.start()))
    if (crew.members().length === 0) await Promise.all(starting)
  }
  await Promise.all(starting)
  await round.ended([id], withinMs)
  const detail = `${workers} workers, ${policy.toUpperCase()}, queue on ${round.redis === null ? 'PostgreSQL' : 'Redis'}`
  return { campaigns: [id], detail, violations: await tooMuchLeft(round, id, policy) }
}

/** Places in the air and the endings of two groups: one that is being written, one that gathers (rule 2). */
const MOST_LEFT = QUICK.connections + 2 * 50

/** A killed worker leaves what was open, not a batch; and all that it left is told. */
async function tooMuchLeft(round: Round, id: string, policy: string): Promise<string[]> {
  const { kills } = round.crew
  const worst = Math.max(...kills.map((kill) => kill.open.length))
  const left = new Set(kills.flatMap((kill) => kill.open)).size
  const inDoubt = await countState(round.db, id, 'in_doubt')
  return [
    ...(worst > MOST_LEFT ? [`${id}: a killed worker left ${worst} deliveries open, more than ${MOST_LEFT}`] : []),
    ...(policy === 'hold' && inDoubt !== left ? [`${id}: ${left} were left open and ${inDoubt} are in doubt`] : []),
  ]
}
