// What the tallies of a campaign add up to: counts, speed, how long it will take, and the headline.
import type { Outcome } from '../congress/outcome.ts'
import { DELIVERY_STATES, OPEN_STATES, type DeliveryState } from './delivery.ts'
import { RECENT_SECONDS, type Tally } from './tallies.ts'

export interface Progress {
  /** Sum of all states: always the audience. */
  total: number
  deliveries: Record<DeliveryState, number>
  /** `skipped: opted_out`, `failed: deadline` and the like, most frequent first. */
  reasons: { state: DeliveryState; reason: string; count: number }[]
  outcomes: { outcome: Outcome; count: number; sent: number }[]
  /** Messages sent a second: of late while it is sending, else over the whole send. */
  perSecond: number
  /** Milliseconds until everything is sent at the present speed and the last second try is due; null when it stands still. */
  remainingMs: number | null
}

/** Returns the progress that the tallies show. */
export function progressOf(tallies: readonly Tally[]): Progress {
  const count = (matches: (tally: Tally) => boolean): number =>
    tallies.filter(matches).reduce((sum, tally) => sum + tally.count, 0)
  const deliveries = Object.fromEntries(
    DELIVERY_STATES.map((state) => [state, count((tally) => tally.state === state)]),
  )
  const open = count((tally) => OPEN_STATES.includes(tally.state))
  const perSecond = speedOf(tallies, open > 0)
  return {
    total: count(() => true),
    deliveries: deliveries as Record<DeliveryState, number>,
    reasons: reasonsOf(tallies),
    outcomes: [...Map.groupBy(tallies, (tally) => tally.outcome)].map(([outcome, same]) => ({
      outcome,
      count: same.reduce((sum, tally) => sum + tally.count, 0),
      sent: same.filter((tally) => tally.state === 'sent').reduce((sum, tally) => sum + tally.count, 0),
    })),
    perSecond,
    remainingMs: remaining(tallies, open, perSecond),
  }
}

function remaining(tallies: readonly Tally[], open: number, perSecond: number): number | null {
  if (open === 0) return 0
  const waiting = Math.max(0, ...tallies.map((tally) => tally.dueInMs ?? 0))
  const isWaitingOnly = tallies.every((tally) => !OPEN_STATES.includes(tally.state) || tally.state === 'deferred')
  if (isWaitingOnly) return Math.round(waiting)
  return perSecond > 0 ? Math.round(Math.max((open / perSecond) * 1000, waiting)) : null
}

/** Returns `finished, 23 failed, 2 in doubt`: what a person must see first. */
export function headline(state: string, { deliveries }: Progress): string {
  const trouble = [
    deliveries.failed > 0 ? `${deliveries.failed} failed` : '',
    deliveries.in_doubt > 0 ? `${deliveries.in_doubt} in doubt` : '',
  ]
  return [state, ...trouble].filter(Boolean).join(', ')
}

function reasonsOf(tallies: readonly Tally[]): Progress['reasons'] {
  const groups = Map.groupBy(
    tallies.filter((tally) => tally.reason !== null),
    (tally) => `${tally.state} ${tally.reason}`,
  )
  return [...groups.values()]
    .map((same) => ({
      state: same[0]?.state ?? 'pending',
      reason: same[0]?.reason ?? '',
      count: same.reduce((sum, tally) => sum + tally.count, 0),
    }))
    .sort((a, b) => b.count - a.count)
}

function speedOf(tallies: readonly Tally[], isSending: boolean): number {
  const first = Math.min(...tallies.map((tally) => tally.firstSentAt?.getTime() ?? Infinity))
  const last = Math.max(...tallies.map((tally) => tally.lastSentAt?.getTime() ?? -Infinity))
  if (last < first) return 0
  const seconds = Math.max((last - first) / 1000, 1)
  const recent = tallies.reduce((sum, tally) => sum + tally.recent, 0)
  if (isSending) return recent / Math.min(seconds, RECENT_SECONDS)
  return tallies.filter((tally) => tally.firstSentAt !== null).reduce((sum, tally) => sum + tally.count, 0) / seconds
}
