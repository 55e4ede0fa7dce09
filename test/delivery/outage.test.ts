// A lost database passes; a bad value does not.
import { expect, test } from 'vitest'
import { isOutage } from '../../src/delivery/outage.ts'

const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code })

test('lost connections, restarts, deadlocks and full servers are outages', () => {
  const codes = ['08006', '57P01', '57P03', '53300', '40P01', 'ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND']
  expect(codes.filter((code) => !isOutage(coded(code)))).toEqual([])
  expect(isOutage(new Error('Connection terminated unexpectedly'))).toBe(true)
  expect(isOutage(new Error('wrapped', { cause: coded('57P01') }))).toBe(true)
  expect(isOutage(new AggregateError([coded('ECONNREFUSED')], 'every address'))).toBe(true)
})

test('a refused value, a bug and anything that is no error are not', () => {
  const codes = ['22021', '23505', '42703']
  expect(codes.filter((code) => isOutage(coded(code)))).toEqual([])
  expect(isOutage(new TypeError('undefined is not a function'))).toBe(false)
  expect(isOutage('57P01')).toBe(false)
})
