// House roll calls as the Clerk publishes them (clerk.house.gov/evs/2017/roll708.xml).
import { easternInstant } from '../day.ts'
import { optionKey } from '../position.ts'
import { partyLetter } from '../party.ts'
import { asksForSpeaker, readLabel } from './label.ts'
import type { ListedPosition, ParsedRollCall } from './parsed.ts'
import { readCount, refuse } from './refuse.ts'
import { billId, rollCallId, yearOfSession } from './roll-call-id.ts'
import { childOf, childrenOf, needChild, needText, textOf } from './xml.ts'
import type { XmlElement } from './xml.ts'

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const TOTALS = { yea: 'yea-total', nay: 'nay-total', present: 'present-total', not_voting: 'not-voting-total' } as const

/** Returns the roll call of a `<rollcall-vote>` element; refuses files without ids (before 2003) and unknown shapes. */
export function readHouseClerk(root: XmlElement): ParsedRollCall {
  const head = needChild(root, 'vote-metadata')
  const congress = readCount(needText(head, 'congress'), 'congress')
  const session = readSession(needText(head, 'session'))
  const number = readCount(needText(head, 'rollcall-num'), 'rollcall-num')
  const question = needText(head, 'vote-question')
  const legisNum = /^(.*?)\s*(\d+)$/.exec(textOf(head, 'legis-num'))
  const year = yearOfSession(congress, session)
  return {
    kind: 'roll_call',
    format: 'house-clerk',
    id: rollCallId('house', congress, session, number),
    chamber: 'house',
    congress,
    session,
    number,
    heldAt: readTime(head),
    question: [question, textOf(head, 'vote-desc')].filter(Boolean).join(': '),
    voteType: needText(head, 'vote-type'),
    requirement: readRequirement(needText(head, 'vote-type')),
    result: needText(head, 'vote-result'),
    category: null,
    bill: legisNum ? billId(legisNum[1] ?? '', legisNum[2] ?? '', congress) : null,
    tieBreaker: null,
    sourceUrl: `https://clerk.house.gov/evs/${year}/roll${String(number).padStart(3, '0')}.xml`,
    modifiedAt: null,
    ...readTotals(needChild(head, 'vote-totals')),
    positions: readPositions(needChild(root, 'vote-data'), asksForSpeaker(question)),
  }
}

function readSession(text: string): number {
  const session = { '1st': 1, '2nd': 2 }[text]
  return session ?? refuse(`<session> is "${text}", not 1st or 2nd`)
}

function readTime(head: XmlElement): Date {
  const date = /^(\d{1,2})-([A-Z][a-z]{2})-(\d{4})$/.exec(needText(head, 'action-date'))
  const month = MONTHS.indexOf(date?.[2] ?? '') + 1
  const clock = childOf(head, 'action-time')?.attributes['time-etz'] ?? ''
  if (!date || month === 0 || !/^\d{1,2}:\d{2}$/.test(clock)) {
    refuse(`the time of the vote is "${textOf(head, 'action-date')}", "${clock}"; expected like 21-Dec-2017, 16:53`)
  }
  const day = `${date[3]}-${String(month).padStart(2, '0')}-${(date[1] ?? '').padStart(2, '0')}`
  return easternInstant(`${day}T${clock.padStart(5, '0')}`)
}

function readRequirement(voteType: string): string {
  if (voteType === 'QUORUM') return 'QUORUM'
  const known = /^(2\/3 )?(YEA-AND-NAY|RECORDED VOTE)$/.exec(voteType)
  if (!known)
    refuse(`<vote-type> is "${voteType}"; known are YEA-AND-NAY, RECORDED VOTE (each also with 2/3) and QUORUM`)
  return known[1] ? '2/3' : '1/2'
}

function readTotals(totals: XmlElement): Pick<ParsedRollCall, 'totals' | 'partyTotals'> {
  const byVote = childOf(totals, 'totals-by-vote')
  if (byVote) {
    const byParty = childrenOf(totals, 'totals-by-party')
    return {
      totals: readRow(byVote),
      partyTotals: byParty.map((row) => ({ party: partyLetter(needText(row, 'party')), totals: readRow(row) })),
    }
  }
  const candidates = childrenOf(totals, 'totals-by-candidate')
  if (candidates.length === 0) refuse('<vote-totals> has neither <totals-by-vote> nor <totals-by-candidate>')
  const rows = candidates.map((row) => {
    const name = needText(row, 'candidate')
    return [optionKey(readLabel(name, true)), readCount(textOf(row, 'candidate-total'), `the total of ${name}`, 0)]
  })
  return { totals: Object.fromEntries(rows), partyTotals: [] }
}

function readRow(row: XmlElement): Record<string, number> {
  return Object.fromEntries(
    Object.entries(TOTALS).map(([option, name]) => [option, readCount(textOf(row, name), `<${name}>`, 0)]),
  )
}

function readPositions(data: XmlElement, isSpeakerElection: boolean): ListedPosition[] {
  return childrenOf(data, 'recorded-vote').map((recorded) => {
    const legislator = needChild(recorded, 'legislator')
    const displayName = legislator.text.trim()
    const memberId = legislator.attributes['name-id']?.trim() ?? ''
    if (memberId === '') {
      refuse(`"${displayName}" has no name-id`, 'the Clerk writes ids from 2003 on; names alone are never matched')
    }
    return {
      ...readLabel(needText(recorded, 'vote'), isSpeakerElection),
      memberId,
      party: legislator.attributes['party']?.trim() ?? '',
      state: legislator.attributes['state']?.trim() ?? '',
      displayName,
    }
  })
}
