// When a deferred delivery is tried again.

/** How long to wait, in milliseconds. */
export interface RetryPlan {
  /** Before the second try: greylisting and a relay's back-pressure pass in a minute. */
  firstMs: number
  /** Before the third try; doubles from there. */
  laterMs: number
  capMs: number
  /** Tries in all, the first included. */
  maxAttempts: number
}

const MINUTE = 60_000

/** RFC 5321 section 4.5.4.1: at least 30 minutes between later tries, give up after about 4 days. */
export const DEFAULT_RETRY: RetryPlan = { firstMs: MINUTE, laterMs: 30 * MINUTE, capMs: 240 * MINUTE, maxAttempts: 27 }

/**
 * Returns when to try again after `attempt` charged attempts (1 or more), or null when that would be past
 * `expiresAt` or the plan's last attempt: then the delivery ends as failed(deadline).
 * Waits `firstMs`, then `laterMs` doubling up to `capMs`, each plus a jitter of up to half of itself (the cap holds).
 * `random` returns a number from 0 up to 1; `atLeastMs` is what the receiver asked for.
 */
export function nextTry(
  attempt: number,
  now: Date,
  expiresAt: Date | null,
  random: () => number,
  { plan = DEFAULT_RETRY, atLeastMs = 0 }: { plan?: RetryPlan; atLeastMs?: number } = {},
): Date | null {
  if (attempt >= plan.maxAttempts) return null
  const waitMs = Math.max(jittered(baseMs(attempt, plan), plan.capMs, random), atLeastMs)
  const at = new Date(now.getTime() + waitMs)
  return expiresAt !== null && at >= expiresAt ? null : at
}

function baseMs(attempt: number, plan: RetryPlan): number {
  if (attempt <= 1) return plan.firstMs
  return Math.min(plan.laterMs * 2 ** Math.min(attempt - 2, 30), plan.capMs)
}

function jittered(baseMs: number, capMs: number, random: () => number): number {
  return Math.round(Math.min(baseMs + (baseMs / 2) * random(), Math.max(capMs, baseMs)))
}
