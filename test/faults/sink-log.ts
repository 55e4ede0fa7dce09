// What the sink saw: its own record of transactions and of the messages it took, which no code of the product touches.
import { createHash } from 'node:crypto'

/** One message that the sink took upon itself. */
interface Acceptance {
  /** Milliseconds since 1970. */
  at: number
  messageId: string
  recipient: string
  /** Hex SHA-256 of the bytes, dots unstuffed. */
  sha256: string
  connection: number
  worker: string
}

/** From MAIL FROM to the final reply. */
export interface Transaction {
  /** Counts from 1, over all connections. */
  number: number
  connection: number
  worker: string
  recipient: string
  beganAt: number
}

export interface SinkLog {
  readonly accepted: readonly Acceptance[]
  /** Recipients whose message was invited with 354: from there on it may have arrived. */
  readonly invited: ReadonlySet<string>
  /** The 5yz codes said to a recipient's transactions. */
  readonly refused: ReadonlyMap<string, readonly number[]>
  /** How many transactions each recipient had. */
  readonly tries: ReadonlyMap<string, number>
  /** Transactions that have no final reply yet, of one worker or of all. */
  open(worker?: string): Transaction[]
  /** How many messages a worker got accepted. */
  acceptedFrom(worker: string): number
}

export interface SinkLogWriter extends SinkLog {
  begin(connection: number, worker: string): Transaction
  addressed(transaction: Transaction, recipient: string): void
  invite(transaction: Transaction): void
  refuse(transaction: Transaction, code: number): void
  accept(transaction: Transaction, message: Buffer): void
  end(transaction: Transaction): void
}

/** Returns an empty log. */
export function createSinkLog(): SinkLogWriter {
  const accepted: Acceptance[] = []
  const invited = new Set<string>()
  const refused = new Map<string, number[]>()
  const tries = new Map<string, number>()
  const byWorker = new Map<string, number>()
  const open = new Set<Transaction>()
  let count = 0
  return {
    accepted,
    invited,
    refused,
    tries,
    open: (worker) => [...open].filter((each) => worker === undefined || each.worker === worker),
    acceptedFrom: (worker) => byWorker.get(worker) ?? 0,
    begin(connection, worker) {
      count += 1
      const transaction = { number: count, connection, worker, recipient: '', beganAt: Date.now() }
      open.add(transaction)
      return transaction
    },
    addressed(transaction, recipient) {
      transaction.recipient = recipient
      tries.set(recipient, (tries.get(recipient) ?? 0) + 1)
    },
    invite: ({ recipient }) => void invited.add(recipient),
    refuse({ recipient }, code) {
      if (code >= 500) refused.set(recipient, [...(refused.get(recipient) ?? []), code])
    },
    accept({ recipient, connection, worker }, message) {
      const messageId = /^Message-ID:\s*<([^>]+)>/im.exec(message.toString('latin1', 0, 4_096))?.[1] ?? ''
      const sha256 = createHash('sha256').update(message).digest('hex')
      accepted.push({ at: Date.now(), messageId, recipient, sha256, connection, worker })
      byWorker.set(worker, (byWorker.get(worker) ?? 0) + 1)
    },
    end: (transaction) => void open.delete(transaction),
  }
}
