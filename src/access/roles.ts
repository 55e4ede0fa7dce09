// Who may do what: the roles of people, and the same acts as the scopes of API keys.

export const ROLES = ['viewer', 'author', 'approver', 'compliance', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Every act that needs leave, in a sentence for the page that hands it out. */
export const PERMISSIONS = {
  'campaigns.read': 'see campaigns, their messages and their figures',
  'campaigns.write': 'make and edit campaigns, send test messages',
  'campaigns.approve': 'put their name to a campaign that somebody else wrote',
  'campaigns.send': 'launch, pause, resume and cancel campaigns, steer transports',
  'campaigns.stop': 'pause a campaign, engage the kill switch',
  'congress.read': 'see legislators, roll calls and ZIP codes',
  'congress.write': 'import and correct congress data',
  'subscribers.read': 'see subscribers and their addresses',
  'subscribers.write': 'import and edit subscribers',
  'compliance.read': 'see suppressions, opt-outs, consents, data requests and the audit log',
  'compliance.write': 'suppress, release, export and erase',
  'settings.read': 'see settings, transports and sending domains',
  'team.write': 'invite people, change roles, make API keys',
  'queue.operate': 'look into the job queue',
} as const
export type Permission = keyof typeof PERMISSIONS

export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as readonly Permission[]

/** Compliance can stop a send and never start one; nobody but an admin hands out rights. */
const GRANTS: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['campaigns.read', 'congress.read'],
  author: [
    'campaigns.read',
    'campaigns.write',
    'campaigns.send',
    'campaigns.stop',
    'congress.read',
    'congress.write',
    'subscribers.read',
    'subscribers.write',
    'settings.read',
  ],
  approver: [
    'campaigns.read',
    'campaigns.approve',
    'campaigns.send',
    'campaigns.stop',
    'congress.read',
    'subscribers.read',
    'settings.read',
  ],
  compliance: [
    'campaigns.read',
    'campaigns.stop',
    'congress.read',
    'subscribers.read',
    'subscribers.write',
    'compliance.read',
    'compliance.write',
    'settings.read',
  ],
  admin: ALL_PERMISSIONS,
}

/** Roles that must prove themselves with a second factor (threat T17). */
const SECOND_FACTOR: readonly Role[] = ['approver', 'admin']

/** Returns whether a role has leave for an act. */
export function may(role: Role, permission: Permission): boolean {
  return GRANTS[role].includes(permission)
}

/** Returns whether people of this role need a second factor. */
export function needsSecondFactor(role: Role): boolean {
  return SECOND_FACTOR.includes(role)
}
