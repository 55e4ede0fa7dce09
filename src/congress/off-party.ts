// Who voted against the majority of the own party: party is not the stance, and a person should have seen the list.
import type { Db } from '../store/connect.ts'
import { addDays } from './day.ts'
import { loadPeople } from './legislators.ts'
import type { Person } from './match.ts'
import { partyLetter, partyOn } from './party.ts'
import { loadPositions, loadRollCall } from './roll-calls.ts'
import type { RollCallFacts, StoredPosition } from './roll-calls.ts'
import type { StanceRules } from './stance.ts'
import { loadTerms } from './terms.ts'

export interface OffPartyPosition {
  person: Person
  seatId: string
  /** Party letter as recorded that day. */
  party: string
  /** The party whose majority counts: for an independent the caucus. */
  side: string
  label: string
  /** What most of that side chose. */
  majority: 'yea' | 'nay'
}

/** Returns those who voted yea or nay against the majority of their party, or of the party they caucus with; by seat. */
export async function offParty(db: Db, rollCallId: string): Promise<OffPartyPosition[]> {
  const rollCall = await loadRollCall(db, rollCallId)
  const positions = await loadPositions(db, rollCallId)
  const people = await loadPeople(
    db,
    positions.map((position) => position.legislatorId),
  )
  const caucuses = await loadCaucuses(db, rollCall)
  const majorities = majoritiesOf(positions)
  return positions.flatMap((position) => {
    const side =
      majorities.has(position.party) && position.party !== 'I'
        ? position.party
        : (caucuses.get(position.legislatorId) ?? position.party)
    const majority = majorities.get(side)
    const person = people.get(position.legislatorId)
    const isVote = position.option === 'yea' || position.option === 'nay'
    if (!majority || !person || !isVote || position.option === majority) return []
    return [{ person, seatId: position.seatId, party: position.party, side, label: position.label, majority }]
  })
}

async function loadCaucuses(db: Db, rollCall: RollCallFacts): Promise<Map<string, string>> {
  const terms = await loadTerms(db, { start: rollCall.heldOn, end: addDays(rollCall.heldOn, 1) })
  const caucuses = terms.flatMap((term) => {
    const caucus = partyOn(term.parties, rollCall.heldOn)?.caucus
    return caucus ? [[term.legislatorId, partyLetter(caucus)] as const] : []
  })
  return new Map(caucuses)
}

/** Parties that split evenly have no majority. */
function majoritiesOf(positions: readonly StoredPosition[]): Map<string, 'yea' | 'nay'> {
  const majorities = new Map<string, 'yea' | 'nay'>()
  for (const [party, ofParty] of Map.groupBy(positions, (position) => position.party)) {
    const yeas = ofParty.filter((position) => position.option === 'yea').length
    const nays = ofParty.filter((position) => position.option === 'nay').length
    if (yeas !== nays) majorities.set(party, yeas > nays ? 'yea' : 'nay')
  }
  return majorities
}

/** Returns the options that occur on the roll call and that the rules say nothing about, by option or `candidate:NAME`. */
export function unmappedOptions(rollCall: RollCallFacts, rules: StanceRules): string[] {
  const stances = rules.find((each) => each.rollCallId === rollCall.id)?.stances ?? {}
  return Object.entries(rollCall.totals)
    .filter(([key, count]) => count > 0 && !Object.hasOwn(stances, key))
    .map(([key]) => key)
}
