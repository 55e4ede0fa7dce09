// Everything the live page shows of one campaign, counted once for all who watch.
import type { Provider } from '../audience/provider.ts'
import type { Db } from '../store/connect.ts'
import type { DeliveryState } from './delivery.ts'
import { paceHistory, type PaceHistory } from './pace-history.ts'
import { statusFrom, type Status } from './report.ts'
import { tallyDeliveries, type Tally } from './tallies.ts'
import { latestTrouble, type Trouble } from './trouble.ts'

interface ProviderCount {
  provider: Provider
  total: number
  states: Partial<Record<DeliveryState, number>>
}

export interface LiveBoard {
  status: Status
  pace: PaceHistory
  providers: ProviderCount[]
  trouble: Trouble[]
}

/** Counting a million rows takes a while: it may take up so much of the time, and no more. */
const SHARE_OF_TIME = 0.1
const LEAST_MS = 1_000

const boards = new WeakMap<Db, Map<string, { board: Promise<LiveBoard>; until: number }>>()

/** Returns the board of a campaign; what was counted a moment ago is returned again. */
export async function liveBoard(db: Db, id: string): Promise<LiveBoard> {
  const known = boards.get(db) ?? new Map<string, { board: Promise<LiveBoard>; until: number }>()
  boards.set(db, known)
  const kept = known.get(id)
  if (kept !== undefined && performance.now() < kept.until) return await kept.board
  const startedAt = performance.now()
  const entry = { board: count(db, id), until: Infinity }
  known.set(id, entry)
  try {
    const board = await entry.board
    entry.until = performance.now() + Math.max(LEAST_MS, (performance.now() - startedAt) / SHARE_OF_TIME)
    return board
  } catch (error) {
    known.delete(id)
    throw error
  }
}

/** Forgets what was counted: somebody has just changed it and wants to see it. */
export function recountBoard(db: Db, id: string): void {
  boards.get(db)?.delete(id)
}

async function count(db: Db, id: string): Promise<LiveBoard> {
  const [tallies, pace, trouble] = await Promise.all([
    tallyDeliveries(db, id),
    paceHistory(db, id, { intervals: 60, everySeconds: 5 }),
    latestTrouble(db, id, 8),
  ])
  return { status: await statusFrom(db, id, tallies), pace, providers: byProvider(tallies), trouble }
}

function byProvider(tallies: readonly Tally[]): ProviderCount[] {
  return [...Map.groupBy(tallies, ({ provider }) => provider)]
    .map(([provider, same]) => {
      const states: Partial<Record<DeliveryState, number>> = {}
      for (const { state, count: each } of same) states[state] = (states[state] ?? 0) + each
      return { provider, total: same.reduce((sum, each) => sum + each.count, 0), states }
    })
    .sort((a, b) => b.total - a.total)
}
