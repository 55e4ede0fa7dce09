// Passwords: what is good enough, and the slow hash that is all we keep of them.
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'

/** OWASP's choice for scrypt (Password Storage Cheat Sheet): 32 MB and three passes. */
const COST = { ln: 15, r: 8, p: 3 } as const
const KEY_BYTES = 32
const SHORTEST = 12
const LONGEST = 200

/** Returns the hash with its parameters, in the usual `$scrypt$ln=15,r=8,p=3$salt$hash` form. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, COST)
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${salt.toString('base64url')}$${key.toString('base64url')}`
}

/** Returns whether the password is the one that was hashed. A hash we cannot read fits no password, after the same work. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [, ln, r, p, salt, hash] = FORM.exec(stored) ?? FORM.exec(NOBODY) ?? []
  const key = await derive(password, Buffer.from(salt ?? '', 'base64url'), {
    ln: Number(ln),
    r: Number(r),
    p: Number(p),
  })
  return timingSafeEqual(key, Buffer.from(hash ?? '', 'base64url')) && FORM.test(stored) && stored !== NOBODY
}

const FORM = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/

/** What is compared when nobody has the e-mail address: the same work, and never right (threat T17). */
export const NOBODY = `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`

function derive(password: string, salt: Buffer, { ln, r, p }: { ln: number; r: number; p: number }): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r }
  return new Promise((resolve, reject) => {
    // NFKC: the same password from another keyboard is the same.
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

/** Returns what is wrong with a new password, in a sentence, or '' (NIST SP 800-63B section 3.1.1: length, and nothing that is easily guessed). */
export function passwordProblem(password: string, personal: readonly string[]): string {
  if (password.length < SHORTEST) return `It has ${password.length} characters; use at least ${SHORTEST}.`
  if (password.length > LONGEST) return `It has more than ${LONGEST} characters.`
  const plain = password.toLowerCase()
  if (new Set(plain).size < 5) return 'It repeats the same few characters.'
  const named = personal.map((each) => each.toLowerCase()).find((each) => each.length >= 4 && plain.includes(each))
  if (named !== undefined && plain.replace(named, '').length < 8)
    return 'It is little more than a name that is easily guessed.'
  return COMMON.some((each) => plain.replace(/[^a-z]/g, '') === each) ? 'It is among the most common passwords.' : ''
}

/** The words that common long passwords are made of. */
const COMMON = [
  'password',
  'passwordpassword',
  'qwertyuiop',
  'qwertyuiopasdfghjkl',
  'letmeinletmein',
  'iloveyou',
  'administrator',
  'welcomewelcome',
  'changeme',
  'correcthorsebatterystaple',
]
