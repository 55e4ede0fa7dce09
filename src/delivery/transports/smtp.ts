// The SMTP transport: one recipient a transaction, over a few connections that stay open.
import { messageOf, RollcallError } from '../../core/errors.ts'
import type { Message } from '../../message/message.ts'
import { stripAddresses } from '../reply.ts'
import type { Handoff, Transport } from '../transport.ts'
import { createSigner, type DkimSettings, type Signer } from './dkim.ts'
import { guard, type AllowedDomains } from './guard.ts'
import { DEFAULT_TIMEOUTS, type SmtpTimeouts } from './smtp-connection.ts'
import type { Parcel } from './smtp-commands.ts'
import type { OpenConnection } from './smtp-dialogue.ts'
import { createPool, type SmtpPool } from './smtp-pool.ts'
import { parseSmtpUrl, type SmtpServer } from './smtp-url.ts'

export interface SmtpSettings {
  url: string
  /** Connections kept open, so many messages are in the air at once. Default 10. */
  connections?: number
  /** Default 100. */
  messagesPerConnection?: number
  /** Default 30 seconds. */
  idleMs?: number
  /** After how long one connection more than the server allowed is tried again. Default one minute. */
  capRetryMs?: number
  dkim?: DkimSettings | null
  /** PEM certificates to trust, for a relay with a certificate of its own making. */
  ca?: string | null
  allowedDomains?: AllowedDomains
  timeouts?: Partial<SmtpTimeouts>
}

const VERIFY_MS = 15_000

/** Returns the transport; nothing connects before the first message. Throws RollcallError for settings that cannot work. */
export function createSmtpTransport(settings: SmtpSettings): Transport {
  const server = parseSmtpUrl(settings.url)
  const sign = settings.dkim ? createSigner(settings.dkim) : null
  const { connections = 10, messagesPerConnection = 100, idleMs = 30_000, capRetryMs = 60_000 } = settings
  const { ca = null, allowedDomains = null } = settings
  const timeouts = { ...DEFAULT_TIMEOUTS, ...settings.timeouts }
  const pool = createPool({ server, timeouts, ca }, { connections, messagesPerConnection, idleMs, capRetryMs })
  return {
    kind: 'smtp',
    capacity: connections,
    maxBatch: 1,
    send: (messages, signal) =>
      Promise.all(messages.map((message) => carry(pool, sign, allowedDomains, message, signal))),
    verify: () => verify(pool, server),
    limitConnections: (most) => pool.resize(most),
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]()
    },
  }
}

async function carry(
  pool: SmtpPool,
  sign: Signer | null,
  allowed: AllowedDomains,
  message: Message,
  signal: AbortSignal,
): Promise<Handoff> {
  const envelope = guard(message, allowed)
  if (typeof envelope === 'string') return { kind: 'unsendable', sentence: envelope }
  const finished = await finish(message, sign)
  if (typeof finished === 'string') return { kind: 'unsendable', sentence: finished }
  return pool.carry({ envelopeId: envelopeIdOf(message), envelope, ...finished }, signal)
}

/** The token of the bounce address: only we can make it, so a report that names it proves which delivery it is about (mail-rules 4). */
function envelopeIdOf({ envelopeFrom, deliveryId }: Message): string {
  return /^[^+@]*\+([^@]+)@/.exec(envelopeFrom)?.[1] ?? deliveryId
}

/** Returns the bytes for the wire, or a sentence that says why there are none. */
async function finish(message: Message, sign: Signer | null): Promise<Pick<Parcel, 'top' | 'raw'> | string> {
  try {
    const raw = message.raw()
    return { top: sign === null ? '' : await sign(raw), raw }
  } catch (error) {
    return `not sent, the message could not be made: ${stripAddresses(messageOf(error))}`
  }
}

async function verify(pool: SmtpPool, server: SmtpServer): Promise<string> {
  const signal = AbortSignal.timeout(VERIFY_MS)
  return pool.borrow(signal, (connection) => Promise.resolve(report(connection, server, signal.aborted)))
}

function report(connection: OpenConnection | Handoff, server: SmtpServer, isLate: boolean): string {
  const where = `${server.host}:${server.port}`
  if ('carry' in connection) {
    const secured = { implicit: 'TLS', starttls: 'STARTTLS', none: 'no TLS' }[server.tls]
    const login = server.login ? 'logged in' : 'no login'
    return `the mail server ${where} is ready (${secured}, ${login}; it offers ${connection.extensions.join(', ') || 'nothing'})`
  }
  const sentence =
    'sentence' in connection && !isLate
      ? connection.sentence
      : `${where} gave no answer within ${VERIFY_MS / 1_000} seconds`
  throw new RollcallError('smtp_unusable', sentence, { hint: 'check SMTP_URL, the network, and the login' })
}
