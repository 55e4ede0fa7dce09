// Signed capabilities: short strings that let their holder do one thing to one delivery.
import { hkdfSync, timingSafeEqual } from 'node:crypto'
import { RollcallError } from './errors.ts'
import { createMac, type Mac } from './hmac.ts'

/** What a token allows. The number is part of the wire format and never changes its meaning. */
const PURPOSES = { unsubscribe: 1, preferences: 2, view: 3, forward: 4, seat: 5, bounce: 6 } as const
export type Purpose = keyof typeof PURPOSES

/** Whom the token is about. Ids of 0 belong to previews and test messages: no page acts on them. */
export interface Capability {
  deliveryId: bigint
  subscriberId: bigint
}

/** The keys that sign and check, newest first. An old key stays for at least a year: mail is read late. */
export interface TokenKeys {
  readonly current: SigningKey
  readonly all: readonly SigningKey[]
}

interface SigningKey {
  /** 0 to 255, part of every token. */
  id: number
  mac: Mac
}

const VERSION = 1
const MAC_BYTES = 16 // 128 bits (threat T9)
const HEAD_BYTES = 3 // version, key id, purpose
const SMALL = 0x7fff_ffffn

/** Returns the signing keys derived from the installation's secret and any earlier secrets. */
export function tokenKeys(secret: string, previous: readonly string[] = []): TokenKeys {
  const all = [secret, ...previous].map((each) => ({
    id: keyId(each),
    mac: createMac(deriveKey(each, 'rollcall token v1')),
  }))
  return { current: all[0] as SigningKey, all }
}

/** Returns 32 bytes for one use, derived from the secret (HKDF-SHA-256, RFC 5869). */
export function deriveKey(secret: string, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', use, 32))
}

function keyId(secret: string): number {
  return deriveKey(secret, 'rollcall key id')[0] as number
}

/** Returns the token as bytes: version, key id, purpose, two varints, a truncated HMAC-SHA-256. */
function signBytes(keys: TokenKeys, purpose: Purpose, { deliveryId, subscriberId }: Capability): Buffer {
  const { id, mac } = keys.current
  const head = String.fromCharCode(VERSION, id, PURPOSES[purpose])
  const body = head + varint(deliveryId) + varint(subscriberId)
  return Buffer.from(body + mac(body).slice(0, MAC_BYTES), 'latin1')
}

/** Returns the URL form, base64url (RFC 4648 section 5): 30 to 50 characters. */
export function signToken(keys: TokenKeys, purpose: Purpose, capability: Capability): string {
  return signBytes(keys, purpose, capability).toString('base64url')
}

/** Returns what the token allows, or null for anything damaged, foreign or of another purpose. */
export function readToken(keys: TokenKeys, purpose: Purpose, token: string): Capability | null {
  if (!/^[A-Za-z0-9_-]{20,100}$/.test(token)) return null
  const bytes = Buffer.from(token, 'base64url')
  // Spare bits of the last letter must be zero, or one capability would have several spellings.
  return bytes.toString('base64url') === token ? readBytes(keys, purpose, bytes) : null
}

/** Returns the form for a mail local part: lower-case base32, because relays may fold case. */
export function signMailToken(keys: TokenKeys, purpose: Purpose, capability: Capability): string {
  return base32(signBytes(keys, purpose, capability))
}

/** Returns what a local-part token allows, whatever the case it came back in, or null. */
export function readMailToken(keys: TokenKeys, purpose: Purpose, token: string): Capability | null {
  const bytes = /^[a-z2-7]{30,64}$/i.test(token) ? unbase32(token.toLowerCase()) : null
  return bytes && base32(bytes) === token.toLowerCase() ? readBytes(keys, purpose, bytes) : null
}

function readBytes(keys: TokenKeys, purpose: Purpose, bytes: Buffer): Capability | null {
  if (bytes.length < HEAD_BYTES + 2 + MAC_BYTES || bytes[0] !== VERSION) return null
  const body = bytes.subarray(0, bytes.length - MAC_BYTES)
  const given = bytes.subarray(bytes.length - MAC_BYTES)
  const signedBy = keys.all.filter((each) => each.id === bytes[1])
  if (!signedBy.some((each) => timingSafeEqual(macBytes(each, body), given))) return null
  if (body[2] !== PURPOSES[purpose]) return null
  const numbers = readVarints(body.subarray(HEAD_BYTES))
  return numbers.length === 2 ? { deliveryId: numbers[0] as bigint, subscriberId: numbers[1] as bigint } : null
}

function macBytes({ mac }: SigningKey, body: Buffer): Buffer {
  return Buffer.from(mac(body.toString('latin1')), 'latin1').subarray(0, MAC_BYTES)
}

/** Returns seven bits a character, the lowest first; all but the last have the eighth bit set. */
function varint(value: bigint): string {
  if (value < 0n) throw new RollcallError('bug', `a token cannot hold the negative id ${value}`)
  let text = ''
  let rest = value
  for (; rest > SMALL; rest >>= 7n) text += String.fromCharCode(Number(rest & 127n) | 128)
  // Plain numbers for what is left: nearly always all of it.
  let low = Number(rest)
  for (; low > 127; low >>>= 7) text += String.fromCharCode((low & 127) | 128)
  return text + String.fromCharCode(low)
}

function readVarints(bytes: Buffer): bigint[] {
  const numbers: bigint[] = []
  let value = 0n
  let shift = 0n
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift
    shift += 7n
    if (byte < 128) {
      numbers.push(value)
      value = 0n
      shift = 0n
    }
  }
  return shift === 0n ? numbers : []
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567' // RFC 4648 section 6, lower case, no padding

/** Returns lower-case base32 (RFC 4648 section 6) without padding. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32[(held >> bits) & 31]
      held &= (1 << bits) - 1
    }
  }
  return bits > 0 ? text + BASE32[(held << (5 - bits)) & 31] : text
}

function unbase32(text: string): Buffer {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const letter of text) {
    held = (held << 5) | BASE32.indexOf(letter)
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((held >> bits) & 255)
      held &= (1 << bits) - 1
    }
  }
  return Buffer.from(bytes)
}
