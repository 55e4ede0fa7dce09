// What a returned mail says, as values: one report for each recipient it speaks of.

/** What came back. Only `bounce` and `complaint` may change anything. */
type ReportKind =
  /** The message will not arrive (RFC 3464 Action failed). */
  | 'bounce'
  /** It is still being tried: information. */
  | 'delayed'
  /** A person called it spam or wants no more of it (RFC 5965). */
  | 'complaint'
  /** A machine answered for a person (RFC 3834). */
  | 'auto_reply'
  /** Everything else: letters, receipts, reports that are no complaints. */
  | 'other'

/** Who is to blame (mail-rules, section 12). */
export type ReportClass = 'hard' | 'soft' | 'block' | 'content' | 'config' | 'unknown'

/** One report. Recipients are personal: they are for correlation and for a person's eyes, never for a log. */
export interface Report {
  kind: ReportKind
  /** Null where nothing failed. */
  class: ReportClass | null
  recipient: string | null
  /** Enhanced status code (RFC 3463), `5.1.1`. */
  status: string | null
  /** SMTP reply code, `550`. */
  reply: string | null
  /** For the operator; without addresses. */
  sentence: string
  /** A person writes to be taken off the list; `recipient` is the writer. */
  asksToLeave?: true
}

/** What our own message left in a report: each is worth no more than its signature. */
export interface Traces {
  /** `b+TOKEN` and `unsub+TOKEN` of envelope and headers of the report: what it was addressed to. */
  addressed: readonly string[]
  /** Original-Envelope-Id (RFC 3464 2.2.1): our ENVID. */
  envelopeIds: readonly string[]
  /** X-Rollcall-Delivery of the returned headers. */
  deliveries: readonly string[]
  /** Message-ID of the returned headers, without angle brackets. */
  messageIds: readonly string[]
  /** Message-IDs that the mail answers (RFC 5322 3.6.4): what a person replied to. */
  answered: readonly string[]
}

/** A returned mail that was read to its end; at least one report. */
export interface Reading {
  reports: readonly Report[]
  traces: Traces
}
