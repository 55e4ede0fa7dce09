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
