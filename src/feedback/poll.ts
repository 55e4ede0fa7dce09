// Fetches returned mail from the mailbox that the settings name.
import { RollcallError } from '../core/errors.ts'
import type { Log } from '../delivery/settle.ts'
import { fetchMails, type Fetched } from './imap.ts'
import { parseImapUrl } from './imap-url.ts'
import type { Intake } from './receive-mail.ts'

/** Returns what fetches everything that nobody has seen yet. Throws `no_mailbox` without a URL, `bad_imap_url`. */
export function mailboxPoller(intake: Intake, log: Log, url: string | undefined): () => Promise<Fetched> {
  if (url === undefined)
    throw new RollcallError('no_mailbox', 'no mailbox is named', {
      hint: 'set ROLLCALL_FEEDBACK_IMAP_URL=imaps://USER:PASSWORD@HOST/INBOX',
      kind: 'usage',
    })
  const mailbox = parseImapUrl(url)
  return () => fetchMails(intake, log, mailbox)
}
