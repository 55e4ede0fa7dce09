// Who represents a ZIP on a day; where it is split, everyone who may.
import type { Context } from 'hono'
import { easternDay } from '../../../congress/day.ts'
import { lookup, type Lookup } from '../../../congress/lookup.ts'
import { RollcallError } from '../../../core/errors.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { showDesk } from '../frame.tsx'
import { Badge, dayText } from '../parts/figures.tsx'
import { Field, Form } from '../parts/form.tsx'
import { Table } from '../parts/table.tsx'
import { CongressTabs, seatWords } from './tabs.tsx'

/** Adds the lookup. */
export function zipPages(console: Console): void {
  console.get('/congress/zip', 'congress.read', (c, desk) => showLookup(c, desk))
}

async function showLookup(c: Context, desk: Desk) {
  const zip = (c.req.query('zip') ?? '').trim()
  const on = c.req.query('on') || easternDay(desk.site.clock.now())
  const answer = zip === '' ? null : await ask(desk, zip, on)
  return showDesk(
    c,
    desk,
    { title: 'ZIP lookup', section: 'congress', crumbs: [{ words: 'Congress', path: '/congress' }] },
    <>
      <CongressTabs desk={desk} here="/congress/zip" />
      <Form method="get" class="filters">
        <Field name="zip" label="ZIP" value={zip} inputmode="numeric" maxlength={10} required autocomplete="off" />
        <Field name="on" label="On the day" type="date" value={on} />
        <button class="loud">Look up</button>
      </Form>
      {answer instanceof RollcallError ? (
        <p class="notice bad" role="alert">
          {[answer.message, answer.hint].filter(Boolean).join('; ')}
        </p>
      ) : null}
      {answer === null || answer instanceof RollcallError ? null : <Found c={c} desk={desk} found={answer} />}
    </>,
    answer instanceof RollcallError ? 422 : 200,
  )
}

async function ask(desk: Desk, zip: string, on: string): Promise<Lookup | RollcallError> {
  try {
    return await lookup(desk.site.db, zip, on)
  } catch (error) {
    if (error instanceof RollcallError && error.code !== 'bug') return error
    throw error
  }
}

function Found({ c, desk, found }: { c: Context; desk: Desk; found: Lookup }) {
  const [heading = ''] = found.sentences
  return (
    <>
      <p>
        <b>{heading}</b> <span class="soft">By the map of the {found.mapId}th Congress.</span>
      </p>
      {found.seats.length === 0 ? null : (
        <Table
          c={c}
          caption="Seats of this ZIP"
          rows={found.seats}
          empty={null}
          columns={[
            { heading: 'Seat', cell: ({ seat }) => seatWords(seat.id) },
            {
              heading: 'Held by',
              cell: ({ holder }) =>
                holder === null ? (
                  <Badge name="skipped" words="vacant" />
                ) : (
                  <a href={`${desk.root}/congress/legislators/${holder.bioguide}`}>
                    {holder.name} ({holder.party})
                  </a>
                ),
            },
            {
              heading: 'Since',
              isExtra: true,
              cell: ({ holder }) => (holder === null ? '' : <span class="when">{dayText(holder.since)}</span>),
            },
            {
              heading: 'Certain',
              cell: ({ candidate }) =>
                candidate ? <Badge name="warn" words="a candidate" /> : <Badge name="good" words="certain" />,
            },
          ]}
        />
      )}
    </>
  )
}
