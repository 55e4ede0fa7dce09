// One open SMTP connection, logged in, that carries one message at a time.
import { setTimeout as delay } from 'node:timers/promises'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { parseReply } from '../reply.ts'
import type { Handoff } from '../transport.ts'
import type { Envelope } from './guard.ts'
import { messageFailure, setupFailure, type SmtpError } from './smtp-failure.ts'
import { createProbe, type Probe } from './smtp-probe.ts'
import type { SmtpServer } from './smtp-url.ts'

/** Milliseconds. The reply timeout stays at ten minutes (RFC 5321 section 4.5.3.2.6): a shorter one makes duplicates. */
export interface SmtpTimeouts {
  connectMs: number
  greetingMs: number
  replyMs: number
}

export const DEFAULT_TIMEOUTS: SmtpTimeouts = { connectMs: 120_000, greetingMs: 30_000, replyMs: 600_000 }

export interface SmtpOptions {
  server: SmtpServer
  timeouts: SmtpTimeouts
  /** PEM certificates to trust beside the system's. */
  ca: string | null
}

/** One message for the wire. */
export interface Parcel {
  deliveryId: string
  envelope: Envelope
  raw: Buffer
}

/** How a message ended, and what that says about the connection it travelled on. */
export interface Carried {
  handoff: Handoff
  /** True when the server shut the connection before it looked at this message: a fresh one may carry it. */
  wasStale: boolean
}

export interface OpenConnection {
  /** The words after EHLO, upper case: `PIPELINING`, `SIZE 10240000`, … */
  readonly extensions: readonly string[]
  sent(): number
  isOpen(): boolean
  carry(parcel: Parcel, signal: AbortSignal): Promise<Carried>
  /** Says QUIT when there is time for it. */
  close(): Promise<void>
}

const GOODBYE_MS = 1_000

/** Connects, starts TLS and logs in. Returns the open connection, or the handoff that tells why there is none. */
export async function openConnection(options: SmtpOptions, signal: AbortSignal): Promise<OpenConnection | Handoff> {
  const probe = createProbe()
  const connection = new SMTPConnection(nodemailerOptions(options, probe))
  const failed = await setUp(connection, probe, options.server, signal)
  if (failed === null) return openOver(connection, probe)
  connection.close()
  if (signal.aborted) return stopped(probe)
  return setupFailure(failed, probe.stage(), `${options.server.host}:${options.server.port}`)
}

function nodemailerOptions({ server, timeouts, ca }: SmtpOptions, probe: Probe): SMTPConnection.Options {
  return {
    host: server.host,
    port: server.port,
    secure: server.tls === 'implicit',
    requireTLS: server.tls === 'starttls',
    ignoreTLS: server.tls === 'none',
    name: server.name ?? undefined,
    tls: ca === null ? {} : { ca },
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.replyMs,
    // Closing destroys the socket: a message that is only partly written must not be finished by a polite goodbye.
    socketCloseTimeout: 0,
    transactionLog: true,
    logger: probe.logger,
  }
}

/** Resolves with null once the connection is ready, else with the error. */
async function setUp(
  connection: SMTPConnection,
  probe: Probe,
  { login }: SmtpServer,
  signal: AbortSignal,
): Promise<SmtpError | null> {
  const { promise, resolve } = Promise.withResolvers<SmtpError | null>()
  const stop = (): void => resolve(new Error('stopped'))
  if (signal.aborted) return new Error('stopped')
  signal.addEventListener('abort', stop, { once: true })
  connection.on('error', resolve) // stays for the connection's life: an unheard 'error' event ends the process
  connection.on('end', () => resolve(new Error('the server closed the connection')))
  connection.connect((error) => {
    probe.greeted(connection.lastServerResponse || '')
    if (error) resolve(error)
    else if (login === null) resolve(null)
    else
      connection.login({ user: login.user, credentials: { user: login.user, pass: login.password() } }, (refused) =>
        resolve(refused),
      )
  })
  const failed = await promise
  signal.removeEventListener('abort', stop)
  return failed
}

