// The matcher: everything a campaign needs to know of any ZIP, read once, then answered from memory.
import { RollcallError } from '../core/errors.ts'
import type { Db } from '../store/connect.ts'
import { contains } from './day.ts'
import type { Day } from './day.ts'
import { loadIssues } from './import-issues.ts'
import { stateName } from './jurisdiction.ts'
import { loadPeople } from './legislators.ts'
import { matchSeats } from './match.ts'
import type { Basis, CandidateSeats, Match, Person, SeatEntry } from './match.ts'
import { partyLetter, partyOn } from './party.ts'
import { optionKey } from './position.ts'
import { loadPositions, loadRollCall } from './roll-calls.ts'
import type { RollCallFacts, StoredPosition } from './roll-calls.ts'
import { loadSeatsOn } from './seats.ts'
import type { Chamber, Seat, SeatId } from './seat.ts'
import { stanceOf } from './stance.ts'
import type { RuledStance, StanceOverride, StanceRules } from './stance.ts'
import { holderOn } from './term.ts'
import { loadTerms } from './terms.ts'
import type { StoredTerm } from './terms.ts'
import { loadMapOn, loadZipSeats, loadZipStates } from './zip-maps.ts'
import type { DistrictMap } from './zip-maps.ts'

export interface MatcherRequest {
  /** Primary roll calls; a chamber without one contributes no seat. */
  house: string | null
  senate: string | null
  rules: StanceRules
  overrides: readonly StanceOverride[]
  /** The day somebody may call: whose phone rings. */
  callOn: Day
}

/** Why a campaign with these roll calls and rules must not be sent. */
interface Blocker {
  /** `unknown_id`, `no_term`, `state_mismatch`, `unlisted_legislator`, `seat_count`, `refused_file`, `unmapped_option`. */
  code: string
  rollCallId: string
  sentence: string
}

export interface Matcher {
  /** The ZIP map in use: `115`. */
  readonly mapId: string
  readonly house: RollCallFacts | null
  readonly senate: RollCallFacts | null
  /** Returns the match of five digits; of null, or of a ZIP nobody knows, a match without candidates. */
  match(zip: string | null): Match
  /** Returns the match of one House seat (basis `manual`); throws `unknown_seat` when the map has no such seat. */
  matchSeat(houseSeatId: SeatId): Match
  /** Returns every ZIP of the map, in order. */
  zips(): string[]
  /** Returns what forbids a send; empty when nothing does. */
  blockers(): Blocker[]
}

/**
 * Returns a matcher over the map that was valid on the day of the roll calls (of the call, when there are none).
 * Throws `unknown_roll_call`, `wrong_chamber`, `no_map`, and `two_maps` when the two roll calls lie under different maps.
 */
export async function createMatcher(db: Db, request: MatcherRequest): Promise<Matcher> {
  const house = await loadPrimary(db, 'house', request.house)
  const senate = await loadPrimary(db, 'senate', request.senate)
  const map = await loadMapFor(db, house, senate, request.callOn)
  const callMap = await loadMapOn(db, request.callOn)
  const people = await loadPeople(db)
  const overrides = new Map(request.overrides.map((each) => [each.legislatorId, each.stance]))
  const blockers = await loadBlockers(
    db,
    [house, senate].filter((each) => each !== null),
  )
  const entriesOf = async (chamber: Chamber, rollCall: RollCallFacts | null): Promise<Map<SeatId, SeatEntry>> => {
    if (!rollCall) return new Map()
    const day = { ...request, overrides, people, rollCall, sameMap: chamber === 'senate' || callMap?.id === map.id }
    const { entries, gaps } = buildEntries(await loadChamber(db, rollCall), day)
    for (const gap of gaps) {
      if (
        !blockers.some(
          (other) => other.subject === gap.subject && other.code === gap.code && other.rollCallId === gap.rollCallId,
        )
      )
        blockers.push(gap)
    }
    return entries
  }
  const index = indexCandidates(
    await entriesOf('house', house),
    await entriesOf('senate', senate),
    await loadZipSeats(db, map.id),
  )
  const open = blockers
    .filter((blocker) => !blocker.settled)
    .map(({ code, rollCallId, sentence }) => ({ code, rollCallId, sentence }))
  return answerFrom(index, await loadZipStates(db), { mapId: map.id, house, senate, blockers: () => open })
}

