// Legislators: found by name, and one with terms, ids and positions.
import type { Context } from 'hono'
import { easternDay } from '../../../congress/day.ts'
import {
  findLegislator,
  pagePositions,
  searchLegislators,
  type LegislatorFacts,
} from '../../../congress/legislator-search.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { showDesk } from '../frame.tsx'
import { Badge, dayText } from '../parts/figures.tsx'
import { Field, Form, Select, Tick } from '../parts/form.tsx'
import { Pager, Table } from '../parts/table.tsx'
import { CongressTabs, seatWords } from './tabs.tsx'

const ROWS = 50

/** Adds the search and the page of one. */
export function legislatorPages(console: Console): void {
  console.get('/congress/legislators', 'congress.read', (c, desk) => showLegislators(c, desk))
  console.get('/congress/legislators/:bioguide', 'congress.read', (c, desk) => showLegislator(c, desk))
}

async function showLegislators(c: Context, desk: Desk) {
  const { text = '', serving, after, before } = c.req.query()
  const today = easternDay(desk.site.clock.now())
  const wish = { text: text.trim().slice(0, 100), servingOn: serving === 'on' ? today : null }
  const page = await searchLegislators(desk.site.db, wish, { after, before, limit: ROWS })
  return showDesk(
    c,
    desk,
    { title: 'Legislators', section: 'congress', crumbs: [{ words: 'Congress', path: '/congress' }] },
    <>
      <CongressTabs desk={desk} here="/congress/legislators" />
      <Form method="get" class="filters">
        <Field name="text" label="Name or id" type="search" value={wish.text} maxlength={100} />
        <Tick name="serving" label="Serving today" checked={serving === 'on'} />
        <button class="loud">Find</button>
      </Form>
      <Table
        c={c}
        caption="Legislators"
        rows={page.rows}
        empty={
          wish.text === '' && serving !== 'on' ? (
            <p>No legislator has been imported yet. Import legislators-current and legislators-historical first.</p>
          ) : (
            <p>Nobody fits. Any part of a name will do, or a whole id of any kind.</p>
          )
        }
        columns={[
          {
            heading: 'Legislator',
            cell: ({ bioguide, name }) => <a href={`${desk.root}/congress/legislators/${bioguide}`}>{name}</a>,
          },
          { heading: 'Party', cell: ({ party }) => party ?? <span class="none">–</span> },
          { heading: 'Last seat', cell: ({ seat }) => (seat === null ? <span class="none">–</span> : seatWords(seat)) },
          {
            heading: 'From',
            isExtra: true,
            cell: ({ start }) => (start === null ? '' : <span class="when">{dayText(start)}</span>),
          },
          { heading: 'Until', cell: ({ end }) => (end === null ? '' : <span class="when">{dayText(end)}</span>) },
        ]}
      />
      <Pager c={c} page={page} />
    </>,
  )
}

/** How the end of a term is known. */
const BASES: Readonly<Record<string, string>> = {
  scheduled: 'as scheduled',
  observed: 'from the files',
  successor: 'when the next one came',
  manual: 'said by staff',
}

async function showLegislator(c: Context, desk: Desk) {
  const { db } = desk.site
  const person = await findLegislator(db, c.req.param('bioguide') ?? '')
  const { after, before } = c.req.query()
  const positions = await pagePositions(db, person.id, { after, before, limit: ROWS })
  return showDesk(
    c,
    desk,
    {
      title: person.name,
      section: 'congress',
      crumbs: [
        { words: 'Congress', path: '/congress' },
        { words: 'Legislators', path: '/congress/legislators' },
      ],
    },
    <>
      <h2>Terms</h2>
      <Table
        c={c}
        caption="Terms"
        rows={person.terms}
        empty={<p>No term is known.</p>}
        columns={[
          { heading: 'Seat', cell: ({ seat }) => seatWords(seat) },
          { heading: 'From', cell: ({ start }) => <span class="when">{dayText(start)}</span> },
          { heading: 'Up to', cell: ({ end }) => <span class="when">{dayText(end)}</span> },
          {
            heading: 'The end is known',
            cell: ({ endBasis }) =>
              endBasis === 'manual' ? (
                <Badge name="warn" words={BASES['manual'] ?? ''} />
              ) : (
                (BASES[endBasis] ?? endBasis)
              ),
          },
          {
            heading: 'Party',
            cell: ({ parties }) =>
              parties
                .map(({ party, caucus }) => (caucus === null ? party : `${party}, with the ${caucus}s`))
                .join('; then '),
          },
        ]}
      />
      <h2>Positions</h2>
      <Table
        c={c}
        caption="Positions"
        rows={positions.rows}
        empty={<p>None of the imported roll calls has a position of theirs.</p>}
        columns={[
          { heading: 'Held', cell: ({ heldOn }) => <span class="when">{dayText(heldOn)}</span> },
          { heading: 'Position', cell: ({ label }) => <b>{label}</b> },
          {
            heading: 'Roll call',
            cell: ({ rollCallId, question }) => (
              <a href={`${desk.root}/congress/roll-calls/${rollCallId}`}>
                {question.length > 120 ? `${question.slice(0, 120)}…` : question}
              </a>
            ),
          },
          { heading: 'Seat', isExtra: true, cell: ({ seat }) => seatWords(seat) },
          { heading: 'Party that day', isExtra: true, cell: ({ party }) => party },
        ]}
      />
      <Pager c={c} page={positions} />
      <div class="columns">
        <section class="sheet">
          <h2>Ids</h2>
          <dl class="facts">
            {person.ids.map(({ scheme, value }) => (
              <>
                <dt>{scheme}</dt>
                <dd>
                  <code>{value}</code>
                </dd>
              </>
            ))}
          </dl>
        </section>
        {desk.can('congress.write') && person.terms.length > 0 ? <EndTerm desk={desk} person={person} /> : null}
      </div>
    </>,
  )
}

function EndTerm({ desk, person }: { desk: Desk; person: LegislatorFacts }) {
  const seats = [...new Set(person.terms.map(({ seat }) => seat))]
  return (
    <section class="sheet">
      <h2>They left the seat earlier</h2>
      <p>When the files are late: roll calls from that day on are judged anew.</p>
      <Form desk={desk} action="/congress/end-term">
        <input type="hidden" name="bioguide" value={person.bioguide} />
        <Select name="seat" label="Seat" options={seats.map((seat) => [seat, seatWords(seat)] as const)} />
        <Field name="end" label="First day without them" type="date" required />
        <Field name="reason" label="How do you know?" required maxlength={300} autocomplete="off" />
        <button class="quiet">End the term</button>
      </Form>
    </section>
  )
}
