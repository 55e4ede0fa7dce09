// Who acts: the name given with --as, or that of the account on this machine.
import { userInfo } from 'node:os'

/** Returns the name that goes into the campaign's log. */
export function actorName(given: string | undefined): string {
  return given?.trim() || userInfo().username
}
