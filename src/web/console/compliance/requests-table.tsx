// Data requests as a table: what, for whom, by when.
import type { Context } from 'hono'
import type { Child } from 'hono/jsx'
import type { ListedRequest } from '../../../compliance/data-requests.ts'
import type { Desk } from '../desk.ts'
import { Badge, When } from '../parts/figures.tsx'
import { Table } from '../parts/table.tsx'
import { Key } from './tabs.tsx'

const DAY_MS = 86_400_000

interface Props {
  c: Context
  desk: Desk
  rows: readonly ListedRequest[]
  now: Date
  empty: Child
}

/** The requests, each with how long there is to answer. */
export function Requests({ c, desk, rows, now, empty }: Props) {
  return (
    <Table
      c={c}
      caption="Data requests"
      rows={rows}
      empty={empty}
      columns={[
        {
          heading: 'Request',
          cell: ({ id, kind }) => (
            <a href={`${desk.root}/compliance/requests/${id}`}>
              {kind} {id}
            </a>
          ),
        },
        { heading: 'State', cell: (row) => <DueBadge row={row} now={now} /> },
        { heading: 'Due', cell: ({ dueAt }) => <When desk={desk} at={dueAt} /> },
        { heading: 'Came', isExtra: true, cell: ({ requestedAt }) => <When desk={desk} at={requestedAt} /> },
        {
          heading: 'Person',
          cell: ({ addressKey }) => <Key desk={desk} value={addressKey} to="/compliance/requests" />,
        },
        { heading: 'Taken by', isExtra: true, cell: ({ takenBy }) => takenBy },
        { heading: 'Note', isExtra: true, cell: ({ note }) => note },
      ]}
    />
  )
}

/** Whether it is answered, late, or how many days there are. */
export function DueBadge({ row, now }: { row: Pick<ListedRequest, 'dueAt' | 'doneAt'>; now: Date }) {
  if (row.doneAt !== null) return <Badge name="good" words={row.doneAt > row.dueAt ? 'answered late' : 'answered'} />
  const days = Math.floor((row.dueAt.getTime() - now.getTime()) / DAY_MS)
  if (row.dueAt < now) return <Badge name="bad" words={days < -1 ? `overdue by ${-days - 1} days` : 'overdue'} />
  return <Badge name={days < 7 ? 'warn' : 'open'} words={days === 1 ? '1 day left' : `${days} days left`} />
}
