// ROLLCALL_FEEDBACK_IMAP_URL: the mailbox that returned mail is fetched from.
import { RollcallError } from '../core/errors.ts'

export interface ImapMailbox {
  host: string
  port: number
  /** `implicit`: TLS from the first byte; `starttls`: refused unless the server upgrades; `none`: plain text, to this machine only. */
  tls: 'implicit' | 'starttls' | 'none'
  user: string
  /** Behind a function, so that no log or error page prints it (threat T25). */
  password: () => string
  folder: string
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Returns what the URL names; the folder is INBOX unless told. Throws `bad_imap_url` without the password in it. */
export function parseImapUrl(text: string): ImapMailbox {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'imaps:' && url.protocol !== 'imap:'))
    throw refuse('it is no imaps:// or imap:// URL')
  if (url.username === '' || url.password === '') throw refuse('user or password is missing')
  if (url.search !== '' || url.hash !== '') throw refuse('there is something after the folder')
  const isImplicit = url.protocol === 'imaps:'
  const password = decodeURIComponent(url.password)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isImplicit ? 993 : 143) : Number(url.port),
    tls: isImplicit ? 'implicit' : LOOPBACK.includes(url.hostname) ? 'none' : 'starttls',
    user: decodeURIComponent(url.username),
    password: () => password,
    folder: decodeURIComponent(url.pathname.slice(1)) || 'INBOX',
  }
}

function refuse(why: string): RollcallError {
  return new RollcallError('bad_imap_url', `ROLLCALL_FEEDBACK_IMAP_URL cannot be used: ${why}`, {
    hint: 'write imaps://USER:PASSWORD@HOST/FOLDER; special characters in the password must be percent-encoded',
    kind: 'usage',
  })
}
