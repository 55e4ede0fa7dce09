// SPF (RFC 7208): the record of a domain, and how many further questions a receiver has to ask because of it.
import type { Names } from './names.ts'

export interface SpfRecord {
  /** All TXT records that are SPF records; one is right. */
  records: readonly string[]
  /** Questions that checking it takes; a receiver stops after 10 and then nothing passes (section 4.6.4). */
  lookups: number
  /** How it ends: `-all`, `~all`, `redirect`, '' for nothing said. */
  end: string
  /** Records that it includes and that are not there, or are no SPF records. */
  broken: readonly string[]
}

export const MOST_LOOKUPS = 10

/** Beyond this we stop counting: too many is too many. */
const COUNTED = 30

/** Returns whether a TXT record is an SPF record (section 4.5). */
function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

/** Reads the SPF records of a domain and of everything they include. A string is why it is not known. */
export async function readSpf(names: Names, domain: string): Promise<SpfRecord | string> {
  const found = await names.txt(domain)
  if (!found.isKnown) return found.problem
  const records = found.records.filter(isSpf)
  const walk: Walk = { names, lookups: 0, broken: [], seen: new Set([domain]) }
  await follow(walk, records[0] ?? '')
  return { records, lookups: walk.lookups, end: endOf(records[0] ?? ''), broken: walk.broken }
}

interface Walk {
  names: Names
  lookups: number
  broken: string[]
  seen: Set<string>
}

async function follow(walk: Walk, record: string): Promise<void> {
  for (const term of record.toLowerCase().split(/\s+/).slice(1)) {
    if (walk.lookups > COUNTED) return
    const [, mechanism = '', value = ''] = /^[+?~-]?([a-z]+)(?:[:=](\S+))?/.exec(term) ?? []
    if (!['include', 'redirect', 'a', 'mx', 'ptr', 'exists'].includes(mechanism)) continue
    walk.lookups += 1
    if (mechanism !== 'include' && mechanism !== 'redirect') continue
    // A macro depends on the message; a name that was read already is counted and not read again.
    if (value.includes('%') || walk.seen.has(value)) continue
    walk.seen.add(value)
    const found = await walk.names.txt(value)
    const next = found.isKnown ? found.records.find(isSpf) : undefined
    if (next === undefined) walk.broken.push(value)
    else await follow(walk, next)
  }
}

function endOf(record: string): string {
  const terms = record.toLowerCase().split(/\s+/)
  return (
    terms.find((term) => /^[+?~-]?all$/.test(term)) ??
    (terms.some((term) => term.startsWith('redirect=')) ? 'redirect' : '')
  )
}
