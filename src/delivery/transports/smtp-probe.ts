// Watches a connection being set up, through Nodemailer's logger: how far it came.
import type { Stage } from '../transport.ts'

export interface Probe {
  /** Handed to Nodemailer with `transactionLog`. It keeps verbs, never the text: that holds the login. */
  readonly logger: Record<
    'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    (entry: unknown, text?: unknown) => void
  >
  stage(): Stage
}

const STAGES: Readonly<Record<string, Stage>> = { EHLO: 'ehlo', HELO: 'ehlo', STARTTLS: 'starttls', AUTH: 'auth' }

/** Returns a probe for one connection. */
export function createProbe(): Probe {
  let stage: Stage = 'connect'
  const note = (entry: unknown, text?: unknown): void => {
    const tnx = fieldOf(entry, 'tnx')
    if (tnx === 'network' && stage === 'connect') stage = 'greeting'
    else if (tnx === 'client' && typeof text === 'string') stage = STAGES[text.split(' ', 1)[0] ?? ''] ?? stage
  }
  return {
    logger: { trace: note, debug: note, info: note, warn: note, error: note, fatal: note },
    stage: () => stage,
  }
}

function fieldOf(entry: unknown, name: string): unknown {
  return typeof entry === 'object' && entry !== null ? Reflect.get(entry, name) : undefined
}
