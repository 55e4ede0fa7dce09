// Speaks SMTP over a socket that is connected and logged in: one message at a time, each ending known exactly.
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Handoff } from '../transport.ts'
import { FINAL_DOT, transparent } from './smtp-body.ts'
import { mailCommand, rcptCommand, refuseUnfit, type Extensions, type Parcel } from './smtp-commands.ts'
import { reasonOf } from './smtp-failure.ts'
import { createReplyReader, type RawReply } from './smtp-replies.ts'
import { beginTransaction, type Done, type Next, type Transaction } from './smtp-transaction.ts'

/** How a message ended, and what that says about the connection it travelled on. */
export interface Carried {
  handoff: Handoff
  /** True when the server shut the connection before it looked at this message: a fresh one may carry it. */
  wasStale: boolean
}

export interface OpenConnection {
  /** The words after EHLO, upper case: `PIPELINING`, `SIZE`, … */
  readonly extensions: readonly string[]
  sent(): number
  isOpen(): boolean
  carry(parcel: Parcel, signal: AbortSignal): Promise<Carried>
  /** Says QUIT when there is time for it. */
  close(): Promise<void>
}

const GOODBYE_MS = 1_000

/**
 * Up to this size the message and its dot leave in one write, and the doubt begins with it. Beyond, the dot follows
 * when the kernel has taken all before it: so much may well get stuck half way, and then nothing was handed over.
 */
const ONE_WRITE = 65_536

/** Who waits for the server: a message, or a command such as RSET. */
interface Waiting {
  take(reply: RawReply, wasLast: boolean): void
  lost(why: string): void
}

/** Returns the connection over `socket`, which from now on nobody else may touch; `replyMs` is how long a reply may take. */
export function openDialogue(socket: Socket, offered: Extensions, replyMs: number): OpenConnection {
  const reader = createReplyReader()
  let waiting: Waiting | null = null
  let sent = 0

  const shut = (why: string): void => {
    socket.destroy()
    const lost = waiting
    waiting = null
    lost?.lost(why)
  }
  const read = (chunk: Buffer): void => {
    reader.push(chunk)
    while (!socket.destroyed) {
      // Without a question no answer, not even half of one: the server is closing, or counts differently than we do.
      if (waiting === null) return reader.isEmpty() ? undefined : shut('the server spoke unasked')
      const reply = reader.next()
      if (reply === null) return
      if ('fault' in reply) return shut(reply.fault)
      waiting.take(reply, reader.isEmpty())
    }
  }
  socket.setTimeout(replyMs)
  socket
    .on('data', read)
    .on('end', () => shut('the server closed the connection'))
    .on('timeout', () => shut(`the server was silent for ${replyMs / 1_000} seconds`))
    .on('error', (error) => shut(reasonOf(error)))
    .on('close', () => shut('the connection was closed'))

  const ask = (line: string): Promise<RawReply | null> => {
    const { promise, resolve } = Promise.withResolvers<RawReply | null>()
    waiting = {
      take(reply) {
        waiting = null
        resolve(reply)
      },
      lost: () => resolve(null),
    }
    socket.write(line, 'latin1')
    return promise
  }
  const transact = (parcel: Parcel, signal: AbortSignal): Promise<Done & { wasUnanswered: boolean }> =>
    new Promise((resolve) => {
      const transaction = begin(parcel, offered)
      let dotGiven = false
      const stop = (): void => {
        finish({ kind: 'done', handoff: transaction.broken('', dotGiven, true), after: 'close' })
        socket.destroy()
      }
      const finish = (done: Done): void => {
        waiting = null
        signal.removeEventListener('abort', stop)
        resolve({ ...done, wasUnanswered: transaction.isUnanswered() })
      }
      const writeBody = (): void => {
        const body = transparent(parcel.raw)
        dotGiven = body.length <= ONE_WRITE && socket.writableLength === 0
        if (dotGiven) {
          socket.cork()
          if (parcel.top !== '') socket.write(parcel.top, 'latin1')
          socket.write(body)
          socket.write(FINAL_DOT)
          return socket.uncork()
        }
        if (parcel.top !== '') socket.write(parcel.top, 'latin1')
        socket.write(body, (error) => {
          if (error || socket.destroyed) return
          dotGiven = true
          socket.write(FINAL_DOT)
        })
      }
      const perform = (next: Next): void => {
        if (next.kind === 'write') socket.write(next.text, 'utf8')
        else if (next.kind === 'body') writeBody()
        else if (next.kind === 'done') finish(next)
      }
      waiting = {
        take: (reply, wasLast) => perform(transaction.take(reply, wasLast, dotGiven)),
        lost: (why) => finish({ kind: 'done', handoff: transaction.broken(why, dotGiven), after: 'close' }),
      }
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) return stop()
      socket.write(transaction.opening, 'utf8')
    })
  const reset = async (): Promise<boolean> => {
    const reply = await ask('RSET\r\n')
    return reply !== null && reply.code < 300
  }
  /** Until the server has closed, too: it may count its connections. */
  const leave = async (): Promise<void> => {
    if ((await ask('QUIT\r\n')) === null || socket.destroyed) return
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.end()
    await closed
  }
  return {
    extensions: offered.words,
    sent: () => sent,
    isOpen: () => !socket.destroyed,
    async carry(parcel, signal) {
      const unfit = refuseUnfit(parcel, offered)
      if (unfit !== null) return { handoff: { kind: 'unsendable', sentence: unfit }, wasStale: false }
      if (socket.destroyed) {
        const handoff = begin(parcel, offered).broken('the server closed the connection', false)
        return { handoff, wasStale: sent > 0 }
      }
      const { handoff, after, wasUnanswered } = await transact(parcel, signal)
      const wasStale = sent > 0 && isStale(handoff, wasUnanswered)
      sent += 1
      if (after === 'close' || (after === 'reset' && !(await reset()))) socket.destroy()
      return { handoff, wasStale }
    },
    async close() {
      if (!socket.destroyed && waiting === null)
        await Promise.race([leave(), delay(GOODBYE_MS, undefined, { ref: false })])
      socket.destroy()
    },
  }
}

function begin(parcel: Parcel, offered: Extensions): Transaction {
  return beginTransaction({
    mail: mailCommand(parcel, offered),
    rcpt: rcptCommand(parcel, offered),
    recipient: parcel.envelope.to,
    isPipelined: offered.pipelining,
  })
}

/** The server had closed an idle connection, or does so now: it never looked at this message. */
function isStale(handoff: Handoff, wasUnanswered: boolean): boolean {
  if (handoff.kind === 'broken') return wasUnanswered && !handoff.mayBeDelivered && handoff.aborted !== true
  return handoff.kind === 'refused' && handoff.stage === 'mail' && handoff.reply.code === 421
}
