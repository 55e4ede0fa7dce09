// The combinations of an audience, counted once a minute: a preview must not count a million people with every letter typed.
import type { Match } from '../congress/match.ts'
import type { Matcher } from '../congress/matcher.ts'
import type { Clock } from '../core/clock.ts'
import type { Manifest } from '../message/manifest.ts'
import type { Db } from '../store/connect.ts'
import { combination } from './combination.ts'
import { createLru } from './lru.ts'
import type { Segment } from './segment.ts'
import { planVariants } from './variants.ts'

/** Messages that differ in names only, with how many people get one. */
export interface Combination {
  match: Match
  subscribers: number
  isSkipped: boolean
}

/** People who share their candidates: how many, and how to match them again. */
interface Crowd {
  /** One of their ZIPs; null: none is known. Absent: they chose their seat. */
  zip?: string | null
  seatId: string
  subscribers: number
  isSkipped: boolean
}

const MINUTE = 60_000
const KEPT = 16

export interface CombinationCounter {
  /** Returns the combinations of a segment, the commonest first. Counts are a minute old at most; what is said of them is not. */
  combinationsOf(db: Db, matcher: Matcher, manifest: Manifest, segment: Segment | null): Promise<Combination[]>
}

/** Returns the counter of one process. */
export function createCombinationCounter(clock: Clock): CombinationCounter {
  const counts = createLru<Promise<Crowd[]>>(KEPT)
  return {
    async combinationsOf(db, matcher, manifest, segment) {
      const minute = Math.floor(clock.now().getTime() / MINUTE)
      // Who belongs to a segment can depend on the rules, who is skipped on the policies.
      const { rollCalls, ambiguous, unresolved } = manifest
      const key = JSON.stringify([minute, matcher.mapId, rollCalls, ambiguous, unresolved, segment])
      const crowds = await counts.get(key, () => countCrowds(db, matcher, manifest, segment))
      return combine(crowds.map((crowd) => ({ ...crowd, match: matchOf(matcher, crowd) })))
    },
  }
}

async function countCrowds(db: Db, matcher: Matcher, manifest: Manifest, segment: Segment | null): Promise<Crowd[]> {
  const { variants, zips, unresolved } = await planVariants(db, matcher, manifest, segment)
  const samples = new Map<number, string | null>(zips.map(({ zip, variant }) => [variant, zip]))
  samples.set(unresolved, null)
  return variants.flatMap(({ candidates, subscribers, skipReason }, number) => {
    const zip = samples.get(number)
    const crowd = { seatId: candidates, subscribers, isSkipped: skipReason !== null }
    return subscribers === 0 ? [] : [zip === undefined ? crowd : { ...crowd, zip }]
  })
}

function matchOf(matcher: Matcher, { zip, seatId }: Crowd): Match {
  return zip === undefined ? matcher.matchSeat(seatId) : matcher.match(zip)
}

function combine(crowds: readonly Combination[]): Combination[] {
  return [...Map.groupBy(crowds, ({ match }) => combination(match)).values()]
    .flatMap((same) => {
      const [first] = same.toSorted((a, b) => b.subscribers - a.subscribers)
      const subscribers = same.reduce((sum, each) => sum + each.subscribers, 0)
      return first ? [{ match: first.match, subscribers, isSkipped: first.isSkipped }] : []
    })
    .sort((a, b) => b.subscribers - a.subscribers)
}
