// The bulk headers of one message: how to leave the list, which list it is, and whose complaint feed it belongs to.
import { RollcallError } from '../core/errors.ts'
import { slug } from '../core/ids.ts'
import type { Capability } from '../core/token.ts'
import type { Links } from './links.ts'
import type { Manifest } from './manifest.ts'
import type { Header } from './message.ts'
import { encodeWords } from './mime/encoded-word.ts'

/** What the bulk headers of all messages of a campaign are made from. */
export interface BulkFacts {
  links: Links
  bounceDomain: string
  campaignId: string
  manifest: Pick<Manifest, 'list' | 'organisation' | 'feedbackId' | 'language'>
}

/**
 * Returns the maker of the headers every message of a campaign carries, in this order, each once, all printable ASCII:
 * RFC 2369 and 8058 (List-Unsubscribe, one https URI first), RFC 2919 (List-Id), Feedback-ID, Precedence.
 * Auto-Submitted is not among them: a person wrote the campaign (RFC 3834).
 * Both the call and the maker throw `unsafe_header` when a value could not stand on one header line.
 */
export function bulkHeaders(facts: BulkFacts): (capability: Capability) => Header[] {
  const { links, bounceDomain, manifest } = facts
  const shared = [
    ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
    ['List-Id', listId(manifest.list)],
    ['List-Help', `<${links.help()}>`],
    ['Feedback-ID', feedbackId(facts)],
    ['Precedence', 'bulk'],
    ['X-Auto-Response-Suppress', 'OOF, AutoReply'],
  ] satisfies Header[]
  const checked = shared.map(checkedHeader)
  const language = checkedHeader(['Content-Language', manifest.language])
  return (capability) => {
    const mailto = `mailto:${links.unsubscribeAddress(capability, bounceDomain)}?subject=unsubscribe`
    return [
      checkedHeader(['List-Unsubscribe', `<${links.unsubscribe(capability)}>, <${mailto}>`]),
      ...checked,
      checkedHeader(['X-Rollcall-Delivery', links.deliveryToken(capability)]),
      language,
    ]
  }
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
