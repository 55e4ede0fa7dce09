// Roll calls as the unitedstates/congress project writes them (data.json).
import { z } from 'zod'
import { messageOf } from '../../core/errors.ts'
import { asksForSpeaker, readLabel } from './label.ts'
import type { ListedPosition, ParsedRollCall } from './parsed.ts'
import { refuse } from './refuse.ts'
import { billId, rollCallId, sessionOfYear } from './roll-call-id.ts'

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
const member = z.object({ id: z.string().min(1), display_name: z.string(), party: z.string(), state: z.string() })
const rollCall = z.object({
  chamber: z.enum(['h', 's']),
  congress: z.int().positive(),
  session: z.string().regex(/^\d{4}$/, 'is not a year'),
  number: z.int().positive(),
  date: instant,
  question: z.string().min(1),
  type: z.string().min(1),
  requires: z.enum(['1/2', '2/3', '3/5', 'QUORUM']),
  result: z.string().min(1),
  result_text: z.string(),
  category: z.string().optional(),
  source_url: z.string().regex(/^https?:\/\//, 'is no web address'),
  record_modified: instant.optional(),
  bill: z.object({ congress: z.int(), number: z.int(), type: z.string() }).optional(),
  votes: z.record(z.string(), z.array(z.union([member, z.literal('VP')]))),
})
type RollCallJson = z.infer<typeof rollCall>

/** Returns the roll call of a parsed `data.json`; refuses other shapes with the path of the first wrong field. */
export function readCongressJson(json: unknown): ParsedRollCall {
  const file = parse(json)
  const session = sessionOfYear(file.congress, Number(file.session))
  const chamber = file.chamber === 'h' ? 'house' : 'senate'
  const isSpeakerElection = chamber === 'house' && (asksForSpeaker(file.question) || asksForSpeaker(file.type))
  return {
    kind: 'roll_call',
    format: 'congress-json',
    id: rollCallId(chamber, file.congress, session, file.number),
    chamber,
    congress: file.congress,
    session,
    number: file.number,
    heldAt: file.date,
    question: file.question,
    voteType: file.type,
    requirement: file.requires,
    result: file.result,
    category: file.category ?? null,
    bill: file.bill ? billId(file.bill.type, String(file.bill.number), file.bill.congress) : null,
    tieBreaker: readTieBreaker(file),
    sourceUrl: file.source_url,
    modifiedAt: file.record_modified ?? null,
    totals: chamber === 'senate' ? readResultText(file) : null,
    partyTotals: [],
    positions: Object.entries(file.votes).flatMap(([label, entries]) =>
      readPositions(label, entries, isSpeakerElection),
    ),
  }
}

function parse(json: unknown): RollCallJson {
  try {
    return rollCall.parse(json)
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause
    const first = cause.issues[0]
    return refuse(`this is no roll call: ${first?.path.join('.') || 'the file'}: ${first?.message ?? messageOf(cause)}`)
  }
}

/** The Vice President's tie-break stands as the bare text "VP" among the members; it is no position. */
function readPositions(
  label: string,
  entries: RollCallJson['votes'][string],
  isSpeakerElection: boolean,
): ListedPosition[] {
  const position = readLabel(label, isSpeakerElection)
  return entries
    .filter((entry) => entry !== 'VP')
    .map((entry) => ({
      ...position,
      memberId: entry.id.trim(),
      party: entry.party.trim(),
      state: entry.state.trim(),
      displayName: entry.display_name.trim(),
    }))
}

function readTieBreaker(file: RollCallJson): 'yea' | 'nay' | null {
  const labels = Object.keys(file.votes).filter((label) => file.votes[label]?.includes('VP'))
  if (labels.length === 0) return null
  const { option } = readLabel(labels[0] ?? '', false)
  const isOnce = labels.length === 1 && file.votes[labels[0] ?? '']?.filter((entry) => entry === 'VP').length === 1
  if (!isOnce || file.chamber !== 's' || (option !== 'yea' && option !== 'nay'))
    refuse(`"VP" is listed under ${labels.join(', ')}`)
  return option
}

/** The format has no totals, but the Senate's result text has the two that count: `Motion Agreed to (66-32, …)`. */
function readResultText(file: RollCallJson): Record<string, number> | null {
  const tally = /\((\d+)-(\d+)[,)]/.exec(file.result_text)
  if (!tally) return null
  const isTrial = Object.keys(file.votes).some((label) => label.toLowerCase().includes('guilty'))
  return { [isTrial ? 'guilty' : 'yea']: Number(tally[1]), [isTrial ? 'not_guilty' : 'nay']: Number(tally[2]) }
}
