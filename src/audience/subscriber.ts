// A subscriber: one address we may write to, the name they gave and the ZIP that decides their seats.
import { parseAddress, type Address } from '../core/address.ts'
import { readPlus4, readZip } from './zip.ts'

/** What an import can know of a person; each may be one column of a file. */
export const FIELDS = ['email', 'first_name', 'last_name', 'zip', 'plus4'] as const
export type Field = (typeof FIELDS)[number]

/** One person as a file gives them; '' and null mean "not said". */
export interface SubscriberInput {
  address: Address
  firstName: string
  lastName: string
  zip: string | null
  plus4: string | null
  /** True when leading zeros of the ZIP were put back. */
  padded: boolean
}

/** Why one cell is refused: a sentence, and what to do about it. */
interface Refusal {
  field: Field
  problem: string
  hint: string
}

export type CheckedSubscriber = { ok: true; subscriber: SubscriberInput } | { ok: false; refusals: Refusal[] }

const MAX_NAME = 100 // characters, mail-rules section 1
// C0, C1, line separators, bidi marks and controls, lone surrogates (threat T4).
const FORBIDDEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

/** Returns the subscriber that `text` describes, or every cell that is refused. `padZip` restores cut leading zeros. */
export function checkSubscriber(text: Record<Field, string>, padZip: boolean): CheckedSubscriber {
  const refusals: Refusal[] = []
  const parsed = parseAddress(text.email)
  if (!parsed.ok) refusals.push({ field: 'email', problem: parsed.problem, hint: parsed.hint })
  const firstName = checkName('first_name', text.first_name, refusals)
  const lastName = checkName('last_name', text.last_name, refusals)
  const place = checkPlace(text, padZip, refusals)
  if (!parsed.ok || refusals.length > 0) return { ok: false, refusals }
  return { ok: true, subscriber: { address: parsed.address, firstName, lastName, ...place } }
}

function checkName(field: Field, text: string, refusals: Refusal[]): string {
  const name = text.trim()
  if (FORBIDDEN.test(text)) {
    const problem = 'the name holds a line break, a control or a direction character'
    refusals.push({ field, problem, hint: 'delete it, or write the name anew' })
  } else if (name.length > MAX_NAME && Array.from(name).length > MAX_NAME) {
    refusals.push({
      field,
      problem: `the name has ${Array.from(name).length} characters`,
      hint: `use at most ${MAX_NAME}`,
    })
  }
  return name
}

type Place = Pick<SubscriberInput, 'zip' | 'plus4' | 'padded'>

function checkPlace(text: Record<Field, string>, padZip: boolean, refusals: Refusal[]): Place {
  const place = readZip(text.zip, padZip)
  const extra = readPlus4(text.plus4)
  if (!place.ok) refusals.push({ field: 'zip', problem: place.problem, hint: place.hint })
  if (!extra.ok) refusals.push({ field: 'plus4', problem: extra.problem, hint: extra.hint })
  if (!place.ok || !extra.ok) return { zip: null, plus4: null, padded: false }
  if (extra.plus4 !== null && place.zip === null) {
    refusals.push({ field: 'plus4', problem: 'a +4 without its ZIP code', hint: 'write the ZIP too, or delete the +4' })
  }
  return { zip: place.zip, plus4: extra.plus4 ?? place.plus4, padded: place.padded }
}

const ROLES = new Set(
  'abuse admin billing contact hello help hostmaster info mail marketing newsletter noc noreply no-reply office postmaster press sales security spam support team webmaster'.split(
    ' ',
  ),
)

/** Returns whether the address belongs to a role rather than a person (RFC 2142 and common use). */
export function isRoleAddress(address: Address): boolean {
  return ROLES.has(address.local.toLowerCase())
}