async function loadPrimary(db: Db, chamber: Chamber, id: string | null): Promise<RollCallFacts | null> {
  if (id === null) return null
  const rollCall = await loadRollCall(db, id)
  if (rollCall.chamber === chamber) return rollCall
  throw new RollcallError('wrong_chamber', `roll call ${id} is of the ${rollCall.chamber}, not the ${chamber}`)
}

async function loadMapFor(
  db: Db,
  house: RollCallFacts | null,
  senate: RollCallFacts | null,
  callOn: Day,
): Promise<DistrictMap> {
  const day = house?.heldOn ?? senate?.heldOn ?? callOn
  const map = await loadMapOn(db, day)
  if (!map) {
    throw new RollcallError('no_map', `no ZIP map is valid on ${day}`, {
      hint: 'import one: rollcall congress import FILE.csv --congress N',
    })
  }
  if (senate && !contains(map, senate.heldOn)) {
    throw new RollcallError('two_maps', `the roll calls of ${day} and ${senate.heldOn} lie under different ZIP maps`, {
      hint: 'take two roll calls of one Congress',
    })
  }
  return map
}

/** A blocker with what makes it the same one, and whether a person has settled it. */
type Finding = Blocker & { subject: string; settled: boolean }

async function loadBlockers(db: Db, rollCalls: readonly RollCallFacts[]): Promise<Finding[]> {
  const issues = await loadIssues(db, { rollCallIds: rollCalls.map((each) => each.id) })
  return issues
    .filter((issue) => issue.severity === 'blocking')
    .map(({ code, rollCallId, sentence, subject, resolvedAt }) => ({
      code,
      rollCallId: rollCallId ?? '',
      sentence,
      subject,
      settled: resolvedAt !== null,
    }))
}

interface ChamberFacts {
  seats: Seat[]
  positions: Map<SeatId, StoredPosition>
  terms: Map<SeatId, StoredTerm[]>
}

async function loadChamber(db: Db, rollCall: RollCallFacts): Promise<ChamberFacts> {
  const positions = await loadPositions(db, rollCall.id)
  return {
    seats: await loadSeatsOn(db, rollCall.chamber, rollCall.heldOn),
    positions: new Map(positions.map((position) => [position.seatId, position])),
    terms: Map.groupBy(await loadTerms(db), (term) => term.seatId),
  }
}

interface DayFacts {
  rollCall: RollCallFacts
  rules: StanceRules
  overrides: ReadonlyMap<string, RuledStance>
  people: ReadonlyMap<string, Person>
  callOn: Day
  /** False when the districts were redrawn between vote and call: then nobody may say whose phone rings. */
  sameMap: boolean
}

function buildEntries(facts: ChamberFacts, day: DayFacts): { entries: Map<SeatId, SeatEntry>; gaps: Finding[] } {
  const { rollCall } = day
  const rules = day.rules.find((each) => each.rollCallId === rollCall.id)?.stances ?? {}
  const entries = new Map<SeatId, SeatEntry>()
  const gaps: Finding[] = []
  for (const seat of facts.seats) {
    const position = facts.positions.get(seat.id) ?? null
    const ofSeat = facts.terms.get(seat.id) ?? []
    const term = ofSeat.find((each) => contains(each, rollCall.heldOn)) ?? null
    const { stance, gap } = stanceOf({ seat, position, term, heldOn: rollCall.heldOn }, rules, day.overrides)
    const voter = day.people.get(position?.legislatorId ?? term?.legislatorId ?? '') ?? null
    entries.set(seat.id, {
      seat,
      stateName: stateName(seat.usps),
      voter,
      party: position?.party ?? (term ? partyAt(term, rollCall.heldOn) : ''),
      position: position && { option: position.option, label: position.label, candidateName: position.candidateName },
      stance,
      holder: day.sameMap ? holderAt(ofSeat, day) : null,
    })
    if (gap) gaps.push(describeGap(gap, seat, position, voter, rollCall))
  }
  return { entries, gaps }
}

