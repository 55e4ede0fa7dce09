// The words for how a legislator voted: a short answer for a card and a clause that follows the name.
import type { Position, SeatMatch } from '../congress/match.ts'
import { unreachable } from '../core/errors.ts'

/** `position` is '' where there is none; `verb` completes "Sen. Wyden …". */
export interface Wording {
  position: string
  verb: string
}

/** Returns the words for what the record says of this seat, whatever stance the campaign makes of it. */
export function wordingOf(match: SeatMatch): Wording {
  if (match.voter === null) return { position: '', verb: 'was vacant' }
  if (match.position !== null) return votedWords(match.position)
  if (match.stance === 'not_serving') return { position: '', verb: 'was not yet sworn in' }
  if (!match.seat.voting) return { position: '', verb: 'has no vote in Congress' }
  // Serving, voting, and not on the roll: the Speaker, whom the Clerk lists only when he votes.
  return { position: 'Not voting', verb: 'did not vote' }
}

function votedWords({ option, candidateName, label }: Position): Wording {
  switch (option) {
    case 'yea':
      return { position: 'Yes', verb: 'voted Yes' }
    case 'nay':
      return { position: 'No', verb: 'voted No' }
    case 'present':
      return { position: 'Present', verb: 'voted Present' }
    case 'not_voting':
      return { position: 'Not voting', verb: 'did not vote' }
    case 'guilty':
      return { position: 'Guilty', verb: 'voted Guilty' }
    case 'not_guilty':
      return { position: 'Not guilty', verb: 'voted Not Guilty' }
    case 'candidate':
      return { position: candidateName ?? label, verb: `voted for ${candidateName ?? label}` }
    default:
      return unreachable(option)
  }
}
