// What receivers ask the DNS about a sender: each check with what was found, what is expected, and what to do.
import type { Names } from './names.ts'
import { MOST_LOOKUPS, readSpf } from './spf.ts'

export interface DomainCheck {
  name: 'SPF' | 'DKIM' | 'DMARC' | 'MX' | 'SPF alignment' | 'DKIM alignment' | 'One-click unsubscribe'
  /** `unknown`: the DNS did not answer, or it cannot be seen from here. */
  state: 'pass' | 'warning' | 'fail' | 'unknown'
  found: string
  expected: string
  /** '' when nothing is to be done. */
  fix: string
}

type Judged = Omit<DomainCheck, 'name' | 'expected'>

function silence(problem: string): Judged {
  return { state: 'unknown', found: problem, fix: 'check again in a minute; if it stays, look at the name servers' }
}

/** SPF of the domain in MAIL FROM: one record, 10 further lookups at most (RFC 7208). */
export async function checkSpf(names: Names, domain: string): Promise<DomainCheck> {
  const expected = `one TXT record at ${domain} that begins with v=spf1, with at most ${MOST_LOOKUPS} lookups, and ends in -all or ~all`
  return { name: 'SPF', expected, ...(await judgeSpf(names, domain)) }
}

async function judgeSpf(names: Names, domain: string): Promise<Judged> {
  const spf = await readSpf(names, domain)
  if (typeof spf === 'string') return silence(spf)
  const [record] = spf.records
  if (record === undefined)
    return {
      state: 'fail',
      found: 'no SPF record',
      fix: `publish a TXT record at ${domain}: v=spf1 include:YOUR-RELAY -all`,
    }
  if (spf.records.length > 1)
    return {
      state: 'fail',
      found: `${spf.records.length} SPF records`,
      fix: 'put them into one record: with two, every check fails',
    }
  const found = `${record} (${spf.lookups} lookups)`
  if (spf.lookups > MOST_LOOKUPS)
    return {
      state: 'fail',
      found,
      fix: `${spf.lookups} lookups are more than ${MOST_LOOKUPS}: take includes out that are no longer needed`,
    }
  if (spf.broken.length > 0)
    return { state: 'fail', found, fix: `${spf.broken.join(', ')} has no SPF record: take it out` }
  if (spf.end === '+all' || spf.end === 'all')
    return { state: 'fail', found, fix: 'end the record with -all or ~all: now anybody may send in this name' }
  if (spf.end === '' || spf.end === '?all') return { state: 'warning', found, fix: 'end the record with -all or ~all' }
  return { state: 'pass', found, fix: '' }
}

/** The MX that bounces return to (RFC 5321 section 5, null MX of RFC 7505). */
export async function checkMx(names: Names, domain: string): Promise<DomainCheck> {
  return {
    name: 'MX',
    expected: `an MX record at ${domain} that leads to where Rollcall takes returned mail`,
    ...(await judgeMx(names, domain)),
  }
}

async function judgeMx(names: Names, domain: string): Promise<Judged> {
  const mx = await names.mx(domain)
  if (!mx.isKnown) return silence(mx.problem)
  if (mx.records.length === 0)
    return { state: 'fail', found: 'no MX record', fix: `publish one: bounces and opt-outs by mail come to ${domain}` }
  if (mx.records.some(({ exchange }) => exchange === '' || exchange === '.'))
    return {
      state: 'fail',
      found: 'a null MX: the domain takes no mail',
      fix: 'replace it: some receivers refuse senders that take no mail',
    }
  const found = mx.records
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ priority, exchange }) => `${priority} ${exchange}`)
    .join(', ')
  return { state: 'pass', found, fix: '' }
}

export interface Dmarc {
  check: DomainCheck
  /** Where the record stands: the domain, or one above it; '' without one. */
  at: string
}

/** RFC 9989 walks up the tree, eight names at most. */
const STEPS = 8

