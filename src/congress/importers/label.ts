// A roll call's label for a position, as one of our options.
import { optionOfLabel } from '../position.ts'
import type { Position } from '../position.ts'
import { refuse } from './refuse.ts'

/**
 * Returns the position a label means. In the election of a Speaker an unknown label is a candidate's name;
 * elsewhere it refuses the file.
 */
export function readLabel(raw: string, isSpeakerElection: boolean): Position {
  const label = raw.trim()
  const option = optionOfLabel(label)
  if (option) return { option, label, candidateName: null }
  if (isSpeakerElection && label !== '') return { option: 'candidate', label, candidateName: label }
  return refuse(
    `"${label.slice(0, 60)}" is no option of a roll call`,
    'known are Yea, Nay, Aye, No, Present, Not Voting, Guilty and Not Guilty',
  )
}

/** Returns whether the question is the election of the Speaker, where members name a person. */
export function asksForSpeaker(question: string): boolean {
  return /^election of (the )?speaker\b/i.test(question.trim())
}
