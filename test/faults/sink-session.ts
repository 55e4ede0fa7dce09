// One conversation of the sink, from the greeting to the end, as RFC 5321 has it where nothing else was asked for.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { TLSSocket, type SecureContext } from 'node:tls'
import type { SinkLogWriter, Transaction } from './sink-log.ts'
import { createReader } from './sink-reader.ts'
import type { Act, Moment, Stage } from './sink.ts'

interface Surroundings {
  connection: number
  openConnections(): number
  decide(moment: Moment): Act | undefined
  log: SinkLogWriter
  secureContext: SecureContext | null
  password: string | null
}

const VERBS: Readonly<Record<string, Stage>> = {
  EHLO: 'ehlo',
  HELO: 'ehlo',
  STARTTLS: 'starttls',
  AUTH: 'auth',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  RSET: 'rset',
  QUIT: 'quit',
}

/** Speaks with one client until either side ends it. */
export async function converse(socket: Socket, around: Surroundings): Promise<void> {
  const { log } = around
  let stream: Duplex = socket
  let reader = createReader(stream)
  let worker = ''
  let isKnown = around.password === null
  let transaction: Transaction | null = null
  let unsent = ''

  const flush = (): void => {
    if (unsent !== '') stream.write(unsent, 'latin1')
    unsent = ''
  }
  const finish = (): void => {
    if (transaction !== null) log.end(transaction)
    transaction = null
  }

  /** Answers one stage; resolves with the code that was said in full, or null when the conversation is over. */
  const answer = async (stage: Stage, usual: string, stored?: Buffer): Promise<number | null> => {
    const { connection } = around
    const act =
      around.decide({ stage, connection, openConnections: around.openConnections(), worker, transaction }) ?? {}
    if (act.delayMs !== undefined) {
      flush()
      await sleep(act.delayMs)
    }
    const said = act.say === undefined && act.sayRaw === undefined && act.ending !== 'hang' ? usual : (act.say ?? null)
    const code = said === null ? 0 : Number(said.slice(0, 3))
    if (transaction !== null && stored !== undefined && (act.stores ?? (code >= 200 && code < 300)))
      log.accept(transaction, stored)
    if (transaction !== null) log.refuse(transaction, code)
    if (act.ending === 'reset') {
      socket.resetAndDestroy()
      return null
    }
    // Before it is said: the client may have answered with the message before the next line here runs, whatever we do then.
    if (transaction !== null && code === 354) log.invite(transaction)
    unsent += act.sayRaw ?? (said ? `${said}\r\n` : '')
    if (act.ending === 'close') {
      flush()
      stream.end()
      return null
    }
    if (act.ending === 'hang') {
      flush()
      // The transaction stays open until the client gives up.
      if (!socket.destroyed) await new Promise<void>((resolve) => socket.once('close', () => resolve()))
      return null
    }
    if (!reader.hasMore()) flush()
    return code
  }

  const upgrade = async (): Promise<boolean> => {
    if (around.secureContext === null) return (await answer('starttls', '502 5.5.1 not offered')) !== null
    const code = await answer('starttls', '220 2.0.0 go ahead')
    if (code !== 220) return code !== null
    flush()
    reader.detach()
    const secure = new TLSSocket(socket, { isServer: true, secureContext: around.secureContext })
    secure.on('error', () => socket.destroy())
    stream = secure
    reader = createReader(secure)
    return true
  }

  const logIn = async (line: string): Promise<boolean> => {
    let given = line.split(' ')[2] ?? ''
    if (/^AUTH LOGIN/i.test(line)) {
      stream.write('334 VXNlcm5hbWU6\r\n')
      if ((await reader.line()) === null) return false
      stream.write('334 UGFzc3dvcmQ6\r\n')
      given = (await reader.line()) ?? ''
    }
    const words = Buffer.from(given, 'base64').toString().split('\0')
    const code = await answer('auth', words.at(-1) === around.password ? '235 2.7.0 welcome' : '535 5.7.8 bad login')
    isKnown ||= code === 235
    return code !== null
  }

  const receive = async (): Promise<boolean> => {
    if (transaction === null || transaction.recipient === '')
      return (await answer('data', '503 5.5.1 MAIL and RCPT first')) !== null
    const invited = await answer('data', '354 end with a dot')
    if (invited !== 354) return invited !== null
    flush()
    const message = await reader.message(async () => (await answer('body', '')) !== null)
    if (message === null) return false
    const code = await answer('dot', '250 2.0.0 taken', message)
    finish()
    return code !== null
  }

  const offers = (): string => {
    const words = ['sink.faults.example', 'PIPELINING', 'SIZE 52428800', '8BITMIME', 'DSN', 'ENHANCEDSTATUSCODES']
    if (around.secureContext !== null && stream === socket) words.push('STARTTLS')
    if (around.password !== null) words.push('AUTH PLAIN LOGIN')
    return words.map((word, index) => `250${index === words.length - 1 ? ' ' : '-'}${word}`).join('\r\n')
  }

  const take = async (line: string): Promise<boolean> => {
    const stage = VERBS[line.split(' ', 1)[0]?.toUpperCase() ?? '']
    switch (stage) {
      case 'ehlo':
        worker = /^\S+ ([^.\s]+)/.exec(line)?.[1] ?? ''
        finish()
        return (await answer('ehlo', offers())) !== null
      case 'starttls':
        return upgrade()
      case 'auth':
        return logIn(line)
      case 'mail':
        finish()
        transaction = log.begin(around.connection, worker)
        return settled(await answer('mail', isKnown ? '250 2.1.0 ok' : '530 5.7.0 authentication is required'))
      case 'rcpt':
        if (transaction === null) return (await answer('rcpt', '503 5.5.1 MAIL first')) !== null
        log.addressed(transaction, /<([^>]*)>/.exec(line)?.[1] ?? '')
        return settled(await answer('rcpt', '250 2.1.5 ok'))
      case 'data':
        return receive()
      case 'rset':
        finish()
        return (await answer('rset', '250 2.0.0 ok')) !== null
      case 'quit':
        await answer('quit', '221 2.0.0 bye')
        flush()
        stream.end()
        return false
      default:
        stream.write('500 5.5.2 unknown command\r\n')
        return true
    }
  }

  /** A refusal is a final reply: what follows on a pipelined connection finds no transaction. */
  const settled = (code: number | null): boolean => {
    if (code === null) return false
    if (code >= 400) finish()
    return true
  }

  if ((await answer('greeting', '220 sink.faults.example ESMTP')) === null) return finish()
  for (let line = await reader.line(); line !== null && (await take(line)); line = await reader.line());
  finish()
}
