// The flags of the benchmark.
import { expect, test } from 'vitest'
import { readOptions, wants } from './options.ts'

test('without flags the counts are those of a measurement, with --quick those of a trial', () => {
  expect(readOptions([])).toMatchObject({ messages: 200_000, scale: [10_000, 100_000, 1_000_000], connections: 100 })
  expect(readOptions(['--quick'])).toMatchObject({ messages: 3_000, importRows: 20_000 })
})

test('a count that is given wins, and no slow way sends more than it', () => {
  expect(readOptions(['--quick', '--messages', '500'])).toMatchObject({
    messages: 500,
    naiveMessages: 60,
    usualMessages: 500,
  })
})

test('audiences come in order of size', () => {
  expect(readOptions(['--scale', '1000000,10_000']).scale).toEqual([10_000, 1_000_000])
})

test('what is no whole number above 0 is refused with the flag and the value', () => {
  expect(() => readOptions(['--messages', '-3'])).toThrow('--messages')
  expect(() => readOptions(['--connections', '1.5'])).toThrow('--connections 1.5 is no whole number above 0')
  expect(() => readOptions(['--scale', '10,x'])).toThrow('--scale x')
  expect(() => readOptions(['--send-at-most', '0'])).toThrow('--send-at-most 0')
  expect(() => readOptions(['--set', 'canary off'])).toThrow('--set canary off is no setting')
  expect(() => readOptions(['--fast'])).toThrow('--fast')
})

test('settings of the product are taken as they are', () => {
  expect(readOptions(['--set', 'A_B=1', '--set', 'C=x=y']).settings).toEqual({ A_B: '1', C: 'x=y' })
})

test('a name wants its line, the lines below it and the part above it', () => {
  const only = readOptions(['--only', 'rollcall/redis/1, usual'])
  expect(wants(only, 'rollcall/redis/1/plain')).toBe(true)
  expect(wants(only, 'rollcall')).toBe(true)
  expect(wants(only, 'usual')).toBe(true)
  expect(wants(only, 'rollcall/redis/2/plain')).toBe(false)
  expect(wants(only, 'limit')).toBe(false)
  expect(wants(readOptions([]), 'limit')).toBe(true)
})
