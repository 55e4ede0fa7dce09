// The bulk headers of one message: how to leave the list, which list it is, and whose complaint feed it belongs to.
import { RollcallError } from '../core/errors.ts'
import { slug } from '../core/ids.ts'
import type { Capability } from '../core/token.ts'
import type { Links } from './links.ts'
import type { Manifest } from './manifest.ts'
import type { Header } from './message.ts'
import { encodeWords } from './mime/encoded-word.ts'

export interface BulkFacts {
  links: Links
  capability: Capability
  bounceDomain: string
  campaignId: string
  manifest: Pick<Manifest, 'list' | 'organisation' | 'feedbackId' | 'language'>
}

/**
 * Returns the headers every campaign message carries, in this order, each once, all printable ASCII:
 * RFC 2369 and 8058 (List-Unsubscribe, one https URI first), RFC 2919 (List-Id), Feedback-ID, Precedence.
 * Auto-Submitted is not among them: a person wrote the campaign (RFC 3834).
 * Throws `unsafe_header` when a value could not stand on one header line.
 */
export function bulkHeaders(facts: BulkFacts): Header[] {
  const { links, capability, bounceDomain, manifest } = facts
  const mailto = `mailto:${links.unsubscribeAddress(capability, bounceDomain)}?subject=unsubscribe`
  const headers: Header[] = [
    ['List-Unsubscribe', `<${links.unsubscribe(capability)}>, <${mailto}>`],
    ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
    ['List-Id', listId(manifest.list)],
    ['List-Help', `<${links.help()}>`],
    ['Feedback-ID', feedbackId(facts)],
    ['Precedence', 'bulk'],
    ['X-Auto-Response-Suppress', 'OOF, AutoReply'],
    ['X-Rollcall-Delivery', links.deliveryToken(capability)],
    ['Content-Language', manifest.language],
  ]
  return headers.map(checkedHeader)
}

/** Returns `"Action alerts" <alerts.example.org>`; a name beyond ASCII becomes encoded words, which may not be quoted. */
function listId({ id, name }: Manifest['list']): string {
  const isAscii = /^[\x20-\x7e]*$/.test(name) && !name.includes('=?')
  const phrase = isAscii ? `"${name.replace(/["\\]/g, '\\$&')}"` : encodeWords(name.toWellFormed()).join(' ')
  return `${phrase} <${id}>`
}

/** Returns `campaign:list:organisation:sender`, the same for every recipient; a colon inside a part would shift them. */
function feedbackId({ campaignId, manifest }: BulkFacts): string {
  const parts = [campaignId, manifest.list.id, slug(manifest.organisation.name), manifest.feedbackId]
  return parts.map((part) => part.replaceAll(':', '-')).join(':')
}

function checkedHeader([name, value]: Header): Header {
  if (/^[\x20-\x7e]{1,900}$/.test(value)) return [name, value]
  throw new RollcallError('unsafe_header', `the header ${name} cannot hold ${JSON.stringify(value)}`, {
    hint: 'write the setting it comes from in printable ASCII',
  })
}
