// The list of subscribers: found by what an address or a name begins with, by place and by whether mail may go to them.
import type { Context } from 'hono'
import { stream } from 'hono/streaming'
import { requireAddressKey } from '../../../audience/address-keys.ts'
import { exportForStaff } from '../../../audience/staff-export.ts'
import {
  countMatches,
  listStates,
  searchSubscribers,
  SORTS,
  STANDINGS,
  type FoundSubscriber,
  type Matches,
  type SubscriberSearch,
} from '../../../audience/subscriber-search.ts'
import { findSubscriber } from '../../../audience/subscribers.ts'
import { parseAddress } from '../../../core/address.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { showDesk, showForbidden } from '../frame.tsx'
import { count, ZoneNote, When } from '../parts/figures.tsx'
import { Act, Field, Form, Select } from '../parts/form.tsx'
import { Pager, Table, type Column } from '../parts/table.tsx'
import { redirectTo } from '../redirect.ts'
import { Standing } from './standing.tsx'
import { SubscriberTabs } from './tabs.tsx'

const ROWS = 50

/** Adds the list, the search and the file of everybody. */
export function subscriberList(console: Console): void {
  console.get('/subscribers', 'subscribers.read', (c, desk) => showList(c, desk, c.req.query()))
  // What is searched for may be an address, which belongs in no URL: it comes as a form, and so do the pages behind it.
  console.post('/subscribers', 'subscribers.read', async (c, desk, form) => {
    const text = (form['text'] ?? '').trim()
    if (text === '') return redirectTo(c, desk, `/subscribers${queryOf(searchOf(form))}`)
    const person = await exactly(desk, text)
    return person === null ? showList(c, desk, form) : redirectTo(c, desk, `/subscribers/${person}`)
  })
  console.post('/subscribers/export', 'compliance.write', async (c, desk) => {
    if (!desk.can('subscribers.read')) return showForbidden(c, desk, 'subscribers.read')
    const pieces = await exportForStaff(desk.site.db, desk.actor)
    c.header('Content-Type', 'text/csv; charset=utf-8')
    c.header('Content-Disposition', 'attachment; filename="subscribers.csv"')
    return stream(c, async (out) => {
      for await (const piece of pieces) {
        if (out.aborted) return
        await out.write(piece)
      }
    })
  })
}

async function exactly(desk: Desk, text: string): Promise<string | null> {
  if (!parseAddress(text).ok) return null
  return (await findSubscriber(desk.site.db, requireAddressKey(desk.site.addressKey, text)))?.id ?? null
}

function searchOf(given: FormFields): SubscriberSearch {
  const zip = (given['zip'] ?? '').trim()
  const state = given['state'] ?? ''
  return {
    text: (given['text'] ?? '').trim().slice(0, 254),
    zip: /^\d{1,5}$/.test(zip) ? zip : '',
    state: /^[A-Z]{2}$/.test(state) ? state : '',
    standing: STANDINGS.find((each) => each === given['standing']) ?? null,
    sort: SORTS.find((each) => each === given['sort']) ?? 'newest',
  }
}

function queryOf({ zip, state, standing, sort }: SubscriberSearch): string {
  const query = new URLSearchParams({
    ...(zip === '' ? {} : { zip }),
    ...(state === '' ? {} : { state }),
    ...(standing === null ? {} : { standing }),
    ...(sort === 'newest' ? {} : { sort }),
  }).toString()
  return query === '' ? '' : `?${query}`
}

async function showList(c: Context, desk: Desk, given: FormFields) {
  const { db } = desk.site
  const search = searchOf(given)
  const place = { after: given['after'], before: given['before'], limit: ROWS }
  const [page, matches, states] = await Promise.all([
    searchSubscribers(db, search, place),
    countMatches(db, search),
    listStates(db),
  ])
  const isFiltered = search.text !== '' || queryOf({ ...search, sort: 'newest' }) !== ''
  return showDesk(
    c,
    desk,
    {
      title: 'Subscribers',
      section: 'subscribers',
      actions: <Actions desk={desk} />,
    },
    <>
      <SubscriberTabs desk={desk} here="/subscribers" />
      <SearchForm desk={desk} search={search} states={states} zip={given['zip'] ?? ''} />
      <p class="row">
        <span>
          <b>{matchesText(matches, isFiltered)}</b>
        </span>
        {isFiltered ? <a href={`${desk.root}/subscribers`}>Show everybody</a> : null}
      </p>
      <Table
        c={c}
        caption="Subscribers"
        rows={page.rows}
        empty={<Nobody desk={desk} isFiltered={isFiltered} />}
        columns={columnsOf(desk, search)}
        {...(search.text === '' ? { sortedBy: search.sort } : {})}
      />
      {search.text === '' ? <Pager c={c} page={page} /> : <FormPager desk={desk} search={search} page={page} />}
      <ZoneNote desk={desk} />
    </>,
  )
}

