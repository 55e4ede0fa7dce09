// Roll calls: all of them, and one with its tallies by party, who voted off-party, and what has no seat.
import type { Context } from 'hono'
import { loadIssues } from '../../../congress/import-issues.ts'
import { loadPeople } from '../../../congress/legislators.ts'
import type { Person } from '../../../congress/match.ts'
import { offParty, type OffPartyPosition } from '../../../congress/off-party.ts'
import { searchRollCalls, type FoundRollCall, type RollCallWish } from '../../../congress/roll-call-search.ts'
import { talliesOf, type Tallies, type TallyLine } from '../../../congress/roll-call-tallies.ts'
import {
  loadPositions,
  loadQuarantine,
  loadRollCall,
  type RollCallFacts,
  type StoredPosition,
} from '../../../congress/roll-calls.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { showDesk } from '../frame.tsx'
import { Badge, Bar, count, dayText, share, When } from '../parts/figures.tsx'
import { Field, Form, Select } from '../parts/form.tsx'
import { Pager, Table, type Column } from '../parts/table.tsx'
import { Issues } from './overview.tsx'
import { CongressTabs, seatWords } from './tabs.tsx'

const ROWS = 25

/** Adds the list and the page of one. */
export function rollCallPages(console: Console): void {
  console.get('/congress/roll-calls', 'congress.read', (c, desk) => showRollCalls(c, desk))
  console.get('/congress/roll-calls/:id', 'congress.read', (c, desk) => showRollCall(c, desk))
}

async function showRollCalls(c: Context, desk: Desk) {
  const { chamber, text = '', after, before } = c.req.query()
  const wish: RollCallWish = {
    chamber: chamber === 'house' || chamber === 'senate' ? chamber : null,
    text: text.trim().slice(0, 100),
  }
  const page = await searchRollCalls(desk.site.db, wish, { after, before, limit: ROWS })
  return showDesk(
    c,
    desk,
    { title: 'Roll calls', section: 'congress', crumbs: [{ words: 'Congress', path: '/congress' }] },
    <>
      <CongressTabs desk={desk} here="/congress/roll-calls" />
      <Form method="get" class="filters">
        <Field name="text" label="Words, a bill or an id" type="search" value={wish.text} maxlength={100} />
        <Select
          name="chamber"
          label="Chamber"
          value={wish.chamber ?? ''}
          options={[
            ['', 'Both'],
            ['house', 'House'],
            ['senate', 'Senate'],
          ]}
        />
        <button class="loud">Find</button>
      </Form>
      <Table
        c={c}
        caption="Roll calls"
        rows={page.rows}
        empty={
          wish.text === '' && wish.chamber === null ? (
            <p>No roll call has been imported yet: the Clerk of the House and the Senate publish each as XML.</p>
          ) : (
            <p>No roll call fits. Try fewer words, or the bill as in hr1370.</p>
          )
        }
        columns={[
          { heading: 'Held', cell: ({ heldOn }) => <span class="when">{dayText(heldOn)}</span> },
          {
            heading: 'Roll call',
            cell: ({ id, chamber: of, number }) => (
              <a href={`${desk.root}/congress/roll-calls/${id}`}>
                {of === 'house' ? 'House' : 'Senate'} {number}
              </a>
            ),
          },
          { heading: 'Question', cell: (row) => <Question row={row} /> },
          { heading: 'Result', isExtra: true, cell: ({ result }) => result },
          { heading: 'Yea', isFigure: true, cell: ({ totals }) => figure(totals['yea'] ?? totals['guilty']) },
          { heading: 'Nay', isFigure: true, cell: ({ totals }) => figure(totals['nay'] ?? totals['not_guilty']) },
        ]}
      />
      <Pager c={c} page={page} />
    </>,
  )
}

function figure(value: number | undefined): string {
  return value === undefined ? '' : count(value)
}

function Question({ row }: { row: FoundRollCall }) {
  const { question, quarantined, openIssues } = row
  return (
    <>
      {question.length > 140 ? `${question.slice(0, 140)}…` : question}{' '}
      {quarantined > 0 ? <Badge name="blocking" words={`${quarantined} in quarantine`} /> : null}
      {openIssues > 0 && quarantined === 0 ? <Badge name="warning" words={`${openIssues} open`} /> : null}
    </>
  )
}

