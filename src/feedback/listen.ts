// A mailbox that takes what comes back over SMTP: kept before it is acknowledged, applied right after.
import { callbackify } from 'node:util'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { messageOf, RollcallError } from '../core/errors.ts'
import type { Log } from '../delivery/settle.ts'
import { mailboxCapability } from './correlate.ts'
import { keepMail } from './feedback-mails.ts'
import { applyMail, applyWaiting, type Intake } from './receive-mail.ts'

export interface MailboxOptions {
  host: string
  /** 0 takes any that is free. */
  port: number
  /** The bounce domain. */
  domain: string
  /** Local parts that are taken besides ours, for complaint feeds. */
  mailboxes: readonly string[]
  /** Largest mail in octets; default 10 MB. */
  largest?: number
}

export interface Mailbox extends AsyncDisposable {
  readonly port: number
}

const LARGEST = 10_000_000
const AGAIN_EVERY_MS = 60_000

/**
 * Starts the mailbox. It takes mail for addresses that we signed and for the named mailboxes, and refuses all else with
 * 550 5.1.1; 250 means that the mail is in the database. Throws `mailbox_unusable` when the port cannot be had.
 */
export async function startMailbox(intake: Intake, log: Log, options: MailboxOptions): Promise<Mailbox> {
  const underWay = new Set<Promise<void>>()
  const inBackground = (work: Promise<unknown>, what: string): void => {
    const done = work.then(
      () => undefined,
      (error: unknown) => log.error({ error: messageOf(error) }, what),
    )
    underWay.add(done)
    void done.finally(() => underWay.delete(done))
  }
  const largest = options.largest ?? LARGEST
  const take = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> => {
    const bytes = await readAll(stream, largest)
    const ids = await keepAll(intake, bytes, session).catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'a returned mail could not be kept; its server will bring it again')
      throw refusal(451, '4.3.0 Not now, try again later')
    })
    for (const id of ids) inBackground(applyMail(intake, id), 'a returned mail could not be applied; it is tried again')
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'], // the relay before it speaks TLS to the world
    disableReverseLookup: true,
    logger: false,
    banner: 'returned mail',
    size: largest,
    maxClients: 100,
    socketTimeout: 60_000,
    onRcptTo({ address }, _session, callback) {
      callback(isTaken(intake, options, address) ? null : refusal(550, '5.1.1 No such mailbox here'))
    },
    onData(stream, session, callback) {
      callbackify(take)(stream, session, (error) => callback(error))
    },
  })
  server.on('error', (error) => log.warn({ error: messageOf(error) }, 'a connection to the mailbox broke'))
  const port = await listenOn(server, options)
  const again = (): void => inBackground(applyWaiting(intake, log), 'kept mails could not be applied')
  again()
  const timer = setInterval(again, AGAIN_EVERY_MS)
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    clearInterval(timer)
    await new Promise<void>((resolve) => server.close(() => resolve()))
    while (underWay.size > 0) await Promise.all(underWay)
  }
  return { port, [Symbol.asyncDispose]: () => (closing ??= close()) }
}

function isTaken({ secrets }: Intake, { domain, mailboxes }: MailboxOptions, address: string): boolean {
  const at = address.lastIndexOf('@')
  if (address.slice(at + 1).toLowerCase() !== domain.toLowerCase()) return false
  const local = address.slice(0, at).toLowerCase()
  if (mailboxes.some((mailbox) => mailbox.toLowerCase() === local)) return true
  return (['b', 'unsub'] as const).some((word) => mailboxCapability(secrets.keys, address, word) !== null)
}

/** Reads a mail that is too large to its end, as the protocol wants, and does not hold it. */
async function readAll(stream: SMTPServerDataStream, largest: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= largest) chunks.push(chunk)
  }
  if (size > largest) throw refusal(552, '5.3.4 Message too large')
  return Buffer.concat(chunks)
}

/** Returns the ids of the kept mails, one for each recipient. */
async function keepAll(intake: Intake, bytes: Buffer, session: SMTPServerSession): Promise<string[]> {
  const ids: string[] = []
  for (const { address } of session.envelope.rcptTo)
    ids.push((await keepMail(intake.db, { bytes, envelopeTo: address, source: 'smtp' }, intake.keepDays)).id)
  return ids
}

type Refusal = Error & { responseCode: number }

function refusal(code: number, text: string): Refusal {
  return Object.assign(new Error(text), { responseCode: code })
}

function listenOn(server: SMTPServer, { host, port }: MailboxOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(
        new RollcallError('mailbox_unusable', `the mailbox cannot listen on ${host}:${port}: ${error.message}`, {
          hint: 'set ROLLCALL_FEEDBACK_HOST and ROLLCALL_FEEDBACK_PORT to a free address of this machine',
          cause: error,
        }),
      )
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      const address = server.server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}