function openOver(connection: SMTPConnection, probe: Probe): OpenConnection {
  let sent = 0
  let isOpen = true
  const ended = new Promise<void>((resolve) => {
    connection.on('end', () => {
      isOpen = false
      resolve()
    })
  })
  const shut = (): void => {
    isOpen = false
    connection.close()
  }
  return {
    extensions: probe.extensions(),
    sent: () => sent,
    isOpen: () => isOpen,
    async carry(parcel, signal) {
      const refusal = refuseUnfit(parcel, probe.extensions())
      if (refusal !== null) return { handoff: refusal, wasStale: false }
      const handoff = await transact(connection, ended, probe, parcel, signal)
      const wasStale = sent > 0 && isStale(handoff, probe)
      sent += 1
      if (!(await isReadyAgain(connection, ended, handoff))) shut()
      return { handoff, wasStale }
    },
    async close() {
      if (isOpen) await sayGoodbye(connection, ended)
      shut()
    },
  }
}

/** Nodemailer would send a non-ASCII address anyway, to a server that never said it can read it. */
function refuseUnfit({ envelope }: Parcel, extensions: readonly string[]): Handoff | null {
  if (!envelope.needsSmtpUtf8 || extensions.includes('SMTPUTF8')) return null
  return {
    kind: 'unsendable',
    sentence: 'not sent: the address is not ASCII and the server does not offer SMTPUTF8 (RFC 6531)',
  }
}

async function transact(
  connection: SMTPConnection,
  ended: Promise<void>,
  probe: Probe,
  parcel: Parcel,
  signal: AbortSignal,
): Promise<Handoff> {
  const { promise, resolve } = Promise.withResolvers<Handoff>()
  const stop = (): void => {
    connection.close()
    resolve(stopped(probe))
  }
  probe.begin()
  if (signal.aborted) return stopped(probe)
  signal.addEventListener('abort', stop, { once: true })
  connection.send(nodemailerEnvelope(parcel), parcel.raw, (error, info) => {
    resolve(
      error ? messageFailure(error, probe, parcel.envelope.to) : acceptance(info.response, probe, parcel.envelope.to),
    )
  })
  // Nodemailer can close without calling back; where it does call back, that comes first.
  void ended.then(() => resolve(messageFailure(new Error('the connection was closed'), probe, parcel.envelope.to)))
  const handoff = await promise
  signal.removeEventListener('abort', stop)
  return handoff
}

/** DSN parameters (RFC 3461) go out only where EHLO offers DSN. */
function nodemailerEnvelope({ deliveryId, envelope, raw }: Parcel): SMTPConnection.Envelope {
  const dsn = { id: deliveryId, return: 'headers', notify: ['failure', 'delay'] }
  return {
    from: envelope.from,
    to: [envelope.to],
    size: raw.length,
    use8BitMime: envelope.needsSmtpUtf8,
    dsn: envelope.needsSmtpUtf8 ? dsn : { ...dsn, recipient: envelope.to },
  }
}

/** A 2yz that came before our dot answers something else: nobody can say what became of the message. */
function acceptance(response: string, probe: Probe, recipient: string): Handoff {
  if (probe.dotWritten()) return { kind: 'accepted', reply: parseReply(response, recipient) }
  const sentence = 'the server answered before the message was complete: it may have arrived'
  return { kind: 'broken', stage: 'data', mayBeDelivered: true, sentence }
}

function stopped(probe: Probe): Handoff {
  const mayBeDelivered = probe.dotWritten()
  const sentence = mayBeDelivered
    ? 'stopped while waiting for the reply: it may have arrived'
    : 'stopped before the message was handed over'
  return { kind: 'broken', stage: probe.stage(), mayBeDelivered, sentence, aborted: true }
}

/** The server had closed an idle connection, or does so now: it never looked at this message. */
function isStale(handoff: Handoff, probe: Probe): boolean {
  if (handoff.kind === 'broken')
    return !handoff.mayBeDelivered && handoff.aborted !== true && handoff.stage === 'mail' && probe.replies() === 0
  return handoff.kind === 'refused' && handoff.stage === 'mail' && handoff.reply.code === 421
}

/** After a refusal the transaction is still open on the server's side: RSET ends it (RFC 5321 section 4.1.1.5). */
async function isReadyAgain(connection: SMTPConnection, ended: Promise<void>, handoff: Handoff): Promise<boolean> {
  if (handoff.kind === 'accepted') return true
  if (handoff.kind !== 'refused' || handoff.reply.code === 421 || handoff.reply.code === 503) return false
  if (handoff.stage === 'dot') return true
  const reset = new Promise<boolean>((resolve) => connection.reset((error) => resolve(!error)))
  return Promise.race([reset, ended.then(() => false)])
}

async function sayGoodbye(connection: SMTPConnection, ended: Promise<void>): Promise<void> {
  connection.quit()
  await Promise.race([ended, delay(GOODBYE_MS, undefined, { ref: false })])
}
