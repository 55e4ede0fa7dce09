// The pages of the subscribers' section, side by side.
import type { Desk } from '../desk.ts'

/** Links to the list and to the imports, for those who may import. */
export function SubscriberTabs({ desk, here }: { desk: Desk; here: '/subscribers' | '/subscribers/imports' }) {
  const tabs = [
    ['/subscribers', 'Everybody'],
    ...(desk.can('subscribers.write') ? [['/subscribers/imports', 'Imports'] as const] : []),
  ] as const
  return (
    <nav class="tabs" aria-label="Subscribers">
      {tabs.map(([path, words]) => (
        <a href={desk.root + path} aria-current={path === here ? 'page' : undefined}>
          {words}
        </a>
      ))}
    </nav>
  )
}
