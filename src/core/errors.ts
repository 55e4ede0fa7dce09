// The one error class for what should not happen: it says what is wrong and what to do.

/** Whether the caller used the tool wrongly (exit 2) or the work itself failed (exit 1). */
export type ErrorKind = 'usage' | 'work'

interface ErrorDetail {
  /** What to do about it, one sentence. */
  hint?: string
  cause?: unknown
  kind?: ErrorKind
}

/**
 * A failure with a stable code, a sentence that echoes the offending value, and a hint.
 * Expected endings (a bounced mail, a refused row) are values, not this.
 */
export class RollcallError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly kind: ErrorKind

  constructor(code: string, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'RollcallError'
    this.code = code
    this.hint = detail.hint
    this.kind = detail.kind ?? 'work'
  }
}

/** Returns the message of anything thrown, for logs and attempt sentences. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Throws when a union member was forgotten; the compiler proves the call unreachable. */
export function unreachable(value: never): never {
  throw new RollcallError('bug', `unexpected value ${JSON.stringify(value)}`)
}
