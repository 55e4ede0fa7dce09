// Which mailbox provider answered: the big ones have codes and words of their own.
import { providerOfDomain, type Provider } from '../audience/provider.ts'

const SIGNATURES: readonly (readonly [Provider, RegExp])[] = [
  ['google', /\bgsmtp\b|support\.google\.com|mail\.google\.com/i],
  ['microsoft', /\.(?:outlook|hotmail)\.com\b|\bAS\(\d+\)|\(S\d{4,}\)|office365|\b[45]\.7\.(?:515|6\d\d|7\d\d)\b/i],
  ['yahoo', /\[TSS?\d+\]|yahoo\.(?:com|net)|\baol\.com/i],
  ['apple', /\[(?:HM|CS|HME)\d+\]|icloud\.com|apple\.com/i],
]

/** Returns the provider, told by the words of the reply first and by the recipient's domain (an A-label) second. */
export function providerOf(replyText: string, domain: string): Provider {
  return SIGNATURES.find(([, words]) => words.test(replyText))?.[0] ?? providerOfDomain(domain)
}
