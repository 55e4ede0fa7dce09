// Passwords: what is refused, and that the hash gives nothing away.
import { expect, it } from 'vitest'
import { hashPassword, isPassword, NOBODY, passwordProblem } from '../../src/access/passwords.ts'

it('knows a password again, whichever way its letters are composed', async () => {
  const stored = await hashPassword('Zoë likes plum tractors')
  expect(stored).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/)
  expect(await isPassword('Zoe\u0308 likes plum tractors', stored)).toBe(true)
  expect(await isPassword('Zoe likes plum tractors', stored)).toBe(false)
})

it('hashes the same password differently each time', async () => {
  expect(await hashPassword('plum tractor echo nine')).not.toBe(await hashPassword('plum tractor echo nine'))
})

it('lets nobody in where there is no account, and none with a hash that cannot be read', async () => {
  expect(await isPassword('', NOBODY)).toBe(false)
  expect(await isPassword('anything', 'none')).toBe(false)
})

it.each([
  ['short', 'It has 5 characters; use at least 12.'],
  ['x'.repeat(201), 'It has more than 200 characters.'],
  ['aaaaaaaaaaaaaaa', 'It repeats the same few characters.'],
  ['PasswordPassword1', 'It is among the most common passwords.'],
  ['katherine-2017', 'It is little more than a name that is easily guessed.'],
])('refuses %s', (password, problem) => {
  expect(passwordProblem(password, ['Katherine'])).toBe(problem)
})

it('takes a few words that do not belong together', () => {
  expect(passwordProblem('plum tractor echo nine', ['Katherine'])).toBe('')
})
