// The part of the check about facts: quarantined ids, unexplained seats, off-party legislators, overrides, vacancies.
import type { Matcher } from '../congress/matcher.ts'
import { offParty, type OffPartyPosition } from '../congress/off-party.ts'
import type { Match } from '../congress/match.ts'
import type { Problem } from '../message/problem.ts'
import type { Db } from '../store/connect.ts'

/** Returns what there is to say about the roll calls, rules and people of a campaign. */
export async function checkCongress(db: Db, id: string, matcher: Matcher): Promise<Problem[]> {
  const rollCalls = [matcher.house, matcher.senate].filter((each) => each !== null)
  const offParties = await Promise.all(rollCalls.map((rollCall) => offParty(db, rollCall.id)))
  return [
    ...matcher.blockers().map(blockerProblem),
    ...(rollCalls.length === 0 ? [noRollCall()] : []),
    ...rollCalls.flatMap((rollCall, index) => offPartyProblems(rollCall.id, offParties[index] ?? [])),
    ...(await overrideProblems(db, id)),
    ...seatNotices(matcher),
  ]
}

function blockerProblem({ code, rollCallId, sentence }: ReturnType<Matcher['blockers']>[number]): Problem {
  const hint =
    code === 'unmapped_option'
      ? `say what it means under rollCalls, stances of ${rollCallId}`
      : '`rollcall congress issues` shows it; settle it with `rollcall congress resolve` or import the missing data'
  return { severity: 'error', code, message: sentence, hint }
}

function noRollCall(): Problem {
  return {
    severity: 'error',
    code: 'no_primary',
    message: 'the campaign has no primary roll call',
    hint: 'give one under rollCalls the role primary',
    file: 'campaign.yaml',
  }
}

/** One warning a party and side, with every name: a person should have read them before the send. */
function offPartyProblems(rollCallId: string, positions: readonly OffPartyPosition[]): Problem[] {
  return [...Map.groupBy(positions, ({ party, label }) => `${party} ${label}`).values()].map((same) => {
    const [first] = same
    const names = same.map(({ person, seatId }) => `${person.name} (${seatId.replace(/^US-[HS]-/, '')})`)
    return {
      severity: 'warning',
      code: 'off_party',
      message: `${rollCallId}: ${same.length} ${first?.party ?? ''} voted ${first?.label ?? ''}, against most of their side: ${names.join(', ')}`,
      hint: 'read the names; party is not the stance',
    }
  })
}

async function overrideProblems(db: Db, id: string): Promise<Problem[]> {
  // Legislators whom somebody judged by hand, with the reason.
  const rows = await db
    .selectFrom('stance_override as o')
    .innerJoin('legislator as l', 'l.id', 'o.legislator_id')
    .select(['l.bioguide', 'l.last_name', 'o.stance', 'o.reason', 'o.set_by'])
    .where('o.campaign_id', '=', id)
    .orderBy('l.last_name')
    .execute()
  return rows.map((row) => ({
    severity: 'warning',
    code: 'override',
    message: `${row.last_name} (${row.bioguide}) counts as ${row.stance} by hand: ${row.reason} (${row.set_by})`,
  }))
}

/** Who cannot be thanked or blamed, and who has left since: things a campaign manager is asked about. */
function seatNotices(matcher: Matcher): Problem[] {
  const seats = new Map<string, Match['seats'][number]>()
  for (const zip of matcher.zips()) for (const seat of matcher.match(zip).seats) seats.set(seat.seat.id, seat)
  const all = [...seats.values()]
  const list = (code: string, message: string, found: string[]): Problem[] =>
    found.length > 0
      ? [{ severity: 'notice', code, message: `${found.length} ${message}: ${found.sort().join(', ')}` }]
      : []
  return [
    ...list(
      'vacant',
      'seats were vacant at the vote',
      all.filter((each) => each.stance === 'vacant').map((each) => each.seat.id),
    ),
    ...list(
      'absent',
      'did not vote',
      all.filter((each) => each.stance === 'absent').map((each) => `${each.voter?.name ?? ''} (${each.seat.id})`),
    ),
    ...list(
      'succeeded',
      'no longer hold the seat on the day of the call',
      all
        .filter((each) => each.voter && each.voter.legislatorId !== each.holder?.legislatorId)
        .map((each) => `${each.voter?.name ?? ''} (${each.seat.id}, now ${each.holder?.name ?? 'nobody'})`),
    ),
  ]
}
