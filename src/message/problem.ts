// A problem: something a check found in a template, a manifest or a message, told where it stands and what to do.

type Severity = 'error' | 'warning' | 'notice'

export interface Problem {
  /** Errors stop a launch; warnings need a look; notices inform. */
  severity: Severity
  /** Stable, snake_case: `unknown_field`. */
  code: string
  /** A sentence that echoes the offending value. */
  message: string
  hint?: string
  /** Path inside the template folder. */
  file?: string
  /** 1-based. */
  line?: number
  /** 1-based, in UTF-16 units. */
  column?: number
}
