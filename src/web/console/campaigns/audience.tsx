// Whom a campaign goes to: the segment in words and as a form, with the count while it is edited.
import type { Context } from 'hono'
import {
  countProviders,
  countSkipped,
  planAudience,
  type AudienceView,
  type Skipped,
} from '../../../campaign/audience-view.ts'
import { LAUNCHED_STATES } from '../../../campaign/campaign.ts'
import { currentRevision, findCampaign, type CampaignRow } from '../../../campaign/campaigns.ts'
import { readManifest } from '../../../campaign/create.ts'
import {
  describeSegment,
  outcomeWords,
  parseSegment,
  type Segment,
  type SegmentProblem,
} from '../../../campaign/segment.ts'
import { listSegments, saveSegment, setCampaignSegment, type SavedSegment } from '../../../campaign/segments.ts'
import { RollcallError } from '../../../core/errors.ts'
import { recently } from '../../../campaign/recently.ts'
import type { Console } from '../console.ts'
import type { Desk, FormFields } from '../desk.ts'
import { done } from '../frame.tsx'
import { Bar, count, share } from '../parts/figures.tsx'
import { Act, Field, Form } from '../parts/form.tsx'
import { Table, withQuery } from '../parts/table.tsx'
import { formOfSegment, segmentOfForm, SegmentFields } from './audience-form.tsx'
import { showCampaign } from './frame.tsx'

const ZIP_ROWS = 25

/** Adds the page, its live count and its acts. */
export function audiencePages(console: Console): void {
  console.get('/campaigns/:id/audience', 'campaigns.read', async (c, desk) => {
    const campaign = await findCampaign(desk.site.db, idOf(c))
    const saved = await listSegments(desk.site.db)
    const loaded = saved.find(({ id }) => id === c.req.query('saved'))
    const form = formOfSegment(loaded?.segment ?? parseSegment(campaign.segment))
    return await showAudience(c, desk, campaign, { form, problems: [], saved, isLoaded: loaded !== undefined })
  })

  console.post('/campaigns/:id/audience', 'campaigns.write', async (c, desk, form) => {
    const { db, clock } = desk.site
    const campaign = await findCampaign(db, idOf(c))
    const read = segmentOfForm(form)
    if (!read.ok) {
      const saved = await listSegments(db)
      return await showAudience(c, desk, campaign, { form, problems: read.problems, saved, isLoaded: true }, 422)
    }
    const act = { actor: desk.actor, clock }
    await setCampaignSegment(db, campaign.id, read.segment, act)
    const name = (form['name'] ?? '').trim()
    if (name !== '' && read.segment !== null) await saveSegment(db, name, read.segment, act)
    const voided = campaign.approved_at === null ? '' : ' The approval is void.'
    return await done(c, desk, pathOf(campaign), `The campaign goes to: ${describeSegment(read.segment)}.${voided}`)
  })

  console.post('/campaigns/:id/audience/everyone', 'campaigns.write', async (c, desk) => {
    const { db, clock } = desk.site
    const campaign = await findCampaign(db, idOf(c))
    await setCampaignSegment(db, campaign.id, null, { actor: desk.actor, clock })
    return await done(c, desk, pathOf(campaign), 'The campaign goes to everyone.')
  })

  console.post('/campaigns/:id/audience/count', 'campaigns.read', async (c, desk, form) => {
    const campaign = await findCampaign(desk.site.db, idOf(c))
    const read = segmentOfForm(form)
    if (!read.ok) {
      return c.html(
        <p class="notice warn" id="live-count" role="status">
          {read.problems.map(({ message }) => message).join('; ')}
        </p>,
        422,
      )
    }
    const { view } = await plannedOf(desk, campaign, read.segment)
    return c.html(<LiveCount segment={read.segment} audience={view.audience} />)
  })
}

function idOf(c: Context): string {
  return c.req.param('id') ?? ''
}

function pathOf({ id }: CampaignRow): string {
  return `/campaigns/${id}/audience`
}

async function plannedOf({ site }: Desk, campaign: CampaignRow, segment: Segment | null) {
  const { files } = await currentRevision(site.db, campaign)
  const manifest = readManifest(files)
  const { value } = await recently(site.db, campaign, {
    name: `audience ${JSON.stringify(segment)}`,
    now: site.clock.now(),
    make: () => planAudience(site.db, campaign, manifest, segment, site.clock),
  })
  return { ...value, manifest }
}

