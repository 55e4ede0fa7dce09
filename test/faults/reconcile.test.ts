// The judge is judged: a checker that sees nothing also reports no violations.
import { expect, test } from 'vitest'
import type { Account, Row } from './ledger.ts'
import { reconcile, type FarSide, type Rules } from './reconcile.ts'

const RULES: Rules = { leftOpen: new Set(), mostExpired: 0, mayFail: () => false }

function row(more: Partial<Row> = {}): Row {
  const sent = { state: 'sent', reason: null, attempt: 1, messageId: 'm1', sha256: 'aa', endings: ['sent'] }
  return { id: '1', address: 'a@example.org', ...sent, ...more }
}

function account(rows: Row[], more: Partial<Account> = {}): Account {
  return { id: 'c', state: 'finished', audience: rows.length, resends: false, rows, ...more }
}

function farSide(copies: number, more: Partial<FarSide> = {}, sha256 = 'aa'): FarSide {
  const copy = { recipient: 'a@example.org', messageId: 'm1', sha256 }
  return {
    accepted: Array.from({ length: copies }, () => copy),
    mayHaveArrived: () => true,
    wasRefused: () => false,
    knowsBytes: true,
    ...more,
  }
}

/** The kinds of broken promises, without the examples. */
function broken(rows: Row[], far: FarSide, more: Partial<Account> = {}, rules = RULES): string[] {
  return reconcile(account(rows, more), far, rules).violations.map(
    (each) => /^c: ([^,]+(?:, and [^,]+)?)/.exec(each)?.[1] ?? '',
  )
}

test('one message sent once with its bytes breaks nothing', () => {
  expect(reconcile(account([row()]), farSide(1), RULES)).toEqual({
    messages: 1,
    accepted: 1,
    inDoubt: 0,
    missing: 0,
    doubled: 0,
    wrongHash: 0,
    violations: [],
  })
})

test('a row that is missing from the ledger, stuck, or sent without a copy is missed', () => {
  expect(broken([row()], farSide(1), { audience: 2 })).toEqual(['the sum of the states is not the audience'])
  expect(broken([row({ state: 'sending' })], farSide(0))).toContain('missing')
  expect(broken([row({ state: 'pending', endings: [] })], farSide(0))).toEqual(['missing'])
  expect(broken([row()], farSide(0))).toEqual(['missing'])
})

test('what is pending in a paused campaign is not missing', () => {
  const waiting = row({ state: 'pending', messageId: null, sha256: null, endings: [] })
  expect(broken([waiting], farSide(0), { state: 'paused' })).toEqual([])
})

test('two copies are one too many under HOLD, and as many as the doubts allow under RESEND', () => {
  const resent = row({ endings: ['in_doubt', 'sent'] })
  expect(broken([resent], farSide(2))).toEqual(['doubled'])
  expect(broken([resent], farSide(2), { resends: true })).toEqual([])
  expect(broken([resent], farSide(3), { resends: true })).toEqual(['doubled'])
})

test('other bytes than the ledger’s are seen, and so are two kinds of copies', () => {
  expect(broken([row()], farSide(1, {}, 'bb'))).toEqual(['other bytes'])
  const { accepted } = farSide(1, {}, 'bb')
  const both = farSide(1, { accepted: [...accepted, ...farSide(1).accepted], knowsBytes: false })
  expect(broken([row({ endings: ['in_doubt', 'sent'] })], both, { resends: true })).toEqual(['other bytes'])
})

test('a message that arrived must be sent or in doubt', () => {
  const deferred = row({ state: 'failed', reason: 'attempts', endings: ['failed'] })
  expect(broken([deferred], farSide(1, { wasRefused: () => true }))).toEqual([
    'accepted, and the ledger says otherwise',
  ])
})

test('a doubt needs a worker that left it open, or a message that may have arrived', () => {
  const expired = row({ state: 'in_doubt', reason: 'lease_expired', endings: ['in_doubt'] })
  expect(broken([expired], farSide(0))).toEqual(['in doubt, and no worker had left it open'])
  expect(broken([expired], farSide(0), {}, { ...RULES, leftOpen: new Set(['1']) })).toEqual([])
  expect(broken([expired], farSide(0), {}, { ...RULES, leftOpen: null })).toEqual(['more leases expired than may be'])
  const silent = row({ state: 'in_doubt', reason: 'no_reply', endings: ['in_doubt'] })
  expect(broken([silent], farSide(0, { mayHaveArrived: () => false }))).toEqual([
    'in doubt, and it cannot have arrived',
  ])
})

test('nobody bounces unless somebody refused, and every ending is noted', () => {
  const bounced = row({ state: 'bounced', reason: 'no_mailbox', endings: ['bounced'] })
  expect(broken([bounced], farSide(0))).toEqual(['bounced or failed, and nobody refused it'])
  expect(broken([bounced], farSide(0, { wasRefused: () => true }))).toEqual([])
  expect(broken([row({ endings: ['deferred'] })], farSide(1))).toEqual(['the last attempt does not say how it ended'])
  expect(broken([row({ endings: ['sent', 'sent'] })], farSide(1))).toEqual(['settled as sent twice'])
})
