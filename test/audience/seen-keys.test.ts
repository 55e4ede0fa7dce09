// The memory of address keys: it never takes a known key for a new one.
import { hash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createSeenKeys } from '../../src/audience/seen-keys.ts'

const keyOf = (text: string): string => hash('sha256', text, 'hex')

it('knows every key again, whatever came between', () => {
  const keys = fc.array(fc.string().map(keyOf), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(keys, (list) => {
      const seen = createSeenKeys()
      for (const key of list) seen(key)
      for (const key of list) expect(seen(key)).toBe(true)
    }),
    { numRuns: 20 }, // each takes 8 MiB
  )
})

it('takes about one new key in a thousand for a known one, among a million', () => {
  const seen = createSeenKeys()
  for (let each = 0; each < 1_000_000; each += 1) seen(keyOf(`known ${each}`))
  let mistaken = 0
  for (let each = 0; each < 10_000; each += 1) if (seen(keyOf(`new ${each}`))) mistaken += 1
  expect(mistaken).toBeLessThan(40)
})
