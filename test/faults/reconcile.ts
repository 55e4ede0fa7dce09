// The judgement: audience, ledger and the far side's own log against each other, row by row.
import type { Account, Row } from './ledger.ts'

/** What the far side says, whatever it is: the SMTP sink or the provider's stand-in. */
export interface FarSide {
  accepted: readonly { messageId: string; recipient: string; sha256: string }[]
  /** Whether a message to this recipient may have arrived at any time: it was invited, or the request was read. */
  mayHaveArrived(recipient: string): boolean
  /** Whether something final was said against this recipient's message. */
  wasRefused(recipient: string): boolean
  /** Whether Message-ID and hash are those of the ledger. */
  knowsBytes: boolean
}

export interface Rules {
  /** Deliveries that killed or stopped workers had open: only they may be in doubt by an expired lease. Null: not known one by one. */
  leftOpen: ReadonlySet<string> | null
  /** How many doubts by an expired lease there may be where `leftOpen` is null. */
  mostExpired: number
  /** Deliveries that may end without a refusal of the far side: they cannot be rendered, for example. */
  mayFail: (row: Row) => boolean
}

export interface Verdict {
  messages: number
  accepted: number
  inDoubt: number
  /** In no final, waiting or doubtful state, or `sent` and unknown to the far side. */
  missing: number
  /** Accepted twice although the policy is HOLD, or more often than the doubts allow. */
  doubled: number
  /** Accepted with other bytes than the ledger's, or with two kinds of bytes. */
  wrongHash: number
  /** One sentence for each broken promise, at most a few of a kind. */
  violations: string[]
}

const FINAL = ['sent', 'bounced', 'failed', 'skipped', 'in_doubt']
const WAITING = ['pending', 'deferred']
const MOST_EXAMPLES = 3

/** Returns what is wrong with one campaign; all is well when `violations` is empty. */
export function reconcile(account: Account, farSide: FarSide, rules: Rules): Verdict {
  const copies = copiesOf(account, farSide)
  const wrong = collector(account.id)
  const verdict = { messages: account.rows.length, accepted: 0, inDoubt: 0, missing: 0, doubled: 0, wrongHash: 0 }
  let expired = 0
  if (account.rows.length !== account.audience)
    wrong('the sum of the states is not the audience', `${account.rows.length} of ${account.audience}`)

  for (const row of account.rows) {
    const taken = copies.get(row.address) ?? []
    const doubts = row.endings.filter((ending) => ending === 'in_doubt').length
    verdict.accepted += taken.length
    if (row.state === 'in_doubt') verdict.inDoubt += 1

    if (!isVisible(row, account) || (row.state === 'sent' && taken.length === 0)) {
      verdict.missing += 1
      wrong('missing', describe(row, taken.length))
    }
    if (taken.length > (account.resends ? 1 + doubts : 1)) {
      verdict.doubled += 1
      wrong('doubled', describe(row, taken.length))
    }
    if (new Set(taken.map((copy) => `${copy.messageId} ${copy.sha256}`)).size > 1 || !isSame(row, taken, farSide)) {
      verdict.wrongHash += 1
      wrong('other bytes', describe(row, taken.length))
    }
    // A resend that ended otherwise leaves the first copy where it is: that is what RESEND means.
    if (taken.length > 0 && !['sent', 'in_doubt'].includes(row.state) && !(account.resends && doubts > 0))
      wrong('accepted, and the ledger says otherwise', describe(row, taken.length))
    if (row.endings.filter((ending) => ending === 'sent').length > 1)
      wrong('settled as sent twice', describe(row, taken.length))
    if (!isNoted(row)) wrong('the last attempt does not say how it ended', describe(row, taken.length))
    if (['bounced', 'failed'].includes(row.state) && !farSide.wasRefused(row.address) && !rules.mayFail(row))
      wrong('bounced or failed, and nobody refused it', describe(row, taken.length))

    if (row.state === 'in_doubt' && row.reason === 'lease_expired') {
      expired += 1
      if (rules.leftOpen !== null && !rules.leftOpen.has(row.id))
        wrong('in doubt, and no worker had left it open', describe(row, taken.length))
    } else if (row.state === 'in_doubt' && !farSide.mayHaveArrived(row.address))
      wrong('in doubt, and it cannot have arrived', describe(row, taken.length))
  }
  if (rules.leftOpen === null && expired > rules.mostExpired)
    wrong('more leases expired than may be', `${expired}, at most ${rules.mostExpired}`)
  return { ...verdict, violations: wrong.sentences() }
}

type Copy = FarSide['accepted'][number]

function copiesOf(account: Account, { accepted }: FarSide): Map<string, Copy[]> {
  const copies = new Map<string, Copy[]>(account.rows.map((row) => [row.address, []]))
  for (const copy of accepted) copies.get(copy.recipient)?.push(copy)
  return copies
}

/** Nothing may stay `sending`; what waits may do so only where the campaign is paused. */
function isVisible(row: Row, account: Account): boolean {
  return FINAL.includes(row.state) || (account.state === 'paused' && WAITING.includes(row.state))
}

/** The ledger's bytes are those that were accepted; a lost worker may have had no time to write them down. */
function isSame(row: Row, taken: readonly Copy[], farSide: FarSide): boolean {
  if (!farSide.knowsBytes) return true
  const ofLedger = (copy: Copy): boolean =>
    (row.messageId === null || copy.messageId === row.messageId) && (row.sha256 === null || copy.sha256 === row.sha256)
  return taken.every(ofLedger) && (row.state !== 'sent' || (row.messageId !== null && row.sha256 !== null))
}

/** Rule 10: every ending writes an attempt. What was skipped when the audience was frozen was never attempted. */
function isNoted(row: Row): boolean {
  const last = row.endings.at(-1)
  if (row.state === 'pending') return true
  if (row.state === 'deferred') return last === 'deferred' || last === 'released'
  return last === row.state || (row.state === 'skipped' && last === undefined)
}

function describe(row: Row, copies: number): string {
  return `delivery ${row.id} (${row.state}${row.reason === null ? '' : `, ${row.reason}`}; attempts: ${row.endings.join(' ') || 'none'}; accepted ${copies} times)`
}

interface Collector {
  (kind: string, example: string): void
  sentences(): string[]
}

function collector(id: string): Collector {
  const found = new Map<string, string[]>()
  const add = (kind: string, example: string): void => {
    const examples = found.get(kind)
    if (examples === undefined) found.set(kind, [example])
    else examples.push(example)
  }
  return Object.assign(add, {
    sentences: () =>
      [...found].map(
        ([kind, examples]) =>
          `${id}: ${kind}, ${examples.length} times: ${examples.slice(0, MOST_EXAMPLES).join('; ')}`,
      ),
  })
}