function partyAt(term: StoredTerm, on: Day): string {
  return partyLetter(partyOn(term.parties, on)?.party ?? '')
}

function holderAt(ofSeat: readonly StoredTerm[], { callOn, people }: DayFacts): SeatEntry['holder'] {
  const term = holderOn(ofSeat, callOn)
  const person = term && people.get(term.legislatorId)
  return person ? { ...person, party: partyAt(term, callOn) } : null
}

function describeGap(
  code: string,
  seat: Seat,
  position: StoredPosition | null,
  voter: Person | null,
  rollCall: RollCallFacts,
): Finding {
  const rollCallId = rollCall.id
  if (code === 'unmapped_option' && position) {
    const key = optionKey(position)
    const sentence = `${rollCallId} has the option "${key}" (${rollCall.totals[key] ?? 0} positions), and no stance says what it means.`
    return { code, rollCallId, subject: key, settled: false, sentence }
  }
  const sentence = `${voter?.name ?? 'Somebody'} held ${seat.id} on ${rollCall.heldOn} but is not listed on ${rollCallId}.`
  return { code, rollCallId, subject: seat.id, settled: false, sentence }
}

interface CandidateIndex {
  bySeat: ReadonlyMap<SeatId, CandidateSeats>
  byState: ReadonlyMap<string, CandidateSeats[]>
  byZip: ReadonlyMap<string, CandidateSeats[]>
}

function indexCandidates(
  house: ReadonlyMap<SeatId, SeatEntry>,
  senate: ReadonlyMap<SeatId, SeatEntry>,
  zipSeats: readonly { zip: string; seatId: SeatId }[],
): CandidateIndex {
  const senators = Map.groupBy(senate.values(), (entry) => entry.seat.usps)
  const ids = [...new Set(zipSeats.map((row) => row.seatId))].toSorted()
  const bySeat = new Map(
    ids.map((id) => [id, { id, house: house.get(id) ?? null, senate: senators.get(stateOf(id)) ?? [] }]),
  )
  const found = zipSeats.flatMap((row) => {
    const candidate = bySeat.get(row.seatId)
    return candidate ? [{ zip: row.zip, candidate }] : []
  })
  const byZip = Map.groupBy(found, (row) => row.zip)
    .entries()
    .map(([zip, rows]) => [zip, rows.map((row) => row.candidate)] as const)
  return { bySeat, byState: Map.groupBy(bySeat.values(), (candidate) => stateOf(candidate.id)), byZip: new Map(byZip) }
}

function stateOf(id: SeatId): string {
  return id.slice(5, 7)
}

function answerFrom(
  index: CandidateIndex,
  zipStates: ReadonlyMap<string, string[]>,
  facts: Pick<Matcher, 'mapId' | 'house' | 'senate' | 'blockers'>,
): Matcher {
  const answers = new Map<string, Match>()
  const answer = (basis: Basis, candidates: readonly CandidateSeats[]): Match => {
    const key = `${basis} ${candidates.map((each) => each.id).join()}`
    const known = answers.get(key) ?? matchSeats(basis, candidates)
    answers.set(key, known)
    return known
  }
  return {
    ...facts,
    match(zip) {
      const onMap = zip === null ? undefined : index.byZip.get(zip)
      if (onMap) return answer('zip', onMap)
      const states = zip === null ? [] : (zipStates.get(zip) ?? [])
      return answer(
        'state',
        states.flatMap((usps) => index.byState.get(usps) ?? []),
      )
    },
    matchSeat(houseSeatId) {
      const candidate = index.bySeat.get(houseSeatId)
      if (!candidate)
        throw new RollcallError('unknown_seat', `the map ${facts.mapId} has no House seat "${houseSeatId}"`)
      return answer('manual', [candidate])
    },
    zips: () => [...index.byZip.keys()],
  }
}
