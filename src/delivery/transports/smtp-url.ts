// SMTP_URL: where the relay is and how to speak with it.
import { isIP } from 'node:net'
import { RollcallError } from '../../core/errors.ts'

export interface SmtpServer {
  host: string
  port: number
  /** `implicit`: TLS from the first byte; `starttls`: refused unless the server upgrades; `none`: plain text. */
  tls: 'implicit' | 'starttls' | 'none'
  /** The password is behind a function, so that no log or error page prints it (threat T25). */
  login: { user: string; password: () => string } | null
  /** What we call ourselves in EHLO; null: the host's own name. */
  name: string | null
}

const HELP = 'write smtp://USER:PASSWORD@HOST:PORT or smtps://…, with ?tls=never or ?name=OUR.HOST.NAME as needed'
const KNOWN = ['tls', 'name']

/**
 * Returns the server that `text` names. STARTTLS is required unless the host is a loopback or `?tls=never` is given.
 * Throws RollcallError `bad_smtp_url` (usage) with what to write instead; the message never holds the password.
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null) throw refuse('it is not a URL (a password with special characters must be percent-encoded)')
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') throw refuse(`the scheme is ${url.protocol}//`)
  if (url.hostname === '') throw refuse('there is no host')
  if (url.pathname.length > 1 || url.hash !== '') throw refuse('there is something after the host and port')
  const unknown = [...url.searchParams.keys()].find((key) => !KNOWN.includes(key))
  if (unknown !== undefined) throw refuse(`the option "${unknown}" is unknown`)
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '')
  const tls = tlsMode(url, host)
  return {
    host,
    port: url.port === '' ? (tls === 'implicit' ? 465 : 587) : Number(url.port),
    tls,
    login: loginOf(url, host, tls),
    name: nameOf(url),
  }
}

/** Returns whether the host is this machine. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function tlsMode(url: URL, host: string): SmtpServer['tls'] {
  const wish = url.searchParams.get('tls')
  if (wish !== null && wish !== 'never' && wish !== 'required')
    throw refuse(`tls=${wish} is neither "required" nor "never"`)
  if (url.protocol === 'smtps:') {
    if (wish === 'never') throw refuse('smtps:// and tls=never contradict each other')
    return 'implicit'
  }
  if (wish !== null) return wish === 'never' ? 'none' : 'starttls'
  return isLoopback(host) ? 'none' : 'starttls'
}

function loginOf(url: URL, host: string, tls: SmtpServer['tls']): SmtpServer['login'] {
  if (url.username === '' && url.password === '') return null
  if (url.username === '' || url.password === '') throw refuse('it has a user or a password, and not both')
  if (tls === 'none' && !isLoopback(host)) throw refuse('with tls=never the password would cross the network in clear')
  const [user, password] = [decoded(url.username), decoded(url.password)]
  return { user, password: () => password }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refuse('the user or the password has a "%" that is no escape; write it as %25')
  }
}

function nameOf(url: URL): string | null {
  const name = url.searchParams.get('name')
  if (name !== null && !/^[A-Za-z0-9.:[\]-]{1,255}$/.test(name)) throw refuse('name= is not a host name')
  return name
}

function refuse(why: string): RollcallError {
  return new RollcallError('bad_smtp_url', `SMTP_URL cannot be used: ${why}`, { hint: HELP, kind: 'usage' })
}
