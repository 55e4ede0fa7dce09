// The shape of what a run finds out.
import type { Share } from './profile.ts'

/** Microseconds of CPU time a message; null where there is no such process. */
export interface CpuMicros {
  /** The sending program or the workers. */
  sender: number
  /** The workers after a fifth of the messages: without start, template and warming up. Null for other programs. */
  steady: number | null
  postgres: number | null
  redis: number | null
  sink: number
}

/** One way of sending, measured. */
export interface SendLine {
  name: string
  messages: number
  /** From the first to the last message, as the ledger, or for other programs the sender, says. */
  perSecond: number
  /** From launch to finished; for other programs from start to end. */
  wallSeconds: number
  /** The launch alone: audience frozen and shards queued. */
  launchSeconds: number | null
  cpu: CpuMicros
  /** Of the process that had most. */
  peakBytes: number | null
  /** The same of workers when they are ready, and after a fifth of the messages, template compiled; null for others. */
  earlyPeaks: { ready: number; fifth: number | null } | null
  /** Mean size of a message as it left; null when the line does not measure it. */
  meanBytes: number | null
  /** Null when sink, ledger and audience agree, else what differs. */
  problem: string | null
  /** What else must be known to read the line. */
  remark: string | null
}

/** The loops of one process over the same recipients: microseconds of Node's CPU time a message. */
export interface SplitLine {
  messages: number
  render: number
  /** Building and hashing the bytes, beyond rendering. */
  mime: number
  smtp: number
  /** Signing, beyond sending. */
  dkim: number
  /** Claim and settle with the send loop around them, handing over to nothing. */
  database: number
  /** Of PostgreSQL, for the same claims and settles. */
  postgres: number
}

/** Where one profiled worker spent its time. */
export interface ProfileLine {
  messages: number
  /** With the profiler running. */
  perSecond: number
  /** Of the main thread, while busy; biggest first. */
  shares: Share[]
}

export interface ScaleLine extends SendLine {
  recipients: number
  imported: ImportLine
}

export interface SendGridLine extends SendLine {
  batch: number
  callsPerThousand: number
}

/** Opt-outs while a campaign went out; milliseconds from the request to its answer. */
export interface UnsubscribeLine {
  perSecond: number
  wishes: number
  p50Ms: number
  p99Ms: number
  maxMs: number
  /** From request to effect, as the opt-out log says. */
  ledgerP99Ms: number
  sentMeanwhile: number
  /** Messages that were on their way when the wish came. */
  inTheAir: number
  /** Null when every wish was answered with 200, is in force, and no message left after it. */
  problem: string | null
}

export interface ImportLine {
  rows: number
  seconds: number
  /** CPU time a row. */
  nodeMicros: number
  postgresMicros: number
  peakBytes: number
}

export interface Machine {
  takenAt: string
  cpu: string
  cores: number
  memoryGigabytes: number
  system: string
  node: string
  postgres: string
  postgresSettings: Record<string, string>
  redis: string | null
  postfix: string
}

export interface Results {
  machine: Machine
  connections: number
  /** Settings of the product given by hand. */
  settings: Record<string, string>
  /** Mean size of the real messages, which the limit sends too. */
  meanBytes: number | null
  sends: SendLine[]
  split: SplitLine | null
  profile: ProfileLine | null
  scale: ScaleLine[]
  sendgrid: SendGridLine[]
  unsubscribes: UnsubscribeLine | null
  imported: ImportLine | null
  /** Lines that could not be measured, and why. */
  failures: string[]
}
