// The pages of the congress section, side by side, and the words they share.
import { parseSeatId, seatLabel } from '../../../congress/seat.ts'
import type { Desk } from '../desk.ts'

export type CongressTab =
  | '/congress'
  | '/congress/roll-calls'
  | '/congress/legislators'
  | '/congress/zip'
  | '/congress/import'

const TABS: readonly [path: CongressTab, words: string][] = [
  ['/congress', 'State of the data'],
  ['/congress/roll-calls', 'Roll calls'],
  ['/congress/legislators', 'Legislators'],
  ['/congress/zip', 'ZIP lookup'],
  ['/congress/import', 'Import'],
]

/** Links to the pages; the import is for those who may. */
export function CongressTabs({ desk, here }: { desk: Desk; here: CongressTab }) {
  return (
    <nav class="tabs" aria-label="Congress">
      {TABS.filter(([path]) => path !== '/congress/import' || desk.can('congress.write')).map(([path, words]) => (
        <a href={desk.root + path} aria-current={path === here ? 'page' : undefined}>
          {words}
        </a>
      ))}
    </nav>
  )
}

/** Returns `House OR-03`, `Senate Oregon, class 2`, as mail says it. */
export function seatWords(id: string): string {
  const seat = parseSeatId(id)
  return `${seat.chamber === 'house' ? 'House' : 'Senate'} ${seatLabel(seat)}`
}
