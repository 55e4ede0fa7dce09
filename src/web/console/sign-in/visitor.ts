// A visitor at the door: where they come from, and what the browser gets once they are in.
import type { Context } from 'hono'
import { browserToken, type Door, type Entered, type Visitor } from '../../../access/sign-in.ts'
import { networkOf } from '../../network.ts'
import { knownBrowser, setKnownBrowser, setSession } from '../cookies.ts'
import type { Guest } from '../desk.ts'
import { redirectTo } from '../redirect.ts'

export function doorOf({ site, seals }: Guest): Door {
  return { db: site.db, seals, now: site.clock.now() }
}

export function visitorOf(c: Context, { site }: Guest): Visitor {
  return {
    network: networkOf(c, site.proxies) ?? '',
    knownBrowser: knownBrowser(site, c),
    browser: browserName(c.req.header('user-agent') ?? ''),
  }
}

/** Returns `Firefox on Linux`: enough for a person to know their own browsers. */
function browserName(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)/.exec(agent)?.[1] ?? 'A browser'
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent)?.[1] ?? 'an unknown system'
  const names: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'macOS' }
  return `${names[browser] ?? browser} on ${names[system] ?? system}`
}

/** Gives the browser its session and sends it on: to what is still missing, else to the page that was wanted. */
export function letIn(
  c: Context,
  guest: Guest,
  entered: Extract<Entered, { kind: 'in' }>,
  email: string,
  to: string,
): Response {
  setSession(guest.site, c, entered.token)
  if (entered.stage === 'whole') {
    setKnownBrowser(guest.site, c, browserToken(guest.seals, email))
    return redirectTo(c, guest, to)
  }
  const next = entered.stage === 'code' ? '/sign-in/code' : '/sign-in/second-factor'
  return redirectTo(c, guest, to === '' ? next : `${next}?to=${encodeURIComponent(guest.root + to)}`)
}

/** Returns the sentence for a try that failed. */
export function whyNot(entered: Exclude<Entered, { kind: 'in' }>, wrong: string): string {
  return entered.kind === 'wait'
    ? `Too many wrong tries. Wait ${entered.seconds} second${entered.seconds === 1 ? '' : 's'}, then try again.`
    : wrong
}