function Actions({ desk }: { desk: Desk }) {
  return (
    <>
      {desk.can('compliance.write') ? (
        <Act desk={desk} action="/subscribers/export" button="Download everybody as CSV" />
      ) : null}
      {desk.can('subscribers.write') ? (
        <a class="button loud" href={`${desk.root}/subscribers/imports`}>
          Import a list
        </a>
      ) : null}
    </>
  )
}

function matchesText({ count: found, isExact }: Matches, isFiltered: boolean): string {
  if (!isExact) return isFiltered ? `More than ${count(found)} subscribers` : `About ${count(found)} subscribers`
  return `${count(found)} ${found === 1 ? 'subscriber' : 'subscribers'}`
}

interface SearchFormProps {
  desk: Desk
  search: SubscriberSearch
  states: readonly { usps: string; name: string }[]
  /** As it was typed. */
  zip: string
}

function SearchForm({ desk, search, states, zip }: SearchFormProps) {
  const isBadZip = zip.trim() !== '' && search.zip === ''
  return (
    <Form desk={desk} action="/subscribers" class="filters">
      <Field
        name="text"
        label="Address, @domain or last name"
        type="search"
        value={search.text}
        maxlength={254}
        placeholder="begins with …"
        autocomplete="off"
      />
      <Field
        name="zip"
        label="ZIP"
        value={isBadZip ? zip : search.zip}
        error={isBadZip ? 'Write up to five digits.' : ''}
        inputmode="numeric"
        maxlength={5}
        size={6}
        autocomplete="off"
      />
      <Select
        name="state"
        label="State"
        value={search.state}
        options={[['', 'Any'], ...states.map(({ usps, name }) => [usps, name] as const)]}
      />
      <Select
        name="standing"
        label="Standing"
        value={search.standing ?? ''}
        options={[
          ['', 'Any'],
          ['mailable', 'May be written to'],
          ['suppressed', 'Suppressed'],
          ['on_break', 'On a break'],
        ]}
      />
      <Select
        name="sort"
        label="Order"
        value={search.sort}
        options={[
          ['newest', 'Newest first'],
          ['address', 'Address'],
          ['last_name', 'Last name'],
        ]}
      />
      <button class="loud">Find</button>
    </Form>
  )
}

function columnsOf(desk: Desk, search: SubscriberSearch): Column<FoundSubscriber>[] {
  const sortable = (sort: string) => (search.text === '' ? { sort } : {})
  return [
    {
      heading: 'Address',
      ...sortable('address'),
      cell: ({ id, address }) => <a href={`${desk.root}/subscribers/${id}`}>{address}</a>,
    },
    {
      heading: 'Name',
      isExtra: true,
      ...sortable('last_name'),
      cell: ({ firstName, lastName }) => [firstName, lastName].filter(Boolean).join(' ') || <span class="none">–</span>,
    },
    { heading: 'ZIP', cell: ({ zip }) => zip ?? <span class="none">–</span> },
    { heading: 'State', isExtra: true, cell: ({ states }) => states ?? <span class="none">–</span> },
    { heading: 'Standing', cell: (row) => <Standing desk={desk} {...row} /> },
    {
      heading: 'Since',
      isExtra: true,
      ...sortable('newest'),
      cell: ({ createdAt }) => <When desk={desk} at={createdAt} />,
    },
  ]
}

function Nobody({ desk, isFiltered }: { desk: Desk; isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <>
        <p>Nobody matches.</p>
        <p>
          Addresses and last names are found by how they begin. <a href={`${desk.root}/subscribers`}>Show everybody</a>
        </p>
      </>
    )
  }
  return (
    <>
      <p>There are no subscribers yet.</p>
      {desk.can('subscribers.write') ? (
        <p>
          <a class="button" href={`${desk.root}/subscribers/imports`}>
            Import a list
          </a>
        </p>
      ) : null}
    </>
  )
}

interface FormPagerProps {
  desk: Desk
  search: SubscriberSearch
  page: { previous: string | null; next: string | null }
}

function FormPager({ desk, search, page: { previous, next } }: FormPagerProps) {
  if (previous === null && next === null) return null
  const { text, zip, state, standing, sort } = search
  return (
    <Form desk={desk} action="/subscribers" class="pager">
      {Object.entries({ text, zip, state, standing: standing ?? '', sort }).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {previous === null ? (
        <span></span>
      ) : (
        <button class="quiet" name="before" value={previous}>
          Previous
        </button>
      )}
      {next === null ? (
        <span></span>
      ) : (
        <button class="quiet" name="after" value={next}>
          Next
        </button>
      )}
    </Form>
  )
}
