// What a send would be, for whoever approves it: which message goes to how many, and what is missing.
import type { Match } from '../congress/match.ts'
import type { Outcome } from '../congress/outcome.ts'
import type { Stance } from '../congress/stance.ts'
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import type { Problem } from '../message/problem.ts'
import { checkWithPlan, type CheckReport } from './check.ts'
import { combination } from './combination.ts'
import type { Sender } from './composer.ts'
import { problemLine } from './create.ts'
import type { Variant } from './variants.ts'

export interface SendRow {
  outcome: Outcome
  /** What each kind of seat is called: the stances of the House seat first, then of the senators. */
  house: Stance | null
  senate: Stance[]
  /** House seats and senators that differ within one ZIP: all that may be meant. */
  isOpen: boolean
  /** Seats that have this combination: how many variants. */
  variants: number
  subscribers: number
  isSkipped: boolean
  /** Somebody for whom it can be looked at: `OR-03`. */
  example: string
}

export interface SendPlan {
  report: CheckReport
  rows: SendRow[]
  labels: Readonly<Record<Stance, string>>
  /** Scripts that the check misses. */
  missingScripts: Problem[]
  expiresAfterHours: number
}

/** Returns the plan of a campaign that is not launched. */
export async function sendPlan(db: Db, id: string, sender: Sender, clock: Clock): Promise<SendPlan> {
  const { report, planned } = await checkWithPlan(db, id, sender, clock)
  if (planned === null) {
    throw new RollcallError('bad_manifest', report.problems.map(problemLine).join('\n'), {
      hint: 'mend campaign.yaml on the page Compose',
    })
  }
  const { manifest, plan } = planned
  return {
    report,
    rows: rowsOf(plan.variants.filter(({ subscribers }) => subscribers > 0)),
    labels: manifest.labels,
    missingScripts: report.problems.filter(({ code }) => code.includes('script')),
    expiresAfterHours: manifest.expiresAfterHours,
  }
}

/** Open outcomes are one line, however many seats a ZIP may have. */
function kindOf(match: Match): string {
  return match.outcome === 'ambiguous' ? match.outcome : combination(match)
}

function rowsOf(variants: readonly Variant[]): SendRow[] {
  return [...Map.groupBy(variants, (variant) => `${kindOf(variant.match)} ${variant.skipReason ?? ''}`).values()]
    .flatMap((same) => {
      const [largest] = same.toSorted((a, b) => b.subscribers - a.subscribers)
      if (!largest) return []
      const { match } = largest
      const stancesOf = (chamber: 'house' | 'senate') =>
        match.seats.filter(({ seat }) => seat.chamber === chamber).map(({ stance }) => stance)
      return [
        {
          outcome: match.outcome,
          house: stancesOf('house')[0] ?? null,
          senate: stancesOf('senate'),
          isOpen: match.candidates.length > 1,
          variants: same.length,
          subscribers: same.reduce((sum, { subscribers }) => sum + subscribers, 0),
          isSkipped: largest.skipReason !== null,
          example: match.candidates.map((seat) => seat.slice(5)).join(' or '),
        },
      ]
    })
    .sort((a, b) => b.subscribers - a.subscribers)
}
