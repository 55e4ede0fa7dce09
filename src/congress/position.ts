// A position: how one legislator voted on one roll call.

export const OPTIONS = ['yea', 'nay', 'present', 'not_voting', 'guilty', 'not_guilty', 'candidate'] as const
export type PositionOption = (typeof OPTIONS)[number]
