// What the program of the naive and the usual way is given, and what it answers.
import type { Header, Mailbox } from '../../src/message/message.ts'
import type { PersonView, VariantView } from '../../src/message/view.ts'

export interface BaselinePerson {
  variant: number
  person: PersonView
  from: Mailbox
  replyTo: Mailbox
  to: Mailbox
  envelopeFrom: string
  messageId: string
  date: string
  headers: readonly Header[]
}

export interface BaselineInput {
  /** `naive`: MJML for each recipient; `usual`: MJML once. */
  way: 'naive' | 'usual'
  port: number
  connections: number
  views: VariantView[]
  people: BaselinePerson[]
}

export interface BaselineOutput {
  sent: number
  /** From the first rendering to the last accepted message; the start of the program is left out. */
  seconds: number
  /** CPU time of the same span, in microseconds. */
  cpuMicros: number
  meanBytes: number
}