async function showRollCall(c: Context, desk: Desk) {
  const { db } = desk.site
  const rollCall = await loadRollCall(db, c.req.param('id') ?? '')
  const { id } = rollCall
  const [positions, off, quarantine, issues] = await Promise.all([
    loadPositions(db, id),
    offParty(db, id),
    loadQuarantine(db, id),
    loadIssues(db, { rollCallIds: [id], open: true }),
  ])
  const people = await loadPeople(
    db,
    positions.map(({ legislatorId }) => legislatorId),
  )
  return showDesk(
    c,
    desk,
    {
      title: `${rollCall.chamber === 'house' ? 'House' : 'Senate'} roll call ${rollCall.number}, ${dayText(rollCall.heldOn)}`,
      section: 'congress',
      crumbs: [
        { words: 'Congress', path: '/congress' },
        { words: 'Roll calls', path: '/congress/roll-calls' },
      ],
    },
    <>
      <Facts desk={desk} rollCall={rollCall} />
      {issues.length === 0 ? null : (
        <section>
          <h2>Open issues</h2>
          <Issues desk={desk} issues={issues} />
        </section>
      )}
      <h2>Tallies</h2>
      <TallyTable c={c} tallies={talliesOf(rollCall, positions)} />
      <h2>Off-party</h2>
      <p>{count(off.length)} voted against the majority of their own party, or of the party they caucus with.</p>
      <OffParty c={c} desk={desk} off={off} />
      {quarantine.length === 0 ? null : (
        <section>
          <h2>Quarantine</h2>
          <p>Lines of the file that have no seat: no message says anything about them.</p>
          <Table
            c={c}
            caption="Quarantined lines"
            rows={quarantine}
            empty={null}
            columns={[
              { heading: 'Id in the file', cell: ({ memberId }) => <code>{memberId}</code> },
              { heading: 'Name', cell: ({ displayName }) => displayName },
              { heading: 'Party', cell: ({ party }) => party },
              { heading: 'State', cell: ({ state }) => state },
              { heading: 'Position', cell: ({ label }) => label },
            ]}
          />
        </section>
      )}
      <details>
        <summary>All {count(positions.length)} positions</summary>
        <Positions c={c} desk={desk} positions={positions} people={people} />
      </details>
    </>,
  )
}

function Facts({ desk, rollCall }: { desk: Desk; rollCall: RollCallFacts }) {
  const { id, question, result, requirement, bill, heldAt, sourceUrl, source, tieBreaker } = rollCall
  return (
    <section class="sheet">
      <p>
        <b>{question}</b>
      </p>
      <dl class="facts">
        <dt>Result</dt>
        <dd>
          {result}
          {requirement === null ? '' : `, needing ${requirement}`}
          {tieBreaker === null ? '' : `; the Vice President voted ${tieBreaker}`}
        </dd>
        <dt>Held</dt>
        <dd>
          <When desk={desk} at={heldAt} />
        </dd>
        <dt>Bill</dt>
        <dd>{bill ?? <span class="none">–</span>}</dd>
        <dt>Id</dt>
        <dd>
          <code>{id}</code>
        </dd>
        <dt>From</dt>
        <dd>
          {source.kind}
          {sourceUrl === null || !/^https?:\/\//.test(sourceUrl) ? null : (
            <>
              ,{' '}
              <a href={sourceUrl} rel="noreferrer noopener">
                {sourceUrl}
              </a>
            </>
          )}
        </dd>
      </dl>
    </section>
  )
}

function TallyTable({ c, tallies: { parties, lines } }: { c: Context; tallies: Tallies }) {
  const whole = lines.reduce((sum, { official }) => sum + official, 0)
  return (
    <Table
      c={c}
      caption="Tallies by party"
      rows={lines}
      empty={<p>The file of this roll call holds no totals.</p>}
      columns={[
        { heading: 'Option', cell: ({ label }) => label },
        { heading: 'Official', isFigure: true, cell: ({ official }) => count(official) },
        {
          heading: 'Share',
          cell: ({ label, official }) => (
            <div class="progress">
              <Bar part={official} whole={whole} words={`${label}: ${share(official, whole)}`} />
            </div>
          ),
        },
        ...parties.map((party): Column<TallyLine> => ({
          heading: party,
          isFigure: true,
          cell: ({ byParty }) => figure(byParty[party]),
        })),
      ]}
    />
  )
}

function OffParty({ c, desk, off }: { c: Context; desk: Desk; off: readonly OffPartyPosition[] }) {
  return (
    <Table
      c={c}
      caption="Off-party positions"
      rows={off}
      empty={<p>Every party voted as one.</p>}
      columns={[
        { heading: 'Legislator', cell: ({ person }) => <Name desk={desk} person={person} /> },
        { heading: 'Seat', cell: ({ seatId }) => seatWords(seatId) },
        { heading: 'Party', cell: ({ party, side }) => (party === side ? party : `${party}, with ${side}`) },
        { heading: 'Position', cell: ({ label }) => label },
        { heading: 'Most of the party', cell: ({ majority }) => majority },
      ]}
    />
  )
}

interface PositionsProps {
  c: Context
  desk: Desk
  positions: readonly StoredPosition[]
  people: ReadonlyMap<string, Person>
}

function Positions({ c, desk, positions, people }: PositionsProps) {
  return (
    <Table
      c={c}
      caption="All positions"
      rows={positions}
      empty={<p>There are none.</p>}
      columns={[
        { heading: 'Seat', cell: ({ seatId }) => seatWords(seatId) },
        {
          heading: 'Legislator',
          cell: ({ legislatorId }) => {
            const person = people.get(legislatorId)
            return person === undefined ? '' : <Name desk={desk} person={person} />
          },
        },
        { heading: 'Party', cell: ({ party }) => party },
        { heading: 'Position', cell: ({ label }) => label },
      ]}
    />
  )
}

function Name({ desk, person }: { desk: Desk; person: Person }) {
  return <a href={`${desk.root}/congress/legislators/${person.bioguide}`}>{person.name}</a>
}
