// The pages below Settings, as tabs.
import type { Permission } from '../../../access/roles.ts'
import type { Desk } from '../desk.ts'

const TABS: readonly { words: string; path: string; permission: Permission }[] = [
  { words: 'Team', path: '/settings/team', permission: 'team.write' },
  { words: 'API keys', path: '/settings/keys', permission: 'team.write' },
  { words: 'Sending domains', path: '/settings/domains', permission: 'settings.read' },
  { words: 'Settings', path: '/settings/values', permission: 'settings.read' },
  { words: 'Job queue', path: '/queue', permission: 'queue.operate' },
]

/** Links to the pages of Settings that this person may see. */
export function SettingsTabs({ desk, here }: { desk: Desk; here: string }) {
  return (
    <nav class="tabs" aria-label="Settings">
      {TABS.filter(({ permission }) => desk.can(permission)).map(({ words, path }) => (
        <a href={desk.root + path} aria-current={path === here ? 'page' : undefined}>
          {words}
        </a>
      ))}
    </nav>
  )
}