interface Shown {
  form: FormFields
  problems: readonly SegmentProblem[]
  saved: readonly SavedSegment[]
  /** What the form holds is not the campaign's segment yet. */
  isLoaded: boolean
}

async function showAudience(c: Context, desk: Desk, campaign: CampaignRow, shown: Shown, status: 200 | 422 = 200) {
  const segment = parseSegment(campaign.segment)
  const planned = await plannedOrTrouble(desk, campaign, segment)
  const isFrozen = LAUNCHED_STATES.includes(campaign.state)
  return showCampaign(
    c,
    desk,
    { campaign, page: 'audience' },
    <>
      <section class="sheet">
        <h2>{describeSegment(segment)}</h2>
        {planned instanceof RollcallError ? (
          <p class="notice bad">
            The audience cannot be counted: {planned.message}.{' '}
            <a href={`${desk.root}/campaigns/${campaign.id}/check`}>See the check.</a>
          </p>
        ) : (
          <LiveCount segment={segment} audience={planned.view.audience} />
        )}
        {isFrozen ? (
          <p>The campaign was launched: the figures below are of today’s subscribers, not of those it went to.</p>
        ) : null}
      </section>
      {isFrozen || !desk.can('campaigns.write') ? null : <Editor desk={desk} campaign={campaign} shown={shown} />}
      {planned instanceof RollcallError ? null : (
        <Breakdown c={c} desk={desk} planned={planned} skipped={planned.skipped} providers={planned.providers} />
      )}
    </>,
    status,
  )
}

async function plannedOrTrouble(desk: Desk, campaign: CampaignRow, segment: Segment | null) {
  try {
    const planned = await plannedOf(desk, campaign, segment)
    const { db, clock } = desk.site
    const make = () => Promise.all([countSkipped(db, planned, segment, campaign.purpose), countProviders(db)])
    const { value } = await recently(db, campaign, { name: 'skipped', now: clock.now(), make })
    const [skipped, providers] = value
    return { ...planned, skipped, providers }
  } catch (error) {
    if (error instanceof RollcallError && error.code !== 'bug') return error
    throw error
  }
}

function LiveCount({ segment, audience }: { segment: Segment | null; audience: number }) {
  return (
    <p id="live-count" role="status" class="counted">
      <strong>{count(audience)}</strong> {audience === 1 ? 'subscriber' : 'subscribers'}: {describeSegment(segment)}
    </p>
  )
}

function Editor({ desk, campaign, shown }: { desk: Desk; campaign: CampaignRow; shown: Shown }) {
  const { form, problems, saved, isLoaded } = shown
  return (
    <details class="group" {...(isLoaded || problems.length > 0 ? { open: true } : {})}>
      <summary>Edit the segment</summary>
      {campaign.approved_at === null ? null : (
        <p class="notice warn">The campaign is approved. Another segment voids the approval.</p>
      )}
      {problems.length === 0 ? null : (
        <div class="notice bad" role="alert">
          <p>The segment was not changed: {problems.map(({ message }) => message).join('; ')}</p>
        </div>
      )}
      {saved.length === 0 ? null : (
        <p>
          Saved segments:{' '}
          {saved.map(({ id, name }, index) => (
            <>
              {index === 0 ? '' : ', '}
              <a href={`?saved=${id}`}>{name}</a>
            </>
          ))}
        </p>
      )}
      <Form desk={desk} action={pathOf(campaign)} preview={`${pathOf(campaign)}/count`}>
        <SegmentFields form={form} problems={problems} />
        <Field
          name="name"
          label="Save it under a name, too"
          hint="For other campaigns; may stay empty."
          maxlength={80}
          value={form['name']}
        />
        <div class="row">
          <button>Use this segment</button>
        </div>
      </Form>
      {campaign.segment === null ? null : (
        <Act desk={desk} action={`${pathOf(campaign)}/everyone`} button="Send to everyone instead" />
      )}
    </details>
  )
}

const REASONS: Readonly<Record<Skipped['reason'], string>> = {
  suppressed: 'opted out, bounced or otherwise suppressed',
  consent_expired: 'implied consent has ended',
  topic_off: 'do not want messages of this kind',
  on_pause: 'asked for a pause',
  ambiguous: 'ZIP leaves the outcome open, and the policy is to skip',
  unresolved: 'no ZIP is known, and the policy is to skip',
}

