// When a deferred delivery is tried again, for any attempt, deadline and luck.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_RETRY, nextTry } from '../../src/delivery/retry.ts'

const NOW = new Date('2017-12-22T12:00:00Z')
const MINUTE = 60_000
const luck = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const waitOf = (attempt: number, random: number): number =>
  (nextTry(attempt, NOW, null, () => random)?.getTime() ?? NaN) - NOW.getTime()

test('the first retry waits at least a minute, later ones at least half an hour, none more than four hours', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 26 }), luck, (attempt, random) => {
      const wait = waitOf(attempt, random)
      expect(wait).toBeGreaterThanOrEqual(attempt === 1 ? MINUTE : 30 * MINUTE)
      expect(wait).toBeLessThanOrEqual(240 * MINUTE)
    }),
  )
})

test('waits grow exponentially: 1, 30, 60, 120, 240 minutes without jitter', () => {
  expect([1, 2, 3, 4, 5, 6, 20].map((attempt) => waitOf(attempt, 0) / MINUTE)).toEqual([1, 30, 60, 120, 240, 240, 240])
})

test('jitter spreads deliveries that failed together over half the wait', () => {
  expect(waitOf(2, 0) / MINUTE).toBe(30)
  expect(waitOf(2, 0.5) / MINUTE).toBe(37.5)
  expect(waitOf(2, 0.999)).toBeLessThan(45 * MINUTE)
})

test('T26: nothing is tried at or after the deadline', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 26 }), luck, fc.integer({ min: 0, max: 500 }), (attempt, random, minutes) => {
      const expiresAt = new Date(NOW.getTime() + minutes * MINUTE)
      const at = nextTry(attempt, NOW, expiresAt, () => random)
      const unlimited = nextTry(attempt, NOW, null, () => random)
      expect(at).toEqual(unlimited !== null && unlimited < expiresAt ? unlimited : null)
    }),
  )
})

test('gives up after about four days', () => {
  let [now, attempts] = [NOW, 1]
  for (let next = nextTry(attempts, now, null, () => 0); next; next = nextTry(attempts, now, null, () => 0))
    [now, attempts] = [next, attempts + 1]
  expect(attempts).toBe(DEFAULT_RETRY.maxAttempts)
  const days = (now.getTime() - NOW.getTime()) / (24 * 60 * MINUTE)
  expect(days).toBeGreaterThan(3.5)
  expect(days).toBeLessThanOrEqual(4)
})

test('a receiver that asks for more time gets it, within the deadline', () => {
  const expiresAt = new Date(NOW.getTime() + 60 * MINUTE)
  const later = (atLeastMs: number) => nextTry(1, NOW, expiresAt, () => 0, { atLeastMs })
  expect(later(50 * MINUTE)).toEqual(new Date(NOW.getTime() + 50 * MINUTE))
  expect(later(60 * MINUTE)).toBeNull()
  expect(later(0)).toEqual(new Date(NOW.getTime() + MINUTE))
})

test('a plan of its own replaces the waits', () => {
  const plan = { firstMs: 10, laterMs: 20, capMs: 50, maxAttempts: 4 }
  const waits = [1, 2, 3, 4].map((attempt) => nextTry(attempt, NOW, null, () => 0, { plan })?.getTime())
  expect(waits).toEqual(
    [10, 20, 40]
      .map((ms) => NOW.getTime() + ms)
      .concat(NaN)
      .map((ms) => (Number.isNaN(ms) ? undefined : ms)),
  )
})
