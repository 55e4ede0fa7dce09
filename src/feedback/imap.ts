// Fetches returned mail from a mailbox over IMAP: kept first, then marked as seen, then applied.
import { ImapFlow } from 'imapflow'
import { messageOf, RollcallError } from '../core/errors.ts'
import type { Log } from '../delivery/settle.ts'
import { keepMail } from './feedback-mails.ts'
import type { ImapMailbox } from './imap-url.ts'
import { applyMail, type Intake } from './receive-mail.ts'

/** Larger ones are no reports; they are marked as seen and left where they are. */
const LARGEST = 10_000_000

export interface Fetched {
  /** Mails that were new to us. */
  fetched: number
  /** Mails that were too large to be reports. */
  left: number
}

/**
 * Takes everything that nobody has seen yet, in order. A mail is marked as seen when it is in the database and not before: what
 * breaks in between is fetched again, and known by its bytes. Throws `imap_unusable` when the server cannot be used.
 */
export async function fetchMails(intake: Intake, log: Log, mailbox: ImapMailbox): Promise<Fetched> {
  const client = new ImapFlow({
    host: mailbox.host,
    port: mailbox.port,
    secure: mailbox.tls === 'implicit',
    ...(mailbox.tls === 'starttls' ? { doSTARTTLS: true } : {}),
    ...(mailbox.tls === 'none' ? { doSTARTTLS: false } : {}),
    auth: { user: mailbox.user, pass: mailbox.password() },
    logger: false,
    disableAutoIdle: true,
  })
  // A connection that breaks fails the command that runs; unheard it would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const lock = await client.getMailboxLock(mailbox.folder)
    try {
      return await fetchUnseen(client, intake, log)
    } finally {
      lock.release()
    }
  } catch (error) {
    throw unusable(mailbox, error)
  } finally {
    await client.logout().catch(() => client.close())
  }
}

async function fetchUnseen(client: ImapFlow, intake: Intake, log: Log): Promise<Fetched> {
  const found = await client.search({ seen: false }, { uid: true })
  const result: Fetched = { fetched: 0, left: 0 }
  for (const uid of found || []) {
    const head = await client.fetchOne(String(uid), { size: true }, { uid: true })
    if (head === false) continue // somebody deleted it meanwhile
    if ((head.size ?? 0) > LARGEST) result.left += 1
    else if (await takeOne(client, intake, log, uid)) result.fetched += 1
    await client.messageFlagsAdd(String(uid), [String.raw`\Seen`], { uid: true })
  }
  return result
}

/** Returns whether the mail was new. */
async function takeOne(client: ImapFlow, intake: Intake, log: Log, uid: number): Promise<boolean> {
  const mail = await client.fetchOne(String(uid), { source: true }, { uid: true })
  const bytes = mail === false ? undefined : mail.source
  if (bytes === undefined) return false
  const { id, isNew } = await keepMail(intake.db, { bytes, envelopeTo: null, source: 'imap' }, intake.keepDays)
  if (isNew)
    await applyMail(intake, id).catch((error: unknown) =>
      log.error({ error: messageOf(error) }, 'a returned mail could not be applied; it is tried again'),
    )
  return isNew
}

function unusable({ host, port, folder }: ImapMailbox, cause: unknown): RollcallError {
  if (cause instanceof RollcallError) return cause
  const said =
    cause instanceof Error && 'responseText' in cause && typeof cause.responseText === 'string'
      ? cause.responseText
      : messageOf(cause)
  return new RollcallError('imap_unusable', `the folder ${folder} at ${host}:${port} cannot be read: ${said}`, {
    hint: 'check ROLLCALL_FEEDBACK_IMAP_URL, the network, and the login',
    cause,
  })
}
