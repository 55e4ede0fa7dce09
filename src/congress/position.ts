// A position: how one legislator voted on one roll call.

export const OPTIONS = ['yea', 'nay', 'present', 'not_voting', 'guilty', 'not_guilty', 'candidate'] as const
export type PositionOption = (typeof OPTIONS)[number]

/** How they voted: the label is the roll call's own word (`Aye`, `Not Voting`). */
export interface Position {
  option: PositionOption
  label: string
  /** Set when the option is a candidate's name (the election of a Speaker). */
  candidateName: string | null
}

const LABELS: Readonly<Record<string, PositionOption>> = {
  yea: 'yea',
  aye: 'yea',
  nay: 'nay',
  no: 'nay',
  present: 'present',
  'not voting': 'not_voting',
  guilty: 'guilty',
  'not guilty': 'not_guilty',
}

/** Returns the option that a roll call's label means (`Aye` is yea), or null for an unknown word. */
export function optionOfLabel(label: string): PositionOption | null {
  const key = label.trim().toLowerCase()
  return Object.hasOwn(LABELS, key) ? (LABELS[key] ?? null) : null
}

/** Returns how rules, totals and the manifest name it: the option, or `candidate:NAME`. */
export function optionKey(position: Pick<Position, 'option' | 'candidateName'>): string {
  return position.option === 'candidate' ? `candidate:${position.candidateName ?? ''}` : position.option
}
