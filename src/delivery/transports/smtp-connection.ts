// Opens an SMTP connection: Nodemailer connects, starts TLS and logs in, then the socket is ours.
import type { Socket } from 'node:net'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { RollcallError } from '../../core/errors.ts'
import type { Handoff } from '../transport.ts'
import { parseExtensions } from './smtp-commands.ts'
import { openDialogue, type OpenConnection } from './smtp-dialogue.ts'
import { setupFailure, type SmtpError } from './smtp-failure.ts'
import { createProbe, type Probe } from './smtp-probe.ts'
import type { SmtpServer } from './smtp-url.ts'

/** Milliseconds. The reply timeout stays at ten minutes (RFC 5321 section 4.5.3.2.6): a shorter one makes duplicates. */
export interface SmtpTimeouts {
  connectMs: number
  greetingMs: number
  replyMs: number
}

export const DEFAULT_TIMEOUTS: SmtpTimeouts = { connectMs: 30_000, greetingMs: 30_000, replyMs: 600_000 }

export interface SmtpOptions {
  server: SmtpServer
  timeouts: SmtpTimeouts
  /** PEM certificates to trust beside the system's. */
  ca: string | null
}

/** Connects, starts TLS and logs in. Returns the open connection, or the handoff that tells why there is none. */
export async function openConnection(options: SmtpOptions, signal: AbortSignal): Promise<OpenConnection | Handoff> {
  const probe = createProbe()
  const connection = new SMTPConnection(nodemailerOptions(options, probe))
  const outcome = await setUp(connection, options, signal)
  if ('carry' in outcome) return outcome
  connection.close()
  if (signal.aborted) return stopped(probe)
  return setupFailure(outcome, probe.stage(), `${options.server.host}:${options.server.port}`)
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
    socketCloseTimeout: 0,
    transactionLog: true,
    logger: probe.logger,
  }
}

/** Resolves with the open connection, or with the error that ended the attempt. */
async function setUp(
  connection: SMTPConnection,
  { server: { login }, timeouts }: SmtpOptions,
  signal: AbortSignal,
): Promise<OpenConnection | SmtpError> {
  const { promise, resolve } = Promise.withResolvers<OpenConnection | SmtpError>()
  const stop = (): void => resolve(new Error('stopped'))
  if (signal.aborted) return new Error('stopped')
  signal.addEventListener('abort', stop, { once: true })
  connection.on('error', resolve) // stays for the connection's life: an unheard 'error' event ends the process
  connection.on('end', () => resolve(new Error('the server closed the connection')))
  connection.connect((error) => {
    const offered = parseExtensions(connection.lastServerResponse || '')
    // At once, in the very turn that says so: what the server sends next must find us listening.
    const ready = (): void => {
      const socket = takeSocket(connection)
      resolve(socket instanceof Error ? socket : openDialogue(socket, offered, timeouts.replyMs))
    }
    if (error) resolve(error)
    else if (login === null) ready()
    else
      connection.login({ user: login.user, credentials: { user: login.user, pass: login.password() } }, (refused) =>
        refused ? resolve(refused) : ready(),
      )
  })
  const outcome = await promise
  signal.removeEventListener('abort', stop)
  return outcome
}

/**
 * Returns the socket with Nodemailer's listeners gone. They are properties of the connection, which tells them from
 * the socket's own; a version that keeps them elsewhere gives an error here, before two readers share one socket.
 */
function takeSocket(connection: SMTPConnection): Socket | Error {
  const socket = connection._socket
  const theirs = new Set<unknown>(Object.values(connection).filter((value) => typeof value === 'function'))
  if (!socket) return new RollcallError('bug', 'the connection is ready and has no socket')
  for (const event of ['data', 'end', 'close', 'error', 'timeout'] as const) {
    for (const listener of socket.listeners(event)) {
      if (theirs.has(listener)) socket.removeListener(event, listener as () => void)
    }
  }
  const isRead = socket.listenerCount('data') > 0 || socket.listenerCount('timeout') > 0
  return isRead ? new RollcallError('bug', 'the socket of the connection is still being read') : socket
}

function stopped(probe: Probe): Handoff {
  const sentence = 'stopped before the message was handed over'
  return { kind: 'broken', stage: probe.stage(), mayBeDelivered: false, sentence, aborted: true }
}
