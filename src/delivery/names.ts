// Questions to the DNS: short patience, and "there is none" told apart from "nobody answered".
import { Resolver } from 'node:dns/promises'
import type { MxRecord } from 'node:dns'

/** What was found, which may be nothing; or why it is not known. */
type Found<Value> = { isKnown: true; records: readonly Value[] } | { isKnown: false; problem: string }

export interface Names {
  /** TXT records, each in one piece. */
  txt(name: string): Promise<Found<string>>
  mx(name: string): Promise<Found<MxRecord>>
}

/** RFC 1035: labels of 63 octets, 253 in all; underscores as DKIM and DMARC have them. */
const NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

const NONE = new Set(['ENODATA', 'ENOTFOUND'])

/** Returns a resolver; `servers` (`127.0.0.1:5300`) instead of those of this machine. */
export function openNames(servers?: readonly string[]): Names {
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  if (servers !== undefined) resolver.setServers([...servers])
  return {
    txt: (name) => ask(name, async () => (await resolver.resolveTxt(name)).map((parts) => parts.join(''))),
    mx: (name) => ask(name, () => resolver.resolveMx(name)),
  }
}

async function ask<Value>(name: string, question: () => Promise<Value[]>): Promise<Found<Value>> {
  if (!NAME.test(name)) return { isKnown: false, problem: `"${name.slice(0, 80)}" is no name that the DNS could know` }
  try {
    return { isKnown: true, records: await question() }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (NONE.has(code)) return { isKnown: true, records: [] }
    return { isKnown: false, problem: `the DNS did not answer for ${name} (${code || 'unknown error'})` }
  }
}
