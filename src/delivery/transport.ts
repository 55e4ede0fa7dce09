// The port to whatever carries a message, and what a transport may say happened. What it means is classify.ts.
import type { Message } from '../message/message.ts'

export type TransportKind = 'smtp' | 'sendgrid' | 'file'

/** How far an SMTP conversation, or its HTTP counterpart, had come. */
export type Stage = 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'dot' | 'http'

/** What the receiver said: the three-digit code, the enhanced code when there is one, and the text without addresses. */
export interface Reply {
  code: number
  enhanced: string | null
  text: string
}

/** What happened when one message was handed over. Never an exception: every ending is a value. */
export type Handoff =
  /** The receiver took the message and said so. */
  | { kind: 'accepted'; reply: Reply }
  /** The receiver said no to this message. */
  | { kind: 'refused'; stage: Stage; reply: Reply }
  /** The receiver said no to us (greeting, TLS, login, quota), whatever the message. */
  | { kind: 'lane'; stage: Stage; reply: Reply | null; sentence: string; retryAfterMs: number | null }
  /**
   * The conversation broke without a final reply. `mayBeDelivered`: the message and its final dot had been written.
   * `aborted`: we ended it ourselves, through the signal.
   */
  | { kind: 'broken'; stage: Stage; mayBeDelivered: boolean; sentence: string; aborted?: true }
  /** Our own guard stopped the message before any byte left. */
  | { kind: 'unsendable'; sentence: string }

export interface Transport {
  readonly kind: TransportKind
  /** How many messages may be in the air at once in this process. */
  readonly capacity: number
  /** How many messages one `send` may carry. */
  readonly maxBatch: number
  /**
   * Hands over up to `maxBatch` messages and returns one handoff each, in order.
   * Resolves always; aborting `signal` ends it early, as `broken`.
   */
  send(messages: readonly Message[], signal: AbortSignal): Promise<Handoff[]>
  /** Connects, logs in and sends nothing; returns a sentence for `rollcall doctor`, throws RollcallError when it fails. */
  verify(): Promise<string>
  /**
   * Keeps at most `most` connections open from now on, idle ones included; no message in the air is cut, its connection
   * goes when it has landed. Resolves when the idle ones beyond it are closed. Only where connections stay open.
   */
  limitConnections?(most: number): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
