// Hands letters to the transports behind the back of whoever asked: a page answers alike whether or not a mail goes out.
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, unreachable } from '../core/errors.ts'
import type { Message } from '../message/message.ts'
import type { Db } from '../store/connect.ts'
import { createCapacity } from './capacity.ts'
import { readKillSwitch } from './kill-switch.ts'
import { stripAddresses } from './reply.ts'
import type { Log } from './settle.ts'
import type { Handoff, Transport } from './transport.ts'

export interface PostOffice extends AsyncDisposable {
  /** Takes a message and returns at once (threats T12, T22). `kind` is what the log calls it. */
  post(kind: string, message: Message): void
  /** Resolves when all that was posted has been handed over or given up. */
  drained(): Promise<void>
}

interface PostOfficeParts {
  db: Db
  /** Best first: the next one is asked when one fails. */
  transports: () => Promise<readonly Transport[]>
  log: Log
  /** Pauses before each further round over all transports. */
  retryMs?: readonly number[]
}

const SEND_MS = 120_000
/** Letters in the air at once: a flood of requests must not become a flood of connections. */
const AT_ONCE = 4

/** Returns the post office; disposing it lets what is under way land and waits for no further round. */
export function openPostOffice({ db, transports, log, retryMs = [5_000, 30_000] }: PostOfficeParts): PostOffice {
  const closing = new AbortController()
  const underWay = new Set<Promise<void>>()

  const capacity = createCapacity(AT_ONCE, 0)

  const attempt = async (message: Message): Promise<Ending> => {
    const places = await capacity.take(1, NEVER)
    try {
      return await tryAll(await transports(), message)
    } finally {
      capacity.give(places)
    }
  }

  const deliver = async (kind: string, message: Message): Promise<void> => {
    for (const pauseMs of [0, ...retryMs]) {
      if (pauseMs > 0 && !(await slept(pauseMs, closing.signal))) break
      const { isEngaged } = await readKillSwitch(db)
      if (isEngaged) return log.warn({ kind }, 'a letter was not sent: the kill switch is engaged')
      const ending = await attempt(message)
      if (ending.final) return log[ending.level]({ kind }, ending.sentence)
      log.warn({ kind }, ending.sentence)
    }
    log.error({ kind }, 'a letter was given up: no transport took it')
  }

  const drained = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay)
  }

  return {
    post(kind, message) {
      const work = deliver(kind, message)
        .catch((error: unknown) => {
          log.error({ kind, error: stripAddresses(messageOf(error)) }, 'a letter could not be sent')
        })
        .finally(() => underWay.delete(work))
      underWay.add(work)
    },
    drained,
    async [Symbol.asyncDispose]() {
      closing.abort()
      await drained()
    },
  }
}

/** Closing lets letters under way go out, so nothing ends a wait for a place. */
const NEVER = new AbortController().signal

interface Ending {
  final: boolean
  level: 'info' | 'warn' | 'error'
  sentence: string
}

async function tryAll(transports: readonly Transport[], message: Message): Promise<Ending> {
  let last: Ending = { final: false, level: 'error', sentence: 'there is no transport for letters' }
  for (const transport of transports) {
    const [handoff] = await transport.send([message], AbortSignal.timeout(SEND_MS))
    last = endingOf(handoff)
    if (last.final) return last
  }
  return last
}

/** Only what cannot have arrived is tried again: a letter too few is asked for anew, one too many is a nuisance. */
function endingOf(handoff: Handoff | undefined): Ending {
  if (handoff === undefined)
    return { final: true, level: 'error', sentence: 'the transport gave no answer for a letter' }
  switch (handoff.kind) {
    case 'accepted':
      return { final: true, level: 'info', sentence: 'a letter was sent' }
    case 'refused':
      return {
        final: handoff.reply.code >= 500,
        level: 'warn',
        sentence: `a letter was refused: ${handoff.reply.code} ${handoff.reply.text}`,
      }
    case 'broken':
      return { final: handoff.mayBeDelivered, level: 'warn', sentence: `a letter may be lost: ${handoff.sentence}` }
    case 'lane':
      return { final: false, level: 'warn', sentence: `a letter waits: ${handoff.sentence}` }
    case 'unsendable':
      return { final: true, level: 'warn', sentence: `a letter was stopped: ${handoff.sentence}` }
    default:
      return unreachable(handoff)
  }
}

/** Returns false when it was woken because we close. */
async function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
