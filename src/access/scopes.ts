// The scopes of API keys: permissions, never more than the account behind the key has at the moment it is used.
import { RollcallError } from '../core/errors.ts'
import { ALL_PERMISSIONS, may, type Permission, type Role } from './roles.ts'

/** What a key may be given: not the keeping of accounts, for an account outlives the key that made it, nor pages for eyes. */
export const KEY_SCOPES = ALL_PERMISSIONS.filter((each) => each !== 'team.write' && each !== 'queue.operate')

/** Returns the permissions that a role could hand to a key, in the order of the list. */
export function grantable(role: Role): Permission[] {
  return KEY_SCOPES.filter((permission) => may(role, permission))
}

/** Returns which of the scopes still hold: a key loses what its owner's role loses, and has it again with it. */
export function effectiveScopes(scopes: readonly string[], role: Role): ReadonlySet<Permission> {
  return new Set(grantable(role).filter((permission) => scopes.includes(permission)))
}

/** Returns the scopes without repetition. Throws when there is none, one is unknown, or the role itself lacks one. */
export function requireScopes(wanted: readonly string[], role: Role): Permission[] {
  if (wanted.length === 0) throw refused('a key without a scope can do nothing', 'choose at least one')
  const known = grantable(role)
  const unknown = wanted.find((each) => !KEY_SCOPES.some((permission) => permission === each))
  if (unknown !== undefined) throw refused(`"${unknown}" is no scope`, `the scopes are ${KEY_SCOPES.join(', ')}`)
  const beyond = wanted.find((each) => !known.some((permission) => permission === each))
  if (beyond !== undefined)
    throw refused(
      `the role ${role} does not have "${beyond}"`,
      'nobody can give a key more than they may do themselves',
    )
  return known.filter((permission) => wanted.includes(permission))
}

function refused(message: string, hint: string): RollcallError {
  return new RollcallError('bad_scope', message, { hint, kind: 'usage' })
}
