// All campaigns: what each is about, where it stands, how far it has come.
import type { Context } from 'hono'
import { CAMPAIGN_STATES, type CampaignState } from '../../../campaign/campaign.ts'
import { createFigureDesk, type FigureDesk } from '../../../delivery/campaign-figures.ts'
import { campaignList, countCampaigns, isMoving, type ListedCampaign } from '../../../delivery/campaign-list.ts'
import { messageOf } from '../../../core/errors.ts'
import type { Site } from '../../site.ts'
import type { Console } from '../console.ts'
import type { Desk } from '../desk.ts'
import { showDesk } from '../frame.tsx'
import { liveAnswer } from '../parts/answers.tsx'
import { Badge, Bar, count, When, ZoneNote } from '../parts/figures.tsx'
import { Field, Form, Select } from '../parts/form.tsx'
import { Pager, Table, withQuery } from '../parts/table.tsx'

const ROWS = 25

/** Adds the list and what keeps it up to date. */
export function listPages(console: Console): void {
  let desks: FigureDesk | undefined
  const figuresOf = ({ db, log }: Site) =>
    (desks ??= createFigureDesk(db, (error) =>
      log.warn({ error: messageOf(error) }, 'a campaign could not be counted'),
    ))
  const read = (c: Context, { site }: Desk) =>
    campaignList(site.db, figuresOf(site), { state: stateOf(c), name: c.req.query('name') ?? '' }, wishOf(c))

  console.get('/campaigns', 'campaigns.read', async (c, desk) => {
    const [page, counts] = await Promise.all([read(c, desk), countCampaigns(desk.site.db)])
    return showDesk(
      c,
      desk,
      { title: 'Campaigns', section: 'campaigns', actions: <NewCampaign desk={desk} /> },
      <>
        <Filter c={c} counts={counts} />
        <div {...(isMoving(page.rows) ? { 'data-live': `${desk.root}/campaigns/live${withQuery(c, {})}` } : {})}>
          <Table
            c={c}
            caption="Campaigns"
            rows={page.rows}
            empty={<NoCampaigns desk={desk} isFiltered={stateOf(c) !== null || Boolean(c.req.query('name'))} />}
            columns={[
              { heading: 'State', cell: (row) => <State row={row} /> },
              { heading: 'Campaign', cell: (row) => <About desk={desk} row={row} /> },
              { heading: 'Roll calls', isExtra: true, cell: ({ rollCalls }) => <RollCalls ids={rollCalls} /> },
              { heading: 'Audience', isFigure: true, isExtra: true, cell: ({ audience }) => audienceText(audience) },
              { heading: 'Sent', cell: (row) => <Progress row={row} /> },
              { heading: 'Begun', isExtra: true, cell: ({ createdAt }) => <When desk={desk} at={createdAt} /> },
              {
                heading: 'Again',
                isExtra: true,
                cell: ({ id, name }) =>
                  desk.can('campaigns.write') ? (
                    <a href={`${desk.root}/campaigns/new?from=${id}#clone`} aria-label={`Clone ${name}`}>
                      Clone
                    </a>
                  ) : null,
              },
            ]}
          />
        </div>
        <Pager c={c} page={page} />
        <ZoneNote desk={desk} />
      </>,
    )
  })

  console.get('/campaigns/live', 'campaigns.read', (c, desk) =>
    liveAnswer(c, desk, 3000, async () => {
      const { rows } = await read(c, desk)
      const html = (
        <>
          {rows.map((row) => (
            <>
              <State row={row} />
              <Progress row={row} />
            </>
          ))}
        </>
      )
      return { html, isLast: !isMoving(rows) }
    }),
  )
}

function stateOf(c: Context): CampaignState | null {
  const wanted = c.req.query('state')
  return CAMPAIGN_STATES.find((state) => state === wanted) ?? null
}

function wishOf(c: Context) {
  return { after: c.req.query('after'), before: c.req.query('before'), limit: ROWS }
}

function NewCampaign({ desk }: { desk: Desk }) {
  if (!desk.can('campaigns.write')) return null
  return (
    <a class="button" href={`${desk.root}/campaigns/new`}>
      New campaign
    </a>
  )
}

function Filter({ c, counts }: { c: Context; counts: ReadonlyMap<CampaignState, number> }) {
  const states = CAMPAIGN_STATES.map((state) => [state, `${state} (${count(counts.get(state) ?? 0)})`] as const)
  return (
    <Form method="get" class="filters">
      <Select name="state" label="State" options={[['', 'any'], ...states]} value={stateOf(c) ?? ''} />
      <Field name="name" label="Name" type="search" value={c.req.query('name')} maxlength={120} />
      <button class="quiet">Find</button>
    </Form>
  )
}

function NoCampaigns({ desk, isFiltered }: { desk: Desk; isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <p>
        No campaign fits. <a href={`${desk.root}/campaigns`}>Show all of them</a>
      </p>
    )
  }
  return (
    <>
      <p>There is no campaign yet.</p>
      {desk.can('campaigns.write') ? (
        <p>
          <NewCampaign desk={desk} />
        </p>
      ) : (
        <p>An author makes the first one.</p>
      )}
    </>
  )
}

function State({ row }: { row: ListedCampaign }) {
  return (
    <span id={`state-${row.id}`}>
      <Badge name={row.state} />
    </span>
  )
}

function About({ desk, row }: { desk: Desk; row: ListedCampaign }) {
  return (
    <>
      <a class="name" href={`${desk.root}/campaigns/${row.id}`}>
        {row.name}
      </a>
      <span class="under clip">{row.subject}</span>
      {row.state === 'scheduled' && row.launchAt ? (
        <span class="under">
          launches <When desk={desk} at={row.launchAt} />
        </span>
      ) : null}
    </>
  )
}

function RollCalls({ ids }: { ids: readonly string[] }) {
  return (
    <>
      {ids.map((id) => (
        <span class="under code">{id}</span>
      ))}
    </>
  )
}

function audienceText(audience: number | null) {
  return audience === null ? <span class="none">not yet</span> : count(audience)
}

function Progress({ row: { id, audience, figures, state } }: { row: ListedCampaign }) {
  if (audience === null) return <span id={`progress-${id}`}></span>
  if (figures === null) {
    return (
      <span id={`progress-${id}`} class="soft">
        being counted
      </span>
    )
  }
  const { sent } = figures.deliveries
  return (
    <div id={`progress-${id}`} class="progress">
      <Bar part={sent} whole={audience} words={`${count(sent)} of ${count(audience)} sent`} tone="good" />
      <span class="under">
        {count(sent)} of {count(audience)}
        {state === 'sending' ? `, ${count(Math.round(figures.perSecond))} a second` : ''}
      </span>
    </div>
  )
}
