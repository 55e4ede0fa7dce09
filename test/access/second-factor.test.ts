// Codes of an authenticator app: RFC 6238's own figures, and that none works twice.
import { expect, it } from 'vitest'
import { enrolment, newRecoveryCodes, newSecret, recoveryHash, stepOf } from '../../src/access/second-factor.ts'

const RFC_SECRET = Buffer.from('12345678901234567890')

it.each([
  // RFC 6238 appendix B, SHA-1, the last six digits of each.
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_234_567_890, '005924'],
  [20_000_000_000, '353130'],
])('at %d seconds the code is %s', (seconds, code) => {
  expect(stepOf(RFC_SECRET, code, new Date(seconds * 1000), null)).toBe(Math.floor(seconds / 30))
})

it('takes the code of the step before and after, and no other', () => {
  const at = (offset: number) => stepOf(RFC_SECRET, '287082', new Date((59 + offset) * 1000), null)
  expect([at(-30), at(30)]).toEqual([1, 1])
  expect([at(-60), at(60)]).toEqual([null, null])
})

it('takes no code of a step that was used, nor of an earlier one', () => {
  expect(stepOf(RFC_SECRET, '287082', new Date(59_000), 1)).toBeNull()
  expect(stepOf(RFC_SECRET, '287082', new Date(59_000), 0)).toBe(1)
})

it.each(['', '28708', '2870822', 'abcdef', '２８７０８２'])('"%s" is no code', (code) => {
  expect(stepOf(RFC_SECRET, code, new Date(59_000), null)).toBeNull()
})

it('tells an app everything in one URL', () => {
  const { url, typed } = enrolment(RFC_SECRET, 'ada@example.org', 'Rollcall (Ours)')
  const parsed = new URL(url)
  expect(parsed.protocol).toBe('otpauth:')
  expect(parsed.searchParams.get('secret')).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  expect(parsed.searchParams.get('issuer')).toBe('Rollcall (Ours)')
  expect(typed.replaceAll(' ', '')).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
})

it('makes secrets and recovery codes that differ', () => {
  expect(newSecret()).toHaveLength(20)
  expect(newSecret().equals(newSecret())).toBe(false)
  const codes = newRecoveryCodes()
  expect(new Set(codes).size).toBe(8)
  expect(codes[0]).toMatch(/^[a-z2-9]{5}-[a-z2-9]{5}$/)
})

it('knows a recovery code however it is typed', () => {
  expect(recoveryHash('ABCDE FGHJK').equals(recoveryHash('abcde-fghjk'))).toBe(true)
})
