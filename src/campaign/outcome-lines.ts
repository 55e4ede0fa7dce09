// What a campaign says to a ZIP, as data: the lines of `campaign outcome`.
import type { Match } from '../congress/match.ts'
import type { Matcher } from '../congress/matcher.ts'
import { parseZip } from '../congress/zip.ts'
import { RollcallError } from '../core/errors.ts'

export interface OutcomeLine {
  zip: string
  /** The seats of every candidate, House first. */
  seats: OutcomeSeat[]
  outcome: Match['outcome']
}

interface OutcomeSeat {
  seat: string
  /** Who held it at the vote; null when it was vacant. */
  legislator: string | null
  /** `yea`, `nay`, `not_voting` …; null without a position. */
  position: string | null
  stance: string
  /** Present and true when the ZIP may belong to another seat. */
  candidate?: true
}

/** Returns the line of one ZIP as people write it. Throws `bad_zip` (usage). */
export function outcomeLine(matcher: Matcher, text: string, where = ''): OutcomeLine {
  const parsed = parseZip(text)
  if (!parsed) {
    throw new RollcallError('bad_zip', `${where}"${text}" is no ZIP code`, {
      hint: 'write five digits, as text: 01001',
      kind: 'usage',
    })
  }
  const { seats, outcome } = matcher.match(parsed.zip)
  return {
    zip: parsed.zip,
    seats: seats.map(({ seat, voter, position, stance, candidate }) => ({
      seat: seat.id,
      legislator: voter?.name ?? null,
      position: position ? (position.candidateName ?? position.option) : null,
      stance,
      ...(candidate ? { candidate: true as const } : {}),
    })),
    outcome,
  }
}
