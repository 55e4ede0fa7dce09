// An account: one person of the staff, with a role.
import { z } from 'zod'
import { parseAddress } from '../core/address.ts'
import { ROLES, type Role } from './roles.ts'

export interface Account {
  id: string
  email: string
  name: string
  role: Role
  /** Whether codes of an app are asked for. */
  hasSecondFactor: boolean
  isDisabled: boolean
}

/** Returns what stands in logs and in the audit log for a person: no address. */
export function actorOf({ id, name }: Pick<Account, 'id' | 'name'>): string {
  return `${name.replace(/[#\s]+/g, ' ').trim()} #${id}`
}

export const role = z.enum(ROLES, `is no role; use ${ROLES.join(', ')}`)

export const personName = z
  .string()
  .trim()
  .min(1, 'is empty; write a name')
  .max(80, 'is longer than 80 characters')
  .refine((text) => !/[\p{Cc}\u2028-\u202e\u2066-\u2069<>@]/u.test(text), 'holds a character that names do not have')

/** An e-mail address, in lower case: how a person signs in. */
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .refine((text) => parseAddress(text).ok, 'is no address; write name@example.org')
