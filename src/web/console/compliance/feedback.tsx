// Complaints and bounces: what came back after the send, what it says, what followed, whose it was.
import type { Context } from 'hono'
import {
  latestAlarms,
  listEvents,
  listReports,
  reportGroups,
  TROUBLE_EVENTS,
  type Alarm,
  type DeskReport,
  type ReportGroup,
} from '../../../compliance/feedback-lists.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { Badge, count, When, ZoneNote } from '../parts/figures.tsx'
import { Form, Select } from '../parts/form.tsx'
import { Pager, Table } from '../parts/table.tsx'
import { choiceOf, showCompliance, wishOf } from './tabs.tsx'
import { classWords, kindWords, outcomeWords } from './words.ts'

const HERE = '/compliance/feedback'

/** Adds the page. */
export function feedbackPages(console: Console): void {
  console.get(HERE, 'compliance.read', async (c, desk) => {
    const { db } = desk.site
    const isSendgrid = c.req.query('source') === 'sendgrid'
    const [groups, alarms] = await Promise.all([reportGroups(db), latestAlarms(db)])
    const page = isSendgrid
      ? await listEvents(db, choiceOf(c, 'kind', TROUBLE_EVENTS), wishOf(c))
      : await listReports(db, fitting(c, groups), wishOf(c))
    return showCompliance(
      c,
      desk,
      { title: 'Complaints and bounces', here: HERE },
      <>
        <Alarms desk={desk} alarms={alarms} />
        <Filter c={c} isSendgrid={isSendgrid} groups={groups} />
        <Reports c={c} desk={desk} rows={page.rows} isSendgrid={isSendgrid} />
        <Pager c={c} page={page} />
        <ZoneNote desk={desk} />
      </>,
    )
  })
}

function fitting(c: Context, groups: readonly ReportGroup[]): ReportGroup[] {
  const [kind = '', group = '', outcome = ''] = ['kind', 'class', 'outcome'].map((name) => c.req.query(name) ?? '')
  return groups.filter(
    (each) =>
      (kind === '' || each.kind === kind) &&
      (group === '' || each.class === group) &&
      (outcome === '' || each.outcome === outcome),
  )
}

function Alarms({ desk, alarms }: { desk: Desk; alarms: readonly Alarm[] }) {
  if (alarms.length === 0) return null
  return (
    <section class="notice warn">
      <h2>Refusals that are no address’s fault</h2>
      <ul>
        {alarms.map(({ campaignId, class: group, count: times, sentence, lastAt }) => (
          <li>
            <a href={`${desk.root}/campaigns/${campaignId}/report`}>{campaignId}</a>: {count(times)} times{' '}
            {classWords(group)}, last <When desk={desk} at={lastAt} />. The last one: {sentence}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Filter({ c, isSendgrid, groups }: { c: Context; isSendgrid: boolean; groups: readonly ReportGroup[] }) {
  const distinct = (name: keyof ReportGroup) => [...new Set(groups.map((group) => group[name]))].filter(Boolean)
  const kinds = isSendgrid ? TROUBLE_EVENTS : distinct('kind')
  const choice = (all: string, values: readonly string[], words: (value: string) => string) =>
    [['', all] as const, ...values.map((value) => [value, words(value)] as const)] as const
  return (
    <Form method="get" class="filters">
      <Select
        name="source"
        label="That came"
        value={isSendgrid ? 'sendgrid' : ''}
        options={[
          ['', 'by mail'],
          ['sendgrid', 'from SendGrid'],
        ]}
      />
      <Select name="kind" label="Kind" value={c.req.query('kind')} options={choice('any kind', kinds, kindWords)} />
      {isSendgrid ? null : (
        <>
          <Select
            name="class"
            label="Cause"
            value={c.req.query('class')}
            options={choice('any cause', distinct('class'), classWords)}
          />
          <Select
            name="outcome"
            label="What followed"
            value={c.req.query('outcome')}
            options={choice('anything', distinct('outcome'), outcomeWords)}
          />
        </>
      )}
      <button class="quiet">Show</button>
    </Form>
  )
}

function Reports({
  c,
  desk,
  rows,
  isSendgrid,
}: {
  c: Context
  desk: Desk
  rows: readonly DeskReport[]
  isSendgrid: boolean
}) {
  return (
    <Table
      c={c}
      caption="What came back, the newest first"
      rows={rows}
      empty={
        isSendgrid ? (
          <p>
            SendGrid told of no trouble that fits. Its events come by the signed webhook of
            ROLLCALL_SENDGRID_WEBHOOK_KEY.
          </p>
        ) : (
          <p>
            Nothing that fits has come back by mail. Returned mail comes by <code>rollcall feedback listen</code> or{' '}
            <code>poll</code>.
          </p>
        )
      }
      columns={[
        { heading: 'Came', cell: ({ at }) => <When desk={desk} at={at} /> },
        {
          heading: 'Kind',
          cell: ({ kind }) => <Badge name={TONES[kind] ?? 'plain'} words={kindWords(kind)} />,
        },
        {
          heading: 'What it says',
          cell: ({ class: group, status, sentence }) => (
            <>
              {group === '' ? null : <b>{classWords(group)} </b>}
              {status === null ? null : <code>{status}</code>} {sentence}
            </>
          ),
        },
        { heading: 'What followed', cell: ({ outcome }) => outcomeWords(outcome) },
        {
          heading: 'Campaign',
          isExtra: true,
          cell: ({ campaignId }) =>
            campaignId === null ? (
              <span class="none">–</span>
            ) : (
              <a href={`${desk.root}/campaigns/${campaignId}/report`}>{campaignId}</a>
            ),
        },
        {
          heading: 'Person',
          cell: ({ subscriberId }) =>
            subscriberId === null ? (
              <span class="none">–</span>
            ) : (
              <a href={`${desk.root}/subscribers/${subscriberId}`}>Open</a>
            ),
        },
      ]}
    />
  )
}

const TONES: Readonly<Record<string, string>> = {
  bounce: 'bounced',
  complaint: 'bad',
  spamreport: 'bad',
  dropped: 'bounced',
  delayed: 'deferred',
  deferred: 'deferred',
}
