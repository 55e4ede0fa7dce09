// T25: what the database holds of a secret is worth nothing without the installation's secret.
import { expect, it } from 'vitest'
import { seal, sealKeys, unseal } from '../../src/access/sealed.ts'

const SECRET = 'the first secret there was'

it('T25 a sealed secret opens with its key and shows nothing', () => {
  const keys = sealKeys(SECRET, [])
  const sealed = seal(keys, Buffer.from('the secret of an app'))
  expect(sealed.includes('secret')).toBe(false)
  expect(unseal(keys, sealed).toString()).toBe('the secret of an app')
})

it('T25 what was sealed before a rotation still opens after it', () => {
  const sealed = seal(sealKeys(SECRET, []), Buffer.from('kept'))
  expect(unseal(sealKeys('the second secret', [SECRET]), sealed).toString()).toBe('kept')
})

it('T25 another secret, or one changed bit, opens nothing and says what to do', () => {
  const sealed = seal(sealKeys(SECRET, []), Buffer.from('kept'))
  expect(() => unseal(sealKeys('not the secret at all', []), sealed)).toThrow('another ROLLCALL_SECRET')
  sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1
  expect(() => unseal(sealKeys(SECRET, []), sealed)).toThrow('another ROLLCALL_SECRET')
})