interface BreakdownProps {
  c: Context
  desk: Desk
  planned: { view: AudienceView; manifest: ReturnType<typeof readManifest> }
  skipped: readonly Skipped[]
  providers: readonly { provider: string; subscribers: number }[]
}

function Breakdown({ c, planned: { view, manifest }, skipped, providers }: BreakdownProps) {
  const all = skipped.reduce((sum, each) => sum + each.subscribers, 0)
  return (
    <>
      <div class="columns">
        <Bars
          title="By outcome"
          whole={view.audience}
          rows={view.outcomes.map((each) => [
            outcomeWords(each.outcome) + (each.isSkipped ? ' (skipped)' : ''),
            each.subscribers,
          ])}
        />
        <Bars
          title="By state"
          whole={view.audience}
          rows={view.places.slice(0, 12).map((each) => [each.name, each.subscribers])}
        />
        <Bars
          title="By mailbox provider, of all subscribers"
          whole={providers.reduce((sum, each) => sum + each.subscribers, 0)}
          rows={providers.map((each) => [each.provider, each.subscribers])}
        />
        <section class="sheet">
          <h2>Who is skipped</h2>
          {all === 0 ? (
            <p>Nobody: all {count(view.audience)} get a message.</p>
          ) : (
            <>
              <p>
                {count(all)} of {count(view.audience)} get no message, as it stands now.
              </p>
              <ul>
                {skipped.map(({ reason, subscribers }) => (
                  <li>
                    <b>{count(subscribers)}</b> {REASONS[reason]}
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
      </div>
      <AmbiguousZips c={c} view={view} policy={manifest.ambiguous} />
    </>
  )
}

function Bars({ title, whole, rows }: { title: string; whole: number; rows: readonly (readonly [string, number])[] }) {
  return (
    <section class="sheet">
      <h2>{title}</h2>
      {rows.length === 0 ? <p class="soft">Nobody yet.</p> : null}
      <table class="bars">
        <caption class="unseen">{title}</caption>
        <tbody>
          {rows.map(([words, part]) => (
            <tr>
              <th scope="row">{words}</th>
              <td>
                <Bar part={part} whole={whole} words={`${count(part)} of ${count(whole)}`} />
              </td>
              <td class="number">
                {count(part)} <span class="soft">{share(part, whole)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const POLICIES = {
  senators_only: 'They get the text about their senators, and a link to say where they live.',
  show_all: 'They get every representative their ZIP may have, by name.',
  skip: 'They are skipped.',
} as const

function AmbiguousZips({ c, view, policy }: { c: Context; view: AudienceView; policy: keyof typeof POLICIES }) {
  const page = Math.max(1, Math.trunc(Number(c.req.query('page')) || 1))
  const rows = view.ambiguous.slice((page - 1) * ZIP_ROWS, page * ZIP_ROWS)
  const people = view.ambiguous.reduce((sum, each) => sum + each.subscribers, 0)
  return (
    <section id="ambiguous">
      <h2>ZIP codes that leave the outcome open</h2>
      <p>
        {count(people)} subscribers in {count(view.ambiguous.length)} ZIP codes. {POLICIES[policy]}
      </p>
      <Table
        c={c}
        caption="ZIP codes that leave the outcome open"
        rows={rows}
        empty={<p>Every ZIP of this audience leads to one outcome.</p>}
        columns={[
          { heading: 'ZIP', cell: ({ zip }) => zip },
          { heading: 'May be in', cell: ({ seats }) => seats.join(', ') },
          { heading: 'Subscribers', isFigure: true, cell: ({ subscribers }) => count(subscribers) },
        ]}
      />
      {view.ambiguous.length <= ZIP_ROWS ? null : (
        <nav class="pager" aria-label="Pages">
          {page > 1 ? (
            <a class="button quiet" rel="prev" href={`${withQuery(c, { page: String(page - 1) })}#ambiguous`}>
              Previous
            </a>
          ) : (
            <span></span>
          )}
          {page * ZIP_ROWS < view.ambiguous.length ? (
            <a class="button quiet" rel="next" href={`${withQuery(c, { page: String(page + 1) })}#ambiguous`}>
              Next
            </a>
          ) : (
            <span></span>
          )}
        </nav>
      )}
    </section>
  )
}
