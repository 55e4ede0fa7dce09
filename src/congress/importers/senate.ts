// Senate roll calls as the Senate publishes them (vote_115_1_00325.xml).
import { easternInstant } from '../day.ts'
import { readLabel } from './label.ts'
import type { ListedPosition, ParsedRollCall } from './parsed.ts'
import { readCount, refuse } from './refuse.ts'
import { billId, rollCallId } from './roll-call-id.ts'
import { childOf, childrenOf, needChild, needText, textOf } from './xml.ts'
import type { XmlElement } from './xml.ts'

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const ROOT = 'https://www.senate.gov/legislative/LIS/roll_call_votes'

/** Returns the roll call of a `<roll_call_vote>` element; refuses unknown shapes. Times are US Eastern without a zone. */
export function readSenate(root: XmlElement): ParsedRollCall {
  const congress = readCount(needText(root, 'congress'), 'congress')
  const session = readCount(needText(root, 'session'), 'session')
  const number = readCount(needText(root, 'vote_number'), 'vote_number')
  if (session !== 1 && session !== 2) refuse(`<session> is ${session}, not 1 or 2`)
  const modified = textOf(root, 'modify_date')
  const document = childOf(root, 'document')
  const positions = childrenOf(needChild(root, 'members'), 'member').map(readMember)
  return {
    kind: 'roll_call',
    format: 'senate',
    id: rollCallId('senate', congress, session, number),
    chamber: 'senate',
    congress,
    session,
    number,
    heldAt: readTime(needText(root, 'vote_date')),
    question: textOf(root, 'vote_question_text') || needText(root, 'question'),
    voteType: needText(root, 'question'),
    requirement: textOf(root, 'majority_requirement') || null,
    result: needText(root, 'vote_result'),
    category: null,
    bill: document ? billId(textOf(document, 'document_type'), textOf(document, 'document_number'), congress) : null,
    tieBreaker: readTieBreaker(root),
    sourceUrl: `${ROOT}/vote${congress}${session}/vote_${congress}_${session}_${String(number).padStart(5, '0')}.xml`,
    modifiedAt: modified === '' ? null : readTime(modified),
    totals: readTotals(needChild(root, 'count'), positions),
    partyTotals: [],
    positions,
  }
}

/** Reads `December 21, 2017,  06:48 PM`. */
function readTime(text: string): Date {
  const parts = /^([A-Z][a-z]+) (\d{1,2}), (\d{4}),\s+(\d{1,2}):(\d{2}) ([AP])M$/.exec(text)
  const month = MONTHS.indexOf(parts?.[1] ?? '') + 1
  if (!parts || month === 0) refuse(`"${text}" is no time; expected like December 21, 2017, 06:48 PM`)
  const hour = (Number(parts[4]) % 12) + (parts[6] === 'P' ? 12 : 0)
  const two = (value: string | number): string => String(value).padStart(2, '0')
  return easternInstant(`${parts[3]}-${two(month)}-${two(parts[2] ?? '')}T${two(hour)}:${parts[5]}`)
}

function readMember(member: XmlElement): ListedPosition {
  const displayName = needText(member, 'member_full')
  const memberId = textOf(member, 'lis_member_id')
  if (memberId === '') refuse(`"${displayName}" has no lis_member_id`, 'names alone are never matched')
  return {
    ...readLabel(needText(member, 'vote_cast'), false),
    memberId,
    party: textOf(member, 'party'),
    state: textOf(member, 'state'),
    displayName,
  }
}

/** In a trial the Senate counts Guilty under yeas and Not Guilty under nays. */
function readTotals(count: XmlElement, positions: readonly ListedPosition[]): Record<string, number> {
  const isTrial = positions.some(({ option }) => option === 'guilty' || option === 'not_guilty')
  const read = (name: string): number => readCount(textOf(count, name), `<${name}>`, 0)
  return {
    [isTrial ? 'guilty' : 'yea']: read('yeas'),
    [isTrial ? 'not_guilty' : 'nay']: read('nays'),
    present: read('present'),
    not_voting: read('absent'),
  }
}

function readTieBreaker(root: XmlElement): 'yea' | 'nay' | null {
  const breaker = childOf(root, 'tie_breaker')
  const vote = breaker ? textOf(breaker, 'tie_breaker_vote') : ''
  if (vote === '') return null
  const { option } = readLabel(vote, false)
  return option === 'yea' || option === 'nay' ? option : refuse(`the tie-breaker's vote is "${vote}"`)
}
