// The state of the congress data: how fresh each source is, and what imports could not take at face value.
import type { Context } from 'hono'
import { endTerm } from '../../../congress/end-term.ts'
import { loadFreshness, type Freshness } from '../../../congress/freshness.ts'
import { loadIssues, resolveIssue, type ImportIssue } from '../../../congress/import-issues.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { done, showDesk } from '../frame.tsx'
import { Badge, count, dayText, Figure, When, ZoneNote } from '../parts/figures.tsx'
import { Form } from '../parts/form.tsx'
import { Empty, Table } from '../parts/table.tsx'
import { CongressTabs } from './tabs.tsx'

/** Adds the overview and the decisions staff take about data. */
export function overviewPages(console: Console): void {
  console.get('/congress', 'congress.read', (c, desk) => showOverview(c, desk))
  console.post('/congress/issues/:id/resolve', 'congress.write', async (c, desk, form) => {
    const { db, clock } = desk.site
    const by = { name: desk.actor, reason: form['reason'] ?? '' }
    const issue = await resolveIssue(db, c.req.param('id') ?? '', by, clock.now())
    return done(c, desk, '/congress', `Settled: ${issue.sentence}`)
  })
  console.post('/congress/end-term', 'congress.write', async (c, desk, form) => {
    const { db, clock } = desk.site
    const { bioguide = '', seat: seatId = '', end = '', reason = '' } = form
    const sentences = await endTerm(db, { bioguide, seatId, end, reason, name: desk.actor }, clock)
    return done(c, desk, `/congress/legislators/${encodeURIComponent(bioguide)}`, sentences.join(' '))
  })
}

async function showOverview(c: Context, desk: Desk) {
  const { db, clock } = desk.site
  const [fresh, issues] = await Promise.all([loadFreshness(db, clock.now()), loadIssues(db, { open: true })])
  return showDesk(
    c,
    desk,
    {
      title: 'Congress',
      section: 'congress',
      actions: desk.can('congress.write') ? (
        <a class="button loud" href={`${desk.root}/congress/import`}>
          Import a file
        </a>
      ) : undefined,
    },
    <>
      <CongressTabs desk={desk} here="/congress" />
      {fresh.warnings.map((warning) => (
        <p class="notice warn">{warning}</p>
      ))}
      <Figures fresh={fresh} />
      <h2>Sources</h2>
      <Table
        c={c}
        caption="Sources of the congress data"
        rows={fresh.sources}
        empty={<p>Nothing has been imported yet. Begin with the legislators, then the ZIP map, then roll calls.</p>}
        columns={[
          { heading: 'Source', cell: ({ kind }) => kind },
          { heading: 'Last import', cell: ({ importedAt }) => <When desk={desk} at={importedAt} /> },
          { heading: 'As of', cell: ({ vintage }) => vintage || <span class="none">–</span> },
          { heading: 'Files', isFigure: true, cell: ({ files }) => count(files) },
          { heading: 'From', isExtra: true, cell: ({ url }) => <span class="small">{url}</span> },
          { heading: 'Licence', isExtra: true, cell: ({ licence }) => <span class="small">{licence}</span> },
        ]}
      />
      <h2>Open issues</h2>
      <Issues desk={desk} issues={issues} />
      <ZoneNote desk={desk} />
    </>,
  )
}

function Figures({ fresh }: { fresh: Freshness }) {
  const { rollCalls, latestRollCall, serving, mapId, quarantined } = fresh
  return (
    <dl class="figures">
      <Figure
        words="Roll calls"
        value={count(rollCalls)}
        note={latestRollCall === null ? 'none yet' : `the latest held ${dayText(latestRollCall.heldOn)}`}
      />
      <Figure words="Serve today" value={count(serving)} note="legislators with a seat" />
      <Figure
        words="ZIP map today"
        value={mapId === null ? 'none' : `${mapId}th`}
        {...(mapId === null ? { tone: 'warn' as const } : {})}
      />
      <Figure
        words="In quarantine"
        value={count(quarantined)}
        note="lines of roll calls without a seat"
        {...(quarantined > 0 ? { tone: 'bad' as const } : {})}
      />
    </dl>
  )
}

/** What waits for a decision, what stops campaigns first; also on the page of a roll call. */
export function Issues({ desk, issues }: { desk: Desk; issues: readonly ImportIssue[] }) {
  if (issues.length === 0) {
    return (
      <Empty>
        <p>No open issues: every import was taken at face value.</p>
      </Empty>
    )
  }
  const ordered = issues.toSorted((a, b) => a.severity.localeCompare(b.severity))
  return (
    <ul class="plain-list">
      {ordered.map((issue) => (
        <li>
          <p>
            <Badge name={issue.severity} words={issue.severity === 'blocking' ? 'stops campaigns' : 'warning'} />{' '}
            {issue.sentence}
          </p>
          <p class="small">
            <When desk={desk} at={issue.createdAt} />
            {issue.rollCallId === null ? null : (
              <>
                , roll call <a href={`${desk.root}/congress/roll-calls/${issue.rollCallId}`}>{issue.rollCallId}</a>
              </>
            )}
          </p>
          {desk.can('congress.write') ? <Settle desk={desk} issue={issue} /> : null}
        </li>
      ))}
    </ul>
  )
}

function Settle({ desk, issue }: { desk: Desk; issue: ImportIssue }) {
  return (
    <details>
      <summary>Settle it</summary>
      <Form desk={desk} action={`/congress/issues/${issue.id}/resolve`} id={`issue-${issue.id}`}>
        <div class="field">
          <label for={`reason-${issue.id}`}>Why it is settled; it stands in the audit log with your name</label>
          <input id={`reason-${issue.id}`} name="reason" required maxlength={300} autocomplete="off" />
        </div>
        <button class="quiet">Settle</button>
      </Form>
    </details>
  )
}
