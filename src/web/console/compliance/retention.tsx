// Retention: how long each kind of data is kept, when it was last looked through, and what went.
import { DATA_CLASSES } from '../../../compliance/retention.ts'
import { lastRuns, latestRuns, runRetention } from '../../../compliance/retention-runs.ts'
import type { Console } from '../console.ts'
import { done } from '../frame.tsx'
import { Badge, count, When, ZoneNote } from '../parts/figures.tsx'
import { Act } from '../parts/form.tsx'
import { Table } from '../parts/table.tsx'
import { showCompliance } from './tabs.tsx'

const HERE = '/compliance/retention'
const LATE_MS = 2 * 86_400_000

/** Adds the page and the run. */
export function retentionPages(console: Console): void {
  console.get(HERE, 'compliance.read', async (c, desk) => {
    const { db, clock } = desk.site
    const [last, runs] = await Promise.all([lastRuns(db), latestRuns(db, 50)])
    const lastOf = new Map(last.map(({ dataClass, lastRunAt }) => [dataClass, lastRunAt]))
    const isLate = (at: Date | null) => at === null || clock.now().getTime() - at.getTime() > LATE_MS
    return showCompliance(
      c,
      desk,
      {
        title: 'Retention',
        here: HERE,
        actions: desk.can('compliance.write') ? (
          <Act desk={desk} action={`${HERE}/run`} button="Remove what is too old now" look="danger" />
        ) : null,
      },
      <>
        <p>
          A worker looks through each kind once a day. Suppressions, opt-outs, the consent ledger and the audit log are
          kept for as long as this installation lives.
        </p>
        <Table
          c={c}
          caption="Kinds of data"
          rows={DATA_CLASSES}
          empty={<p>None.</p>}
          columns={[
            { heading: 'Kind of data', cell: ({ name }) => name },
            {
              heading: 'Kept for',
              cell: ({ keepDays }) =>
                keepDays === 0
                  ? 'as each says itself, 90 days at most'
                  : keepDays === 396
                    ? '13 months'
                    : `${keepDays} ${keepDays === 1 ? 'day' : 'days'}`,
            },
            { heading: 'Last looked through', cell: ({ name }) => <When desk={desk} at={lastOf.get(name) ?? null} /> },
            {
              heading: 'State',
              cell: ({ name }) =>
                isLate(lastOf.get(name) ?? null) ? (
                  <Badge name="warn" words="late" />
                ) : (
                  <Badge name="good" words="in time" />
                ),
            },
          ]}
        />
        <h2>The last runs</h2>
        <Table
          c={c}
          caption="Runs, the newest first"
          rows={runs}
          empty={<p>No run yet. Workers do it daily, or press the button above.</p>}
          columns={[
            { heading: 'When', cell: ({ finishedAt }) => <When desk={desk} at={finishedAt} /> },
            { heading: 'Kind of data', cell: ({ dataClass }) => dataClass },
            { heading: 'Removed', isFigure: true, cell: ({ removed }) => count(removed) },
            { heading: 'From before', isExtra: true, cell: ({ cutoff }) => <When desk={desk} at={cutoff} /> },
            { heading: 'By', isExtra: true, cell: ({ actor }) => actor },
          ]}
        />
        <ZoneNote desk={desk} />
      </>,
    )
  })
  console.post(`${HERE}/run`, 'compliance.write', async (c, desk) => {
    const runs = await runRetention(desk.site.db, desk.site.clock.now(), desk.actor)
    const removed = runs.reduce((sum, each) => sum + each.removed, 0)
    return done(
      c,
      desk,
      HERE,
      `${runs.length} kinds of data were looked through; ${count(removed)} rows were too old and are gone.`,
    )
  })
}
