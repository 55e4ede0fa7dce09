// A person sets the day a term ended, where the files say it too late.
import type { Clock } from '../core/clock.ts'
import { RollcallError } from '../core/errors.ts'
import { recordAct } from '../store/audit-entries.ts'
import type { Db } from '../store/connect.ts'
import { easternDay, parseDay } from './day.ts'
import { insertIssues } from './import-issues.ts'
import { reassessRollCalls } from './reassess.ts'
import { loadRollCallsBetween } from './roll-calls.ts'
import { parseSeatId } from './seat.ts'
import { loadTerms, updateTermEnds } from './terms.ts'
import type { StoredTerm } from './terms.ts'

export interface TermEnd {
  bioguide: string
  seatId: string
  /** The first day without this holder. */
  end: string
  reason: string
  /** Who says so. */
  name: string
}

/**
 * Ends the term of that person in that seat which runs on, or ended last before, the given day; judges the roll calls
 * in between anew. Returns sentences for the operator. Throws `no_such_term`, `term_not_shortened`, `reason_missing`.
 */
export async function endTerm(db: Db, request: TermEnd, clock: Clock): Promise<string[]> {
  const end = parseDay(request.end)
  const seat = parseSeatId(request.seatId)
  if (request.reason.trim() === '')
    throw new RollcallError('reason_missing', 'an end of a term needs a reason', {
      hint: 'pass --reason TEXT',
      kind: 'usage',
    })
  const now = clock.now()
  return db.transaction().execute(async (trx) => {
    const own = (await loadTerms(trx)).filter((term) => term.bioguide === request.bioguide && term.seatId === seat.id)
    const term = own.findLast((each) => each.start < end) ?? own[0]
    if (!term)
      throw new RollcallError('no_such_term', `${request.bioguide} has no term in ${seat.id}`, {
        hint: 'rollcall congress lookup ZIP shows who holds a seat',
      })
    refuseEnd(term, end)
    await updateTermEnds(trx, [{ ...term, end, endBasis: 'manual' }])
    const sentence = `${request.name} ended the term of ${request.bioguide} in ${seat.id} on ${end} (was ${term.end}, ${term.endBasis}): ${request.reason.trim()}.`
    const finding = {
      code: 'manual_end',
      severity: 'warning' as const,
      subject: `${seat.id} ${request.bioguide}`,
      sentence,
      facts: { end, was: term.end },
    }
    await recordAct(trx, {
      actor: request.name,
      act: 'end term',
      object: `term/${seat.id}/${request.bioguide}`,
      reason: request.reason.trim(),
      before: term.end,
      after: end,
    })
    await insertIssues(trx, [finding], { sourceId: null, rollCallId: null, now })
    const last = term.end > end ? term.end : easternDay(now)
    return [sentence, ...(await reassessRollCalls(trx, await loadRollCallsBetween(trx, seat.chamber, end, last), now))]
  })
}

/** Later ends could run into the next holder; the files bring those. */
function refuseEnd(term: StoredTerm, end: string): void {
  if (term.start < end && end <= term.end) return
  throw new RollcallError(
    'term_not_shortened',
    `the term of ${term.bioguide} in ${term.seatId} runs from ${term.start} to ${term.end}; ${end} is not within it`,
    {
      hint: 'give the first day without this holder',
      kind: 'usage',
    },
  )
}
