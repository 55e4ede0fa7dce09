// Messages a second of late, by a clock of the test's own.
import { expect, test } from 'vitest'
import { createPace } from '../../src/delivery/pace.ts'

/** Returns the pace after `perSecond` messages a second for `seconds`, with the clock to carry on. */
function sentFor(seconds: number, perSecond: number, startMs = 0) {
  let ms = startMs
  const pace = createPace(() => ms)
  const send = (forSeconds: number, rate: number): void => {
    const end = ms + forSeconds * 1000
    const first = ms
    for (let sent = 0; ms < end; sent++, ms = Math.min(end, first + (sent * 1000) / rate)) pace.count()
  }
  const wait = (forSeconds: number): void => void (ms += forSeconds * 1000)
  send(seconds, perSecond)
  return { pace, send, wait }
}

test('nothing carried is no pace', () => {
  expect(createPace(() => 0).perSecond()).toBe(0)
})

test.each([0.5, 1, 2.3, 4.9, 5, 7.5, 60])(
  'a steady rate is found after %d seconds, whatever part of a second it is',
  (seconds) => {
    for (const startMs of [0, 1, 500, 999]) {
      const { pace } = sentFor(Math.max(1, seconds), 50, startMs)
      expect(Math.abs(pace.perSecond() - 50)).toBeLessThan(3)
    }
  },
)

test('a burst in the first moment counts for a whole second', () => {
  const { pace } = sentFor(0.1, 100)
  expect(pace.perSecond()).toBe(10)
})

test('it follows a change within its window, and a lull ends it', () => {
  const { pace, send, wait } = sentFor(10, 100)
  send(5, 20)
  expect(Math.abs(pace.perSecond() - 20)).toBeLessThan(2)
  wait(6)
  expect(pace.perSecond()).toBe(0)
  send(5, 30)
  expect(Math.abs(pace.perSecond() - 30)).toBeLessThan(2)
})
