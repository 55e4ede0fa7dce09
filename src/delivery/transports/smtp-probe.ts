// Watches one SMTP connection through its logger: how far the conversation is, and whether the final dot was written.
import type { Stage } from '../transport.ts'

export interface Probe {
  /** Handed to Nodemailer with `transactionLog`. It keeps verbs and counts, never the text: that holds addresses. */
  readonly logger: Record<
    'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    (entry: unknown, text?: unknown) => void
  >
  /** Called with the reply to EHLO. */
  greeted(reply: string): void
  /** What the server offers, upper case: `PIPELINING`, `DSN`, `SIZE`, … */
  extensions(): readonly string[]
  /** Called before each message. */
  begin(): void
  stage(): Stage
  /** The step of the message that the last reply answered. */
  answered(): Stage
  /** Whether the message and its final dot were handed to the kernel: from then on a lost reply is doubt. */
  dotWritten(): boolean
  /** Complete replies since `begin`. */
  replies(): number
}

const SETUP: Readonly<Record<string, Stage>> = { EHLO: 'ehlo', HELO: 'ehlo', STARTTLS: 'starttls', AUTH: 'auth' }

/**
 * Returns a probe for one connection. The mark it rests on: Nodemailer logs one entry with `tnx: 'message'` and
 * `outByteCount` when the encoded message was written to the socket. It is never late; it may be early by what
 * sits in buffers, which is the safe side.
 */
export function createProbe(): Probe {
  let setup: Stage = 'connect'
  let inMessage = false
  let replies = 0
  let dot = false
  let offered: readonly string[] = []
  const note = (entry: unknown, text?: unknown): void => {
    const tnx = fieldOf(entry, 'tnx')
    if (tnx === 'message') dot ||= fieldOf(entry, 'outByteCount') !== undefined
    else if (tnx === 'server') replies += 1
    else if (tnx === 'network' && setup === 'connect') setup = 'greeting'
    else if (tnx === 'client' && !inMessage && typeof text === 'string')
      setup = SETUP[text.split(' ', 1)[0] ?? ''] ?? setup
  }
  return {
    logger: { trace: note, debug: note, info: note, warn: note, error: note, fatal: note },
    greeted(reply) {
      offered = reply
        .split(/\r?\n/)
        .slice(1)
        .map((line) => line.slice(4).trim().split(/[ =]/, 1)[0]?.toUpperCase() ?? '')
    },
    extensions: () => offered,
    begin() {
      inMessage = true
      replies = 0
      dot = false
    },
    stage: () => (inMessage ? messageStage(dot, replies) : setup),
    answered: () => messageStage(dot, replies - 1),
    dotWritten: () => dot,
    replies: () => replies,
  }
}

/** MAIL, RCPT and DATA may all be on the wire at once (RFC 2920): the replies tell how far the server is. */
function messageStage(dot: boolean, replies: number): Stage {
  if (dot) return 'dot'
  return replies <= 0 ? 'mail' : replies === 1 ? 'rcpt' : 'data'
}

function fieldOf(entry: unknown, name: string): unknown {
  return typeof entry === 'object' && entry !== null ? Reflect.get(entry, name) : undefined
}
