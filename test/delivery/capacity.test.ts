// Places in the air: never more than there are, nobody waits for ever.
import { expect, test } from 'vitest'
import { createCapacity } from '../../src/delivery/capacity.ts'

const never = new AbortController().signal

test('it hands out what is free and makes the next one wait', async () => {
  const capacity = createCapacity(3)
  expect(await capacity.take(2, never)).toBe(2)
  expect(await capacity.take(5, never)).toBe(1)
  let got = 0
  const waiting = capacity.take(5, never).then((places) => (got = places))
  await Promise.resolve()
  expect(got).toBe(0)
  capacity.give(2)
  await waiting
  expect(got).toBe(2)
})

test('those who wait are served in order', async () => {
  const capacity = createCapacity(1)
  await capacity.take(1, never)
  const order: string[] = []
  const first = capacity.take(1, never).then(() => order.push('first'))
  const second = capacity.take(1, never).then(() => order.push('second'))
  capacity.give(1)
  await first
  expect(order).toEqual(['first'])
  capacity.give(1)
  await second
  expect(order).toEqual(['first', 'second'])
})

test('an abort ends the wait with nothing, and takes no place from those behind', async () => {
  const capacity = createCapacity(1)
  await capacity.take(1, never)
  const leaver = new AbortController()
  const left = capacity.take(1, leaver.signal)
  const stays = capacity.take(1, never)
  leaver.abort()
  expect(await left).toBe(0)
  capacity.give(1)
  expect(await stays).toBe(1)
  expect(await capacity.take(1, leaver.signal)).toBe(0)
})

test('a few free places wait a moment for half of all, then go as they are', async () => {
  const capacity = createCapacity(10, 50)
  await capacity.take(10, never)
  const half = capacity.take(10, never)
  for (let place = 0; place < 5; place++) capacity.give(1)
  expect(await half).toBe(5)

  const before = performance.now()
  const few = capacity.take(10, never)
  capacity.give(2)
  expect(await few).toBe(2)
  expect(performance.now() - before).toBeGreaterThan(40)
})

test('nobody is handed more than there are places, whoever comes and goes', async () => {
  const capacity = createCapacity(7, 1)
  let held = 0
  let most = 0
  const user = async (): Promise<void> => {
    for (let round = 0; round < 30; round++) {
      const places = await capacity.take(5, AbortSignal.timeout(10 + round))
      held += places
      most = Math.max(most, held)
      await new Promise((resolve) => setTimeout(resolve, round % 3))
      held -= places
      for (let place = 0; place < places; place++) capacity.give(1)
    }
  }
  await Promise.all([user(), user(), user(), user()])
  expect(most).toBeLessThanOrEqual(7)
  expect(await capacity.take(7, never)).toBe(7)
})
