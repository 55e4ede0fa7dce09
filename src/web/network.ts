// Where a visitor came from, as coarse as the consent ledger may keep it (mail-rules 11.1).
import { isIP } from 'node:net'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'

/**
 * Returns the network of the visitor, a /24 or a /48, or null when it cannot be told. Behind `proxies` of ours the outermost
 * of them wrote the address down, so many places from the end of X-Forwarded-For; what stands before it anybody may have written.
 */
export function networkOf(c: Context, proxies: number): string | null {
  const address = proxies === 0 ? peerOf(c) : c.req.header('x-forwarded-for')?.split(',').at(-proxies)
  return truncate(address?.trim() ?? '')
}

/** The other end of the connection; a request that came through no connection has none. */
function peerOf(c: Context): string | undefined {
  return c.env === undefined ? undefined : getConnInfo(c).remote.address
}

/** Returns `192.0.2.0/24` or `2001:db8:1::/48`, or null for what is no address. */
export function truncate(address: string): string | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '') // IPv4 through a socket of both kinds
  if (isIP(plain) === 4) return `${plain.split('.').slice(0, 3).join('.')}.0/24`
  if (isIP(plain) !== 6 || plain.includes('%')) return null
  const [before = '', after] = plain.split('::')
  const head = before.split(':').filter(Boolean)
  const tail = after === undefined ? [] : after.split(':').filter(Boolean)
  const groups = [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail]
  return `${groups.slice(0, 3).join(':').toLowerCase()}::/48`
}
