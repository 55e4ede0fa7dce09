// Where a signed-in person stands: who they are, what they may do, and what every page of theirs needs.
import type { Account } from '../../access/account.ts'
import type { Permission } from '../../access/roles.ts'
import type { SealKeys } from '../../access/sealed.ts'
import type { Session } from '../../access/sessions.ts'
import type { Site } from '../site.ts'

/** A visitor whom nobody knows yet. */
export interface Guest {
  readonly site: Site
  /** The path of the console, `/console`, below the path of the site. */
  readonly root: string
  /** Lets the one script of the page run. */
  readonly nonce: string
  /** Names the files of the console as they are now, for caches. */
  readonly version: string
  /** The viewer's time zone, as their browser told; UTC until it has. */
  readonly zone: string
  readonly seals: SealKeys
}

export interface Desk extends Guest {
  readonly session: Session
  readonly account: Account
  /** Goes into every form and proves that the form is ours. */
  readonly csrf: string
  /** Who acts, for logs: no address. */
  readonly actor: string
  can(permission: Permission): boolean
}

/** What a form brought, as text; a file does not count. */
export type FormFields = Readonly<Record<string, string>>
