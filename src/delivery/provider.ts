// Which mailbox provider answered: the big ones have codes and words of their own.

export type Provider = 'google' | 'microsoft' | 'yahoo' | 'apple' | 'other'

const SIGNATURES: readonly (readonly [Provider, RegExp])[] = [
  ['google', /\bgsmtp\b|support\.google\.com|mail\.google\.com/i],
  ['microsoft', /\.(?:outlook|hotmail)\.com\b|\bAS\(\d+\)|\(S\d{4,}\)|office365|\b[45]\.7\.(?:515|6\d\d|7\d\d)\b/i],
  ['yahoo', /\[TSS?\d+\]|yahoo\.(?:com|net)|\baol\.com/i],
  ['apple', /\[(?:HM|CS|HME)\d+\]|icloud\.com|apple\.com/i],
]

const DOMAINS: readonly (readonly [Provider, RegExp])[] = [
  ['google', /^(?:gmail|googlemail)\.com$/],
  ['microsoft', /^(?:outlook|hotmail|live|msn)\.[a-z.]+$/],
  ['yahoo', /^(?:yahoo|ymail|rocketmail|aol|aim|att|sbcglobal|bellsouth|verizon)\.[a-z.]+$/],
  ['apple', /^(?:icloud|me|mac)\.com$/],
]

/** Returns the provider, told by the words of the reply first and by the recipient's domain (an A-label) second. */
export function providerOf(replyText: string, domain: string): Provider {
  const known =
    SIGNATURES.find(([, words]) => words.test(replyText)) ?? DOMAINS.find(([, name]) => name.test(domain.toLowerCase()))
  return known?.[0] ?? 'other'
}
