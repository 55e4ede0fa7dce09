// What the tallies add up to.
import { expect, test } from 'vitest'
import { headline, progressOf } from '../../src/delivery/progress.ts'
import type { Tally } from '../../src/delivery/tallies.ts'

function tally(more: Partial<Tally>): Tally {
  return {
    state: 'pending',
    reason: null,
    outcome: 'mixed',
    provider: 'other',
    count: 1,
    recent: 0,
    firstSentAt: null,
    lastSentAt: null,
    dueInMs: null,
    ...more,
  }
}
const at = (second: number): Date => new Date(Date.UTC(2017, 11, 21, 22, 0, second))

test('before the launch there is nothing, and nothing to wait for', () => {
  expect(progressOf([])).toMatchObject({ total: 0, perSecond: 0, remainingMs: 0, reasons: [], outcomes: [] })
})

test('while it sends, the speed is that of the last seconds and the rest follows from it', () => {
  const progress = progressOf([
    tally({ count: 900 }),
    tally({ state: 'deferred', reason: 'transient', count: 100 }),
    tally({ state: 'sent', count: 5_000, recent: 2_000, firstSentAt: at(0), lastSentAt: at(40) }),
  ])
  expect(progress).toMatchObject({ total: 6_000, perSecond: 200, remainingMs: 5_000 })
  expect(progress.deliveries).toEqual({
    pending: 900,
    sending: 0,
    sent: 5_000,
    deferred: 100,
    bounced: 0,
    failed: 0,
    skipped: 0,
    in_doubt: 0,
  })
})

test('a send that stands still has no end in sight', () => {
  const sent = tally({ state: 'sent', count: 10, recent: 0, firstSentAt: at(0), lastSentAt: at(9) })
  expect(progressOf([tally({}), sent]).remainingMs).toBeNull()
})

test('afterwards the speed is that of the whole send', () => {
  expect(progressOf([tally({ state: 'sent', count: 300, firstSentAt: at(0), lastSentAt: at(3) })]).perSecond).toBe(100)
})

test('reasons come most frequent first, outcomes with how many were sent', () => {
  const progress = progressOf([
    tally({ state: 'skipped', reason: 'opted_out', count: 2 }),
    tally({ state: 'failed', reason: 'content', count: 5, outcome: 'all_champions' }),
    tally({ state: 'skipped', reason: 'opted_out', count: 4, outcome: 'all_champions' }),
    tally({ state: 'sent', count: 7, outcome: 'all_champions', firstSentAt: at(0), lastSentAt: at(1) }),
  ])
  expect(progress.reasons).toEqual([
    { state: 'skipped', reason: 'opted_out', count: 6 },
    { state: 'failed', reason: 'content', count: 5 },
  ])
  expect(progress.outcomes).toEqual([
    { outcome: 'mixed', count: 2, sent: 0 },
    { outcome: 'all_champions', count: 16, sent: 7 },
  ])
})

test('rule 8: the headline says what failed and what is in doubt', () => {
  const trouble = progressOf([
    tally({ state: 'failed', reason: 'content', count: 23 }),
    tally({ state: 'in_doubt', reason: 'no_reply', count: 2 }),
  ])
  expect(headline('finished', trouble)).toBe('finished, 23 failed, 2 in doubt')
  expect(headline('sending', progressOf([]))).toBe('sending')
})
