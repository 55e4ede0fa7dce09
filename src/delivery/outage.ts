// Tells a lost database from a bad value: the first passes, the second does not.

/** SQLSTATE classes and codes that say nothing about the statement itself (PostgreSQL appendix A). */
const PASSING = /^(08|53|57P|40001|40P01|55P03)/

/** What pg and Node say when a connection is lost or cannot be made. */
const LOST = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/
const LOST_TEXT =
  /connection (terminated|ended|closed)|timeout exceeded when trying to connect|cannot use a pool after calling end/i

/** Returns whether the error, or one it was caused by, is an outage: the same work may succeed later. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (PASSING.test(code) || LOST.test(code) || LOST_TEXT.test(error.message)) return true
  if (error instanceof AggregateError) return error.errors.some(isOutage)
  return error.cause !== undefined && isOutage(error.cause)
}