/** DMARC of a From domain: the nearest record at it or above it. */
export async function checkDmarc(names: Names, domain: string): Promise<Dmarc> {
  const labels = domain.split('.')
  const from =
    labels.length > STEPS ? [0, ...range(labels.length - STEPS + 1, labels.length - 1)] : range(0, labels.length - 1)
  const expected = `one TXT record at _dmarc.${domain}, or at a domain above it: v=DMARC1; p=none or stricter, with rua=`
  for (const start of from) {
    const at = labels.slice(start).join('.')
    const found = await names.txt(`_dmarc.${at}`)
    if (!found.isKnown) return { at: '', check: { name: 'DMARC', expected, ...silence(found.problem) } }
    const records = found.records.filter((text) => /^v=DMARC1\s*(?:;|$)/.test(text))
    if (records.length > 0) return { at, check: { name: 'DMARC', expected, ...judgeDmarc(records, at === domain) } }
  }
  const fix = `publish a TXT record at _dmarc.${domain}: v=DMARC1; p=none; rua=mailto:dmarc@${domain}`
  return { at: '', check: { name: 'DMARC', expected, state: 'fail', found: 'no DMARC record', fix } }
}

/** Every start from `first` on that leaves two labels at least. */
function range(first: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index)
}

function judgeDmarc(records: readonly string[], isOwn: boolean): Judged {
  const [record = ''] = records
  if (records.length > 1)
    return { state: 'fail', found: `${records.length} DMARC records`, fix: 'leave one: with two, there is none' }
  const tags = tagsOf(record)
  const policy = (isOwn ? undefined : tags.get('sp')) ?? tags.get('p') ?? ''
  if (!['none', 'quarantine', 'reject'].includes(policy))
    return { state: 'fail', found: record, fix: 'name a policy: p=none, p=quarantine or p=reject' }
  if (!tags.has('rua'))
    return { state: 'warning', found: record, fix: 'add rua=mailto:… to be told who sends in this name' }
  return { state: 'pass', found: record, fix: '' }
}

export interface OwnKey {
  domain: string
  selector: string
  /** The public half, DER in base64. */
  publicKey: string
  bits: number
}

/** DKIM: the published key is the one we sign with (RFC 6376 section 3.6.1). */
export async function checkDkim(names: Names, key: OwnKey): Promise<DomainCheck> {
  const at = `${key.selector}._domainkey.${key.domain}`
  return {
    name: 'DKIM',
    expected: `a TXT record at ${at} with the public half of ROLLCALL_DKIM_KEY_FILE`,
    ...(await judgeDkim(names, key, at)),
  }
}

async function judgeDkim(names: Names, key: OwnKey, at: string): Promise<Judged> {
  const txt = await names.txt(at)
  if (!txt.isKnown) return silence(txt.problem)
  const publish = `publish at ${at}: v=DKIM1; k=rsa; p=${key.publicKey}`
  const records = txt.records.filter((text) => tagsOf(text).has('p'))
  const [record] = records
  if (record === undefined) return { state: 'fail', found: 'no key', fix: publish }
  if (records.length > 1)
    return { state: 'fail', found: `${records.length} keys under one selector`, fix: 'leave one, ours' }
  const tags = tagsOf(record)
  const published = (tags.get('p') ?? '').replace(/\s/g, '')
  const found = published === '' ? 'a key that was withdrawn' : `${published.slice(0, 24)}…${published.slice(-8)}`
  if (published !== key.publicKey)
    return { state: 'fail', found: published === '' ? found : `another key: ${found}`, fix: publish }
  if ((tags.get('t') ?? '').split(':').includes('y'))
    return {
      state: 'warning',
      found: `${found}, marked as a test`,
      fix: 'take t=y out: receivers may ignore the signature',
    }
  if (key.bits < 2048)
    return {
      state: 'warning',
      found: `${found}, ${key.bits} bits`,
      fix: 'make a key of 2048 bits under a new selector',
    }
  return { state: 'pass', found: `our key, ${key.bits} bits: ${found}`, fix: '' }
}

/** Tags of DKIM and DMARC records: `a=b; c=d`. */
function tagsOf(record: string): ReadonlyMap<string, string> {
  return new Map(
    record.split(';').flatMap((part) => {
      const [, name, value] = /^\s*([a-z][a-z0-9_]*)\s*=\s*([\s\S]*?)\s*$/i.exec(part) ?? []
      return name === undefined || value === undefined
        ? []
        : [[name.toLowerCase(), name.toLowerCase() === 'p' && value.length < 20 ? value.toLowerCase() : value] as const]
    }),
  )
}

/** Relaxed alignment: one is the other or lies below it, or both lie below where the DMARC record stands. */
export function isAligned(one: string, other: string, dmarcAt: string): boolean {
  const isBelow = (name: string, above: string) => above !== '' && (name === above || name.endsWith(`.${above}`))
  return isBelow(one, other) || isBelow(other, one) || (isBelow(one, dmarcAt) && isBelow(other, dmarcAt))
}
