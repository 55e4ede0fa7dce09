// A roll call as a template sees it: official totals and the time in Washington.
import type { RollCallView } from './view.ts'

/** What the view needs of a roll call; `totals` are the official ones by option. */
export interface RollCallRecord {
  id: string
  chamber: 'house' | 'senate'
  heldAt: Date
  question: string
  result: string
  totals: Readonly<Partial<Record<string, number>>>
}

const ZONE = 'America/New_York' // both chambers' clocks, with daylight saving

const DATE = new Intl.DateTimeFormat('en-US', { timeZone: ZONE, year: 'numeric', month: 'long', day: 'numeric' })
const CLOCK = new Intl.DateTimeFormat('en-US', { timeZone: ZONE, hour: 'numeric', minute: '2-digit', hour12: true })

/** Returns the view: `December 21, 2017`, `4:53 p.m. Eastern`. Guilty counts as yea, as in the Senate's own files. */
export function rollCallView({ id, chamber, heldAt, question, result, totals }: RollCallRecord): RollCallView {
  return {
    id,
    chamber,
    yea: totals['yea'] ?? totals['guilty'] ?? 0,
    nay: totals['nay'] ?? totals['not_guilty'] ?? 0,
    present: totals['present'] ?? 0,
    notVoting: totals['not_voting'] ?? 0,
    result,
    question,
    heldOn: DATE.format(heldAt),
    heldAt: `${clockWords(heldAt)} Eastern`,
  }
}

function clockWords(at: Date): string {
  const parts = new Map(CLOCK.formatToParts(at).map(({ type, value }) => [type, value]))
  const half = parts.get('dayPeriod') === 'AM' ? 'a.m.' : 'p.m.'
  return `${parts.get('hour') ?? ''}:${parts.get('minute') ?? ''} ${half}`
}
