// Who got what: the deliveries of a campaign, filtered, found by address, as pages and as CSV.
import type { Context } from 'hono'
import { outcomeWords } from '../../../campaign/segment.ts'
import { JURISDICTIONS } from '../../../congress/jurisdiction.ts'
import { OUTCOMES } from '../../../congress/outcome.ts'
import { DELIVERY_STATES } from '../../../delivery/delivery.ts'
import type { DeliveryFilter, ListedDelivery } from '../../../delivery/delivery-list.ts'
import type { Page } from '../../../store/keyset.ts'
import type { Desk } from '../desk.ts'
import { Badge, When } from '../parts/figures.tsx'
import { Field, Form, Select } from '../parts/form.tsx'
import { Pager, Table, withQuery } from '../parts/table.tsx'

/** Returns the filter that the query names; what it does not know, it does not filter by. */
export function filterOf(c: Context): DeliveryFilter {
  const query = c.req.query()
  const state = DELIVERY_STATES.find((each) => each === query['state']) ?? null
  const reason = /^[a-z0-9_]{1,40}$/.exec(query['reason'] ?? '')?.[0] ?? null
  return {
    state,
    outcome: OUTCOMES.find((each) => each === query['outcome']) ?? null,
    place: JURISDICTIONS.find(({ usps }) => usps === query['place'])?.usps ?? null,
    reason: state === null ? null : reason,
    id: /^\d{1,18}$/.exec(query['delivery'] ?? '')?.[0] ?? null,
  }
}

interface WhoProps {
  c: Context
  desk: Desk
  campaignId: string
  page: Page<ListedDelivery>
  reasons: readonly { state: string; reason: string }[]
}

/** The list with its filters. */
export function WhoGotWhat({ c, desk, campaignId, page, reasons }: WhoProps) {
  const path = `/campaigns/${campaignId}/report`
  const seesAddresses = desk.can('subscribers.read')
  return (
    <section id="who">
      <h2>Who got what</h2>
      {seesAddresses ? (
        <Form desk={desk} action={`${path}/find`} class="filters">
          <Field name="address" label="Find an address" type="email" hint="Exactly as it is written." required />
          <button class="quiet">Find</button>
        </Form>
      ) : null}
      <Form desk={desk} action={`${path}#who`} method="get" class="filters">
        <Select
          name="state"
          label="State"
          value={c.req.query('state') ?? ''}
          options={[['', 'any'], ...DELIVERY_STATES.map((each) => [each, each.replace('_', ' ')] as const)]}
        />
        <Select
          name="reason"
          label="Reason"
          value={c.req.query('reason') ?? ''}
          options={[
            ['', 'any'],
            ...[...new Set(reasons.map(({ reason }) => reason))].map(
              (each) => [each, each.replaceAll('_', ' ')] as const,
            ),
          ]}
        />
        <Select
          name="outcome"
          label="Outcome"
          value={c.req.query('outcome') ?? ''}
          options={[['', 'any'], ...OUTCOMES.map((each) => [each, outcomeWords(each)] as const)]}
        />
        <Select
          name="place"
          label="State of the country"
          value={c.req.query('place') ?? ''}
          options={[['', 'any'], ...JURISDICTIONS.map(({ usps, name }) => [usps, name] as const)]}
        />
        <button class="quiet">Filter</button>
        {seesAddresses ? (
          <a class="button quiet" href={`${desk.root}${path}.csv${withQuery(c, { after: null, before: null })}`}>
            CSV
          </a>
        ) : null}
      </Form>
      <Table
        c={c}
        caption="Who got what"
        rows={page.rows}
        empty={<p>No delivery fits. Filter by less, or look for the address.</p>}
        columns={[
          { heading: seesAddresses ? 'Address' : 'Delivery', cell: (row) => <Whom desk={desk} row={row} /> },
          { heading: 'State', cell: ({ state, reason }) => <StateAndReason state={state} reason={reason} /> },
          { heading: 'ZIP', isExtra: true, cell: ({ zip }) => zip ?? '–' },
          { heading: 'Outcome', isExtra: true, cell: ({ outcome }) => outcomeWords(outcome) },
          { heading: 'Tries', isFigure: true, isExtra: true, cell: ({ attempt }) => String(attempt) },
          { heading: 'When', cell: ({ sentAt, updatedAt }) => <When desk={desk} at={sentAt ?? updatedAt} seconds /> },
          {
            heading: 'What the receiver said',
            isExtra: true,
            cell: ({ reply }) => <span class="small">{reply ?? ''}</span>,
          },
        ]}
      />
      <Pager c={c} page={page} />
    </section>
  )
}

function StateAndReason({ state, reason }: { state: string; reason: string | null }) {
  return (
    <>
      <Badge name={state} /> {reason === null ? null : <span class="under">{reason.replaceAll('_', ' ')}</span>}
    </>
  )
}

function Whom({ desk, row: { id, subscriberId, address } }: { desk: Desk; row: ListedDelivery }) {
  if (!desk.can('subscribers.read')) return <>#{id}</>
  if (address === null) return <span class="none">erased</span>
  return <a href={`${desk.root}/subscribers/${subscriberId}`}>{address}</a>
}

export const CSV_HEADER = [
  'address',
  'zip',
  'outcome',
  'state',
  'reason',
  'tries',
  'transport',
  'sent at',
  'reply',
] as const

/** Yields the rows of the file. */
export async function* csvRows(deliveries: AsyncIterable<ListedDelivery>): AsyncGenerator<string[]> {
  for await (const each of deliveries) {
    yield [
      each.address ?? '',
      each.zip ?? '',
      each.outcome,
      each.state,
      each.reason ?? '',
      String(each.attempt),
      each.transport ?? '',
      each.sentAt?.toISOString() ?? '',
      each.reply ?? '',
    ]
  }
}
