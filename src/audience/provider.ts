// Which of the large mailbox providers an address belongs to, told by its domain.

/** A provider with rules and limits of its own; `other` is everybody else. */
export type Provider = 'google' | 'microsoft' | 'yahoo' | 'apple' | 'other'

const DOMAINS: readonly (readonly [Provider, RegExp])[] = [
  ['google', /^(?:gmail|googlemail)\.com$/],
  ['microsoft', /^(?:outlook|hotmail|live|msn)\.[a-z.]+$/],
  ['yahoo', /^(?:yahoo|ymail|rocketmail|aol|aim|att|sbcglobal|bellsouth|verizon)\.[a-z.]+$/],
  ['apple', /^(?:icloud|me|mac)\.com$/],
]

/** Returns the provider of a domain (an A-label, any case). Domains hosted by a provider under a name of their own are `other`. */
export function providerOfDomain(domain: string): Provider {
  return DOMAINS.find(([, name]) => name.test(domain.toLowerCase()))?.[0] ?? 'other'
}
