// The addresses in a message: subscriber pages behind signed tokens, and the mailboxes that take bounces and opt-outs.
import { RollcallError } from '../core/errors.ts'
import { signMailToken, signToken, type Capability, type Purpose, type TokenKeys } from '../core/token.ts'
import type { PersonView } from './view.ts'

/** RFC 5321 4.5.3.1.1. */
const MAX_LOCAL_PART = 64

type PersonLinks = Pick<PersonView, 'unsubscribeUrl' | 'preferencesUrl' | 'viewUrl' | 'forwardUrl' | 'seatUrl'>

/** Makes every URL and address of ours that stands in a message. Tokens are the only thing personal in them. */
export interface Links {
  /** The five links of one delivery: /u/, /p/, /v/, /f/ and /a/ with a token each that allows that one thing. */
  person(capability: Capability): PersonLinks
  /** The link of List-Unsubscribe: GET shows a page with a button, POST unsubscribes (RFC 8058). */
  unsubscribe(capability: Capability): string
  /** The public scoreboard of a campaign. */
  lookup(campaignId: string): string
  /** Where List-Help points. */
  help(): string
  /** `unsub+TOKEN@domain`. */
  unsubscribeAddress(capability: Capability, bounceDomain: string): string
  /** MAIL FROM of one delivery (VERP): `b+TOKEN@domain`. */
  bounceAddress(capability: Capability, bounceDomain: string): string
  /** The delivery in a form that only we can make and read, for headers and provider arguments. */
  deliveryToken(capability: Capability): string
}

/**
 * Returns the maker of links below `baseUrl`.
 * Throws `bad_base_url` unless it is https, or http on this machine, without a query or fragment.
 */
export function createLinks(baseUrl: string, keys: TokenKeys): Links {
  const base = checkedBase(baseUrl)
  const urlToken = rememberLast(keys, signToken)
  const mailToken = rememberLast(keys, signMailToken)
  const page = (path: string, purpose: Purpose, capability: Capability) =>
    `${base}/${path}/${urlToken(purpose, capability)}`
  const mailbox = (word: string, purpose: Purpose, capability: Capability, domain: string) =>
    address(`${word}+${mailToken(purpose, capability)}`, domain)
  return {
    person: (capability) => ({
      unsubscribeUrl: page('u', 'unsubscribe', capability),
      preferencesUrl: page('p', 'preferences', capability),
      viewUrl: page('v', 'view', capability),
      forwardUrl: page('f', 'forward', capability),
      seatUrl: page('a', 'seat', capability),
    }),
    unsubscribe: (capability) => page('u', 'unsubscribe', capability),
    lookup: (campaignId) => `${base}/votes/${encodeURIComponent(campaignId)}`,
    help: () => `${base}/help`,
    unsubscribeAddress: (capability, domain) => mailbox('unsub', 'unsubscribe', capability, domain),
    bounceAddress: (capability, domain) => mailbox('b', 'bounce', capability, domain),
    deliveryToken: (capability) => mailToken('bounce', capability),
  }
}

type Sign = (keys: TokenKeys, purpose: Purpose, capability: Capability) => string

/** Returns the signer with the tokens of its last delivery at hand: head and body of a message ask for the same ones. */
function rememberLast(keys: TokenKeys, sign: Sign): (purpose: Purpose, capability: Capability) => string {
  let last: Capability = { deliveryId: -1n, subscriberId: -1n }
  const tokens = new Map<Purpose, string>()
  return (purpose, capability) => {
    if (capability.deliveryId !== last.deliveryId || capability.subscriberId !== last.subscriberId) {
      tokens.clear()
      last = { ...capability }
    }
    const token = tokens.get(purpose) ?? sign(keys, purpose, capability)
    tokens.set(purpose, token)
    return token
  }
}

function checkedBase(baseUrl: string): string {
  const url = URL.parse(baseUrl)
  const isHere = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  const isAllowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)
  const isBare = url !== null && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  if (url === null || !isAllowed || !isBare) {
    throw new RollcallError('bad_base_url', `the base URL "${baseUrl}" cannot stand in a message`, {
      hint: 'write https://HOST, with a path if there is one, and nothing after it',
      kind: 'usage',
    })
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

function address(local: string, domain: string): string {
  if (local.length > MAX_LOCAL_PART) {
    throw new RollcallError(
      'bug',
      `the local part "${local}" has ${local.length} characters; mail allows ${MAX_LOCAL_PART}`,
    )
  }
  return `${local}@${domain}`
}
